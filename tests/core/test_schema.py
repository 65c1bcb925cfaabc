"""The migrations give exactly the schema that the models describe, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from helpdesk_core.db import Database
from helpdesk_core.models import Base
from helpdesk_core.schema import alembic_config, is_current, upgrade


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


def test_migrating_gives_what_the_models_describe(empty):
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)
    with empty.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrating_again_changes_nothing(empty):
    upgrade(empty)
    upgrade(empty)
    assert is_current(empty)


def test_migrations_go_back_to_nothing(empty):
    upgrade(empty)
    command.downgrade(alembic_config(empty), "base")
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]
