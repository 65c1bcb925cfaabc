"""Brings a database to the schema that this version needs, by Alembic's migrations, and tells whether it is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

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


@cache
def revisions() -> tuple[str, ...]:
    """Return the names of all migrations that this version knows, the first one first.

    Read once: they belong to the program, and whoever asks for readiness asks often.
    """
    return tuple(one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions())[::-1]


def revision_of(session: Session) -> str | None:
    """Return the migration that was run last on a database; None where none ever was."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def is_current(database: Database) -> bool:
    """Tell whether all migrations have run."""
    with database.read() as session:
        return revision_of(session) == revisions()[-1]
