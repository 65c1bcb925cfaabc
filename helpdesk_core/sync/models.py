"""Links, what happened to them, and the deliveries that wait: all that keeping in step remembers."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""From when on something holds that has no beginning."""


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


NEEDS_A_PERSON = (LinkState.STOPPED, LinkState.CONFLICT, LinkState.GONE)


class Link(Base):
    """One ticket joined with one issue.

    Lock order, for PostgreSQL: a ticket's row before its links' rows, links by id. Locks let keys be shared
    (`FOR NO KEY UPDATE`): a history line that refers to a locked row must not wait for it, or two wait for each other.
    """

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("ticket_id", "connection_id"),
        Index(None, "connection_id", "issue_id"),
        Index(None, "connection_id", "queued"),
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
    """The issue's status when it was read last, or where our own move brought it."""

    base_ticket: Mapped[str | None] = mapped_column(String(50))
    """The ticket status that was last in step; None: none yet."""
    base_remote: Mapped[str] = mapped_column(String(255))
    own: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The remote statuses that our unfinished move has asked for or passed, written before each request."""
    attempt: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The move under way, or stopped half-way: see `progress.Attempt`."""
    decided: Mapped[int] = mapped_column(default=0)
    """How often a person decided on this link."""

    state: Mapped[LinkState] = mapped_column(String(20), default=LinkState.WAITING)
    state_since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(50), default="")
    sentence: Mapped[str] = mapped_column(Text, default="")
    cure: Mapped[str] = mapped_column(Text, default="")

    wanted: Mapped[int] = mapped_column(default=0)
    """Grows with every wish to be synchronized."""
    done: Mapped[int] = mapped_column(default=0)
    """The wish that was last fulfilled. Less than `wanted`: there is work."""
    wanted_at: Mapped[datetime]
    """Since when there is work: the oldest is taken first."""
    queued: Mapped[bool] = mapped_column(default=False)
    """Whether the engine holds this link's job. Only `backlog` writes it."""
    shown: Mapped[str] = mapped_column(Text, default="")
    """What the issue shows of the ticket: see `showing.appearance`. Empty: nothing yet."""
    talks_since: Mapped[datetime | None]
    """What was said since then is carried; None: since the link was made."""
    created_at: Mapped[datetime]

    @property
    def busy(self) -> bool:
        """Whether a look at the issue is wanted or under way."""
        return self.wanted > self.done


class Happening(StrEnum):
    """What a line of a link's history tells."""

    LINKED = "linked"
    UNLINKED = "unlinked"
    IN_STEP = "in_step"
    ISSUE_MOVED = "issue_moved"
    TICKET_CHANGED = "ticket_changed"
    WAITING = "waiting"
    STOPPED = "stopped"
    CONFLICT = "conflict"
    GONE = "gone"
    CHOSEN = "chosen"
    RETRIED = "retried"
    DISCARDED = "discarded"


class LinkEvent(Base):
    """One thing that happened on a link, and why: what `explain` tells."""

    __tablename__ = "link_event"
    __table_args__ = (Index(None, "ticket_id", "id"), Index(None, "connection_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id", ondelete="SET NULL"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    issue_key: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime]
    what: Mapped[Happening] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(Text)
    cure: Mapped[str] = mapped_column(Text, default="")
    by_name: Mapped[str] = mapped_column(String(100), default="")
    """The person who did it; empty: nobody, it happened by itself."""


class SyncSetting(Base):
    """What an admin chose for keeping in step on one connection. No row: nothing, and the defaults hold."""

    __tablename__ = "sync_setting"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    winner: Mapped[str] = mapped_column(String(20))
    """A `merge.Winner`."""
    may_reopen: Mapped[bool]
    inward: Mapped[bool]
    outward: Mapped[bool]


class Hold(Base):
    """The remote system asked for a pause: of one operation, or of everything on a connection."""

    __tablename__ = "sync_hold"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    operation: Mapped[str] = mapped_column(String(50), primary_key=True)
    """Which calls wait; `holds.EVERYTHING`: all of the connection."""
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    refused: Mapped[bool] = mapped_column(default=False)
    """Whether it was a refusal that a person must mend, and not a limit that passes."""


# ── hearing of changes ────────────────────────────────────────────────────────────────────────────────────────────────


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DONE = "done"
    UNROUTABLE = "unroutable"
    """It belongs to no connection here; kept, and shown in health."""


class StoredDelivery(Base):
    """A verified delivery, stored before it was answered. Repetitions of one delivery are one row."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("integration", "workspace_hint", "delivery_id", "issue_id"),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration: Mapped[str] = mapped_column(String(31))
    workspace_hint: Mapped[str] = mapped_column(String(255))
    delivery_id: Mapped[str] = mapped_column(String(255))
    issue_id: Mapped[str] = mapped_column(String(255))
    subscription_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    status_id: Mapped[str | None] = mapped_column(String(255))
    event: Mapped[str] = mapped_column(String(100), default="")
    about: Mapped[str] = mapped_column(String(20), default="issue")
    """A `values.About`."""
    received_at: Mapped[datetime]
    state: Mapped[DeliveryState] = mapped_column(String(20), default=DeliveryState.WAITING)
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))


class Inbox(Base):
    """One row for each integration: whether somebody is on the way to work its deliveries off."""

    __tablename__ = "delivery_inbox"

    integration: Mapped[str] = mapped_column(String(31), primary_key=True)
    wanted: Mapped[bool] = mapped_column(default=False)


class Listening(Base):
    """How one connection hears of changes: its subscription, and its polling."""

    __tablename__ = "listening"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[str | None] = mapped_column(String(255))
    project_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the subscription covers."""
    expires_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(Text, default="")
    """Why there is no subscription, in one sentence; polling fills in."""
    heard_at: Mapped[datetime | None]
    """When the last delivery arrived."""
    missed_at: Mapped[datetime | None]
    """When polling last found a change of which no delivery had told."""
    polled_at: Mapped[datetime | None]
    """Up to when polling has looked."""
