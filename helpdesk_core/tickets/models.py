"""Tickets, what was said and done on them, and the statuses that admins made.

Names of people and statuses are stored beside what they did: both are renamed and deleted, history is not.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk_core.accounts.models import User
from helpdesk_core.db import Base
from helpdesk_core.values import SystemStatus, TicketStatus

MAX_TITLE: Final = 255
"""What Jira's summary holds too: no title is cut on its way."""
MAX_TEXT: Final = 32_767
"""What Jira's description and comments hold too."""
MAX_NAME: Final = 100
MAX_EMAIL: Final = 254
MAX_STATUS_NAME: Final = 40
MAX_STATUS_KEY: Final = 50
MAX_SOURCE: Final = 31
"""What an integration's key may have."""

Who: TypeAlias = User | str
"""Who did something: a person who signs in, or the name of something that acts by itself, such as an integration."""


class Visibility(StrEnum):
    """Who may read a comment."""

    PUBLIC = "public"
    """The requester too."""
    INTERNAL = "internal"
    """Only the people who sign in."""


class EventKind(StrEnum):
    """What changed on a ticket."""

    STATUS = "status"
    ASSIGNEE = "assignee"
    VISIBILITY = "visibility"
    """A public reply was made an internal note; the only way round."""


class CustomStatus(Base):
    """A status that an admin put under one of the five system statuses; those are code, not rows."""

    __tablename__ = "custom_status"

    key: Mapped[str] = mapped_column(String(MAX_STATUS_KEY), primary_key=True)
    """Made from the first name and kept when it is renamed: mappings and their exports hold it."""
    name: Mapped[str] = mapped_column(String(MAX_STATUS_NAME), unique=True)
    system: Mapped[SystemStatus] = mapped_column(String(20))
    position: Mapped[int]
    """Order among the custom statuses of one system status."""

    @property
    def status(self) -> TicketStatus:
        """The status as the rest of the helpdesk and plugins see it."""
        return TicketStatus(key=self.key, name=self.name, system=SystemStatus(self.system))


class Ticket(Base):
    """One request for help. Its id is the number that people quote."""

    __tablename__ = "ticket"
    __table_args__ = (Index(None, "status", "id"), Index(None, "assignee_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    body: Mapped[str] = mapped_column(Text)
    requester_name: Mapped[str] = mapped_column(String(MAX_NAME))
    requester_email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    """Empty where nobody knows it."""
    status: Mapped[str] = mapped_column(String(MAX_STATUS_KEY))
    """A status' key. Only `service.change_status` writes it."""
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id", ondelete="SET NULL"), index=True)
    """The rule by which it has an issue, or is one's; None: none does."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_by_name: Mapped[str] = mapped_column(String(MAX_NAME))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    assignee: Mapped[User | None] = relationship(foreign_keys=assignee_id, lazy="raise")
    """Load it in the query that needs it: `lazy` makes a query per row impossible."""


class Comment(Base):
    """What somebody said on a ticket. A deleted one keeps its row, so that what refers to it still finds it."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    visibility: Mapped[Visibility] = mapped_column(String(10))
    body: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None: nobody who signs in wrote it, but an integration or another program."""
    by_name: Mapped[str] = mapped_column(String(MAX_NAME))
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(MAX_SOURCE), default="")
    """The key of the integration that it came from, which alone may change it; empty: it was written here."""
    edited_at: Mapped[datetime | None]
    """When its words were changed last."""
    edited_by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    deleted_at: Mapped[datetime | None]
    """Since when its body is empty."""
    deleted_by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")

    @property
    def is_internal(self) -> bool:
        """Whether the requester must not see it."""
        return self.visibility == Visibility.INTERNAL

    @property
    def is_deleted(self) -> bool:
        """Whether somebody took it back."""
        return self.deleted_at is not None


class TicketEvent(Base):
    """What somebody changed on a ticket. Rows are only ever added."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[EventKind] = mapped_column(String(10))
    before: Mapped[str] = mapped_column(String(MAX_NAME))
    """The status' or person's name at that time; empty: nobody."""
    after: Mapped[str] = mapped_column(String(MAX_NAME))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_name: Mapped[str] = mapped_column(String(MAX_NAME))
    at: Mapped[datetime]
