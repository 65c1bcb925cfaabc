"""Brings a database to the schema that this version needs, by Alembic's migrations, and tells whether it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from helpdesk_core.db import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def alembic_config(database: Database) -> Config:
    """Return Alembic's configuration for this database; there is no alembic.ini to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = database.engine
    return config


def upgrade(database: Database) -> None:
    """Run the migrations that are missing."""
    command.upgrade(alembic_config(database), "head")


def is_current(database: Database) -> bool:
    """Tell whether all migrations have run."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
