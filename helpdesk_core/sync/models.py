"""Links, what happened to them, and the deliveries that wait: all that keeping in step remembers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base


class LinkState(StrEnum):
    """How a link stands, as a person sees it."""

    IN_STEP = "in_step"
    WAITING = "waiting"
    """There is something to do, and it will be done."""
    STOPPED = "stopped"
    """What should happen cannot be done; a person must act, or the next change does."""
    CONFLICT = "conflict"
    """Both sides changed, and the agent is asked which one holds."""
    GONE = "gone"
    """The issue is deleted, or hidden from the connecting account."""


class Link(Base):
    """One ticket joined with one issue."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("ticket_id", "connection_id"),
        Index("ix_link_connection_id_issue_id", "connection_id", "issue_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    issue_id: Mapped[str] = mapped_column(String(255))
    """The remote system's stable id; key, title and address are for show and change."""
    issue_key: Mapped[str] = mapped_column(String(255))
    issue_title: Mapped[str] = mapped_column(Text)
    issue_url: Mapped[str] = mapped_column(Text)
    project_id: Mapped[str] = mapped_column(String(255))
    kind_id: Mapped[str] = mapped_column(String(255))
    remote_status: Mapped[str] = mapped_column(String(255))
    """The issue's status when it was read last."""

    base_ticket: Mapped[str | None] = mapped_column(String(50))
    """The ticket status that was last in step; None: none yet."""
    base_remote: Mapped[str | None] = mapped_column(String(255))
    own: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The remote statuses that our unfinished move has asked for or passed, written before each request."""

    state: Mapped[LinkState] = mapped_column(String(20), default=LinkState.WAITING)
    state_since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(50), default="")
    sentence: Mapped[str] = mapped_column(Text, default="")
    cure: Mapped[str] = mapped_column(Text, default="")

    wanted: Mapped[int] = mapped_column(default=0)
    """Grows with every wish to be synchronized."""
    done: Mapped[int] = mapped_column(default=0)
    """The wish that was last fulfilled. Less than `wanted`: there is work."""
    created_at: Mapped[datetime]


class LinkEvent(Base):
    """One thing that happened on a link, and why: what `explain` tells."""

    __tablename__ = "link_event"
    __table_args__ = (Index("ix_link_event_ticket_id_at", "ticket_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id", ondelete="SET NULL"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(50))
    sentence: Mapped[str] = mapped_column(Text)
    cure: Mapped[str] = mapped_column(Text, default="")


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DONE = "done"
    UNROUTABLE = "unroutable"
    """It belongs to no connection here; kept, and shown in health."""


class StoredDelivery(Base):
    """A verified delivery, stored before it was answered. Repetitions of one delivery are one row."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("integration", "workspace_hint", "delivery_id", "issue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration: Mapped[str] = mapped_column(String(31))
    workspace_hint: Mapped[str] = mapped_column(String(255))
    delivery_id: Mapped[str] = mapped_column(String(255))
    issue_id: Mapped[str] = mapped_column(String(255))
    notice: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime]
    state: Mapped[DeliveryState] = mapped_column(String(20), default=DeliveryState.WAITING, index=True)
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))


class Listening(Base):
    """How one connection hears of changes: its subscription, and its polling."""

    __tablename__ = "listening"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(Text, default="")
    """Why there is no subscription, in one sentence; polling fills in."""
    heard_at: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
