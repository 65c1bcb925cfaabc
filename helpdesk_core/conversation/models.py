"""What carrying comments remembers: which comment is which on the other side, and what a link still has to do."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base


class ConversationSetting(Base):
    """What an admin chose for the conversations of one connection. No row: nothing is carried."""

    __tablename__ = "conversation_setting"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    outward: Mapped[bool]
    """Public replies go to the issue."""
    inward: Mapped[bool]
    """Comments of the issue come to the ticket."""
    public: Mapped[bool]
    """Those that everybody who sees the issue may read come as public replies, not as internal notes."""
    outward_since: Mapped[datetime | None]
    """When replies were told to go: a link that is older carries what is said later. None: since it was made."""
    inward_since: Mapped[datetime | None]
    """When the issue's comments were told to come; likewise."""


class Talk(Base):
    """What the conversation of one link still has to do."""

    __tablename__ = "talk"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id", ondelete="CASCADE"), primary_key=True)
    wanted: Mapped[int]
    """Grows with every wish."""
    done: Mapped[int]
    reading: Mapped[bool]
    """Whether somebody told of comments at the remote system, so that they must be read."""


class Carried(Base):
    """One comment of a ticket that is, or is to be, on its issue too. It outlives the link: relinking recognizes it."""

    __tablename__ = "carried_comment"
    __table_args__ = (
        UniqueConstraint("comment_id", "connection_id", "issue_id"),
        Index(None, "ticket_id", "connection_id", "issue_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    issue_id: Mapped[str] = mapped_column(String(255))
    remote_id: Mapped[str] = mapped_column(String(255), default="")
    """Empty: it was asked for, and nobody knows what became of that."""
    marker: Mapped[str] = mapped_column(String(64), default="")
    """What it was posted with; empty: it came from the issue."""
    text: Mapped[str] = mapped_column(String(64), default="")
    """The digest of what was carried last."""
    edition: Mapped[str] = mapped_column(String(255), default="")
    """The remote comment's edition that was taken in last."""
    refused: Mapped[str] = mapped_column(String(64), default="")
    """The digest of what the remote system refused: it is not asked for again before the words change."""
    gone: Mapped[bool] = mapped_column(default=False)
    """The other side's comment is deleted."""
    original: Mapped[Any] = mapped_column(JSON, nullable=True)
    """The remote text in its own format."""
