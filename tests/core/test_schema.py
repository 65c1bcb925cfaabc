"""The migrations give exactly the schema that the models describe, on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, Table, func, inspect, select
from sqlalchemy.exc import IntegrityError

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


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_migrating_keeps_what_is_there(empty, revision):
    """On SQLite a table is altered by making it anew, and dropping the old one must take nothing along."""
    command.upgrade(alembic_config(empty), revision)
    with empty.engine.begin() as connection:
        there = MetaData()
        there.reflect(connection)
        for name, values in ROWS.items():
            if (table := there.tables.get(name)) is not None:
                connection.execute(table.insert().values(_filled(table, values)))
    before = _counts(empty, there.tables.keys() & ROWS.keys())
    assert set(before.values()) == {1}
    upgrade(empty)
    assert _counts(empty, before) == before
    with empty.write() as session, pytest.raises(IntegrityError):
        session.execute(Base.metadata.tables["comment"].update().values(ticket_id=99))


ROWS: dict[str, dict[str, object]] = {
    "user": {"id": 1},
    "connection": {"id": 1, "connected_by_id": 1},
    "ticket": {"id": 1},
    "comment": {"id": 1, "ticket_id": 1},
    "ticket_event": {"id": 1, "ticket_id": 1},
    "link": {"id": 1, "ticket_id": 1, "connection_id": 1},
    "link_event": {"id": 1, "link_id": 1, "ticket_id": 1, "connection_id": 1},
    "issue_creation": {"id": 1, "ticket_id": 1, "connection_id": 1},
    "talk": {"link_id": 1},
    "carried_comment": {"id": 1, "comment_id": 1, "ticket_id": 1, "connection_id": 1},
}
"""One row of each table that refers to another one, or is referred to."""


def _filled(table: Table, values: dict[str, object]) -> dict[str, object]:
    """Complete a row with anything that its columns take."""
    anything = {str: "x", int: 1, bool: False, datetime: datetime(2026, 11, 24, tzinfo=UTC), dict: [], object: []}
    must = [column for column in table.columns if not column.nullable and column.name not in values]
    return values | {column.name: anything[column.type.python_type] for column in must}


def _counts(database: Database, names: Iterable[str]) -> dict[str, int]:
    with database.read() as session:
        return {name: session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) for name in names}
