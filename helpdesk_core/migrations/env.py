"""Alembic's entry: runs migrations on the engine that `helpdesk_core.schema` hands over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Engine

from helpdesk_core.db import UtcDateTime
from helpdesk_core.errors import Misconfigured
from helpdesk_core.models import Base


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave tables alone that are not ours: the job engine keeps its own beside them on SQLite."""
    return kind != "table" or name in Base.metadata.tables


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column type as the plain one it stands on: a migration must not change when our code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


@contextmanager
def tables_may_be_made_anew(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which no foreign key acts, and look at the end that each still leads somewhere.

    SQLite alters most things of a table by making it anew and dropping the old one. With foreign keys on, dropping
    deletes its rows first, and all rows that refer to them: a ticket's comments, links and history.
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None, "it was just opened"
        if sqlite := engine.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=OFF")  # in a transaction it would do nothing
        try:
            with connection.begin():
                yield connection
                if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    msg = f"The migration would leave a row of {lost[0]} without the row of {lost[2]} it belongs to."
                    raise Misconfigured(msg)
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


with tables_may_be_made_anew(context.config.attributes["engine"]) as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite cannot alter columns in place
    )
    with context.begin_transaction():
        context.run_migrations()
