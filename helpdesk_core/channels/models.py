"""What channels remember: the rules, each issue that a ticket is to have, and each issue that has arrived."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Dialect, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base

MAX_CHANNEL_NAME: Final = 100
TRIAL_MARKER: Final = "hd-trial-"
"""How the markers of issues begin that are created to try a channel."""


class Way(StrEnum):
    """Which way something goes: from the helpdesk to the issues (out), from there to the helpdesk (in)."""

    OUT = "out"
    IN = "in"
    BOTH = "both"
    NOT = "not"

    @property
    def outward(self) -> bool:
        """Whether it goes from the helpdesk to the remote system."""
        return self in {Way.OUT, Way.BOTH}

    @property
    def inward(self) -> bool:
        """Whether it comes from the remote system to the helpdesk."""
        return self in {Way.IN, Way.BOTH}


class _WayText(TypeDecorator[Way]):
    """Stores a way as text and gives it back as what it is: it is asked which way it goes."""

    impl = String(10)
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Way | None:  # noqa: ARG002 - SQLAlchemy's form
        return None if value is None else Way(value)


WAY: Final = _WayText()


class Channel(Base):
    """One rule: which tickets become issues of one kind in one project, which issues become tickets, and what of them
    is kept in step. It holds for the tickets that belong to it; all others are under the connection's own settings.
    """

    __tablename__ = "channel"
    __table_args__ = (Index(None, "connection_id", "project_id", "kind_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(MAX_CHANNEL_NAME))
    project_id: Mapped[str] = mapped_column(String(255))
    kind_id: Mapped[str] = mapped_column(String(255))
    place: Mapped[str] = mapped_column(Text)
    """What project and kind are called, for pages: they are renamed and deleted at the remote system."""
    creates: Mapped[Way] = mapped_column(WAY)
    """Out: new tickets become issues; in: new issues become tickets; not: only by hand."""
    status: Mapped[Way] = mapped_column(WAY)
    comments: Mapped[Way] = mapped_column(WAY)
    public: Mapped[bool]
    """Comments that everybody who sees the issue may read come as public replies, not as internal notes."""
    outward_since: Mapped[datetime | None]
    """When comments were told to go out, if that was after the channel was made: an older link carries what is said
    later. None: since its links were made.
    """
    inward_since: Mapped[datetime | None]
    """When they were told to come in; likewise."""
    values: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What goes into the fields that creating demands: see `fields.values_out`."""
    enabled: Mapped[bool]
    since: Mapped[datetime]
    """When it was last switched on, or told to create: only what is created later is touched."""
    looked_at: Mapped[datetime | None]
    """Up to when new issues were looked for."""
    trouble: Mapped[str] = mapped_column(Text, default="")
    """Why no issue can be created now. While it stands, work waits."""
    cure: Mapped[str] = mapped_column(Text, default="")
    trouble_since: Mapped[datetime | None]
    mended_at: Mapped[datetime | None]
    """When somebody last said that it was mended: what was refused before says nothing of it now."""
    by_name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]

    @property
    def writes(self) -> bool:
        """Whether anything at all is written at the remote system."""
        ways = (self.creates, self.status, self.comments)
        return any(way.outward for way in ways) or self.creates is Way.NOT


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
    """What goes into fields: see `fields.values_out`. Where a channel wants the issue, the channel's hold instead."""
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id", ondelete="SET NULL"), index=True)
    """The channel that wants the issue; None: a person does."""
    marker: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[CreationState] = mapped_column(String(20), default=CreationState.WAITING)
    asked_at: Mapped[datetime | None]
    """When it was last asked for."""
    issue_id: Mapped[str] = mapped_column(String(255), default="")
    sentence: Mapped[str] = mapped_column(Text, default="")
    cure: Mapped[str] = mapped_column(Text, default="")
    by_name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class ArrivalState(StrEnum):
    """What became of an issue of which the helpdesk has heard."""

    BACKLOG = "backlog"
    """It was there before the channel; it is taken when its turn comes."""
    WAITING = "waiting"
    """It is about to be read."""
    TAKEN = "taken"
    """A ticket was made of it."""
    PASSED = "passed"
    """No ticket is made of it: it is our own, or too old, or no channel wants it."""


class Arrival(Base):
    """One issue that has arrived at the remote system. It is looked at once: who unlinks its ticket gets no second."""

    __tablename__ = "arrival"
    __table_args__ = (UniqueConstraint("connection_id", "issue_id"), Index(None, "connection_id", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    issue_id: Mapped[str] = mapped_column(String(255))
    state: Mapped[ArrivalState] = mapped_column(String(20), default=ArrivalState.WAITING)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id", ondelete="SET NULL"), index=True)
    """The channel whose backlog it belongs to, or that has taken it."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    heard_at: Mapped[datetime]


class Transfer(Base):
    """Bringing over what was there before a channel. At most one at a time for each channel and way."""

    __tablename__ = "transfer"
    __table_args__ = (UniqueConstraint("channel_id", "way"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"))
    way: Mapped[Way] = mapped_column(WAY)
    total: Mapped[int]
    """How many there were when it began."""
    handed_on: Mapped[int] = mapped_column(default=0)
    """How many of them were handed to those who create."""
    after: Mapped[int] = mapped_column(default=0)
    """The id of the ticket or arrival that was handed on last."""
    last: Mapped[int]
    """The id of the last one that belongs to it: what is created meanwhile does not."""
    stopped: Mapped[bool] = mapped_column(default=False)
    """An admin has stopped it, and may let it go on."""
    by_name: Mapped[str] = mapped_column(String(100))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Trial(Base):
    """An issue that was created to try a channel, until it is deleted again."""

    __tablename__ = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(String(255))
    marker: Mapped[str] = mapped_column(String(64), unique=True)
    issue_id: Mapped[str] = mapped_column(String(255), default="")
    """Empty: nobody knows whether it was created."""
    asked_at: Mapped[datetime]
    sentence: Mapped[str] = mapped_column(Text, default="")
    """Why it could not be deleted; a person must."""
