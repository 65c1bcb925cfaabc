"""What creating remembers: each issue that a ticket is to have, from the wish to the link."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base


class CreationState(StrEnum):
    """How far an issue has come into being."""

    WAITING = "waiting"
    """It was not asked for yet."""
    ASKED = "asked"
    """It was asked for, and nobody knows what became of that: it may exist."""
    CREATED = "created"
    """It exists, and is not linked yet."""
    STOPPED = "stopped"
    """The remote system refused; a person must act."""
    DONE = "done"


UNFINISHED = (CreationState.WAITING, CreationState.ASKED, CreationState.CREATED, CreationState.STOPPED)


class Creation(Base):
    """One issue that is to be created for a ticket. It stays when done: its marker tells our issues from others."""

    __tablename__ = "issue_creation"
    __table_args__ = (Index(None, "ticket_id", "connection_id"), Index(None, "connection_id", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(String(255))
    kind_id: Mapped[str] = mapped_column(String(255))
    values: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What goes into fields: see `fields.values_out`."""
    marker: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[CreationState] = mapped_column(String(20), default=CreationState.WAITING)
    asked_at: Mapped[datetime | None]
    """When it was last asked for."""
    issue_id: Mapped[str] = mapped_column(String(255), default="")
    sentence: Mapped[str] = mapped_column(Text, default="")
    cure: Mapped[str] = mapped_column(Text, default="")
    by_name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
