"""Alembic's entry: runs migrations on the engine that `helpdesk_core.schema` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from helpdesk_core.db import UtcDateTime
from helpdesk_core.models import Base


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave tables alone that are not ours: the job engine keeps its own beside them on SQLite."""
    return kind != "table" or name in Base.metadata.tables


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column type as the plain one it stands on: a migration must not change when our code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


with context.config.attributes["engine"].begin() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite cannot alter columns in place
    )
    with context.begin_transaction():
        context.run_migrations()
