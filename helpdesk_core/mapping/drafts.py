"""What an admin has changed on the board and not saved yet: one draft per admin and connection. Knows no Flask.

Why drafts are rows: docs/decisions/0004-board-drafts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.documents import from_document, to_document
from helpdesk_core.mapping.models import BoardDraft
from helpdesk_core.mapping.versions import latest, version_board


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A board as one admin sees it: the saved one, with that admin's changes."""

    board: Board
    based_on: int
    """The number of the version it started from."""
    reasons: Mapping[str, str] = field(default_factory=dict)


def open_draft(session: Session, connection_id: int, user_id: int) -> Draft:
    """Return an admin's draft; without one, the saved board."""
    row = session.get(BoardDraft, (connection_id, user_id))
    if row is None:
        saved = latest(session, connection_id)
        return Draft(board=saved.board, based_on=saved.number)
    return Draft(board=from_document(row.board), based_on=row.based_on, reasons=row.reasons)


def edit_draft(
    session: Session, connection_id: int, user_id: int, change: Callable[[Draft], Draft], *, now: datetime
) -> Draft:
    """Change an admin's draft. A draft without changes is not kept, so that the next version shows at once."""
    session.scalar(_rows(connection_id).where(BoardDraft.user_id == user_id).with_for_update())
    draft = change(open_draft(session, connection_id, user_id))
    if draft.board == version_board(session, connection_id, draft.based_on):
        discard_draft(session, connection_id, user_id)
        return open_draft(session, connection_id, user_id)
    _keep(session, connection_id, user_id, draft, now)
    return draft


def discard_draft(session: Session, connection_id: int, user_id: int) -> None:
    """Throw an admin's changes away."""
    if row := session.get(BoardDraft, (connection_id, user_id)):
        session.delete(row)
        session.flush()


def rewrite_drafts(
    session: Session, connection_id: int, change: Callable[[Board], Board], *, old: int, new: int, now: datetime
) -> None:
    """Apply to everybody's drafts what version `new` did to version `old`."""
    for row in session.scalars(_rows(connection_id)).all():
        row.board = to_document(change(from_document(row.board)))
        row.based_on = new if row.based_on == old else row.based_on
        row.updated_at = now
    session.flush()


def _keep(session: Session, connection_id: int, user_id: int, draft: Draft, now: datetime) -> None:
    session.merge(
        BoardDraft(
            connection_id=connection_id,
            user_id=user_id,
            based_on=draft.based_on,
            board=to_document(draft.board),
            reasons=dict(draft.reasons),
            updated_at=now,
        )
    )
    session.flush()


def _rows(connection_id: int) -> Select[BoardDraft]:
    return select(BoardDraft).where(BoardDraft.connection_id == connection_id)
