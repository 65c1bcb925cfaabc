"""What the mapping keeps for each connection: what was read, projects in use, versions of the board, and drafts.

All of it outlives disconnecting and reconnecting, and goes with the connection when that is forgotten.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base


class VersionKind(StrEnum):
    """How a version of the board came to be."""

    SAVED = "saved"
    SUGGESTED = "suggested"
    """Saved with cards that lie where the integration suggested."""
    UNDO = "undo"
    """Equal to an earlier version."""
    REPLACED = "replaced"
    """A ticket status was deleted, and another took its place."""
    FOLLOWED = "followed"
    """New statuses were placed like the others of their name, without asking."""
    MENDED = "mended"
    """A remote status vanished, and an admin said what becomes of its card."""


class DriftKind(StrEnum):
    """What can change at the remote system so that a board in force does not say any more what it said."""

    VANISHED = "vanished"
    """A status that stands on the board is gone."""
    CATEGORY = "category"
    """A status that stands on the board counts as something else now."""
    MOVE = "move"
    """A move that the board used is gone, and a way became worse for it."""
    PROJECT = "project"
    """A project is gone or hidden, with all that it owns."""


class VocabularySnapshot(Base):
    """The projects and statuses that were read last: pages work on it, also while the remote system is down."""

    __tablename__ = "mapping_vocabulary"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime]
    vocabulary: Mapped[dict[str, Any]] = mapped_column(JSON)


class ProjectInUse(Base):
    """A project that an admin chose, with its detail once that was read."""

    __tablename__ = "mapping_project"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), default="")
    name: Mapped[str] = mapped_column(Text, default="")
    """What it was called when it was last seen: of one that is gone or hidden there is no other name."""
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    read_at: Mapped[datetime | None]


class MappingSetting(Base):
    """What an admin chose for the mapping of a connection as a whole. Without a row nothing was chosen."""

    __tablename__ = "mapping_setting"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    takes_up: Mapped[bool]
    """New statuses are placed like the others of their name without asking."""


class KnownWorkflow(Base):
    """What is known of the workflow of one kind of issue in one project: read whole, or learnt issue by issue."""

    __tablename__ = "mapping_workflow"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    workflow: Mapped[dict[str, Any]] = mapped_column(JSON)
    read_at: Mapped[datetime]
    compared: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The workflow as the last whole reading left it: the next one is compared with this, whatever was learnt since."""


class MoveDefault(Base):
    """What to put into a field on the way into a status: the Resolution of Done is not that of Won't Do."""

    __tablename__ = "mapping_move_default"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    entered: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The status that the move enters."""
    field_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    """An option's id, or text."""


class MoveAllowance(Base):
    """A done status that an admin allowed issues to pass on the way to a target."""

    __tablename__ = "mapping_move_allowance"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    target: Mapped[str] = mapped_column(String(255), primary_key=True)
    crossed: Mapped[str] = mapped_column(String(255), primary_key=True)


class MoveRejection(Base):
    """A move that the remote system refused for good when it was tried, as a validator does that no reading shows."""

    __tablename__ = "mapping_rejection"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    from_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    to_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    """What it said, the last time."""
    at: Mapped[datetime]


class StatusBaseline(Base):
    """A placed remote status as an admin last saw it: when a card of it was placed or moved, or an item was mended."""

    __tablename__ = "mapping_baseline"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    status_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """Its latest name; a status that vanished has no other one."""
    category: Mapped[str] = mapped_column(String(20))
    project_id: Mapped[str | None] = mapped_column(String(255))
    """The project that owns it, if one does."""


class DriftItem(Base):
    """Something that changed at the remote system and that an admin has to look at."""

    __tablename__ = "mapping_drift"
    __table_args__ = (UniqueConstraint("connection_id", "kind", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    kind: Mapped[DriftKind] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(1100))
    """What it is about: a status, a project, or a move of one kind of issue in one project."""
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Ids and names as they were; `drift` says what stands here for which kind."""
    found_at: Mapped[datetime]
    accepted: Mapped[bool]
    """An admin has seen it; it stays so that the next reading does not tell it again."""


class BoardVersion(Base):
    """One saved board. Versions are only added, never changed."""

    __tablename__ = "mapping_board_version"
    __table_args__ = (UniqueConstraint("connection_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    number: Mapped[int]
    """Counts from 1 in each connection."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    author_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    kind: Mapped[VersionKind] = mapped_column(String(20))
    restores: Mapped[int | None]
    """The number of the version that an undo went back to."""
    board: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[list[str]] = mapped_column(JSON)
    """The difference from the version before, in the words and names of that day."""


class BoardDraft(Base):
    """What one admin has changed and not saved yet (docs/decisions/0004-board-drafts.md)."""

    __tablename__ = "mapping_board_draft"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    based_on: Mapped[int]
    """The number of the version that the admin started from; 0: nothing was saved yet."""
    board: Mapped[dict[str, Any]] = mapped_column(JSON)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON)
    """Remote status id → why the suggestion put it where it is."""
    updated_at: Mapped[datetime]
