"""What an admin does about an item of drift, each in one step. Knows no Flask.

A replacement is a version of the board like any other, and reaches everybody's drafts. No ticket and no issue is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.mapping.baselines import keep
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.drafts import rewrite_drafts
from helpdesk_core.mapping.gestures import remove_remote, replace_remote
from helpdesk_core.mapping.models import BoardVersion, DriftItem, DriftKind, VersionKind
from helpdesk_core.mapping.versions import add_version, latest, refuse_problems
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.tickets.models import Who


def replace_vanished(
    session: Session, connection_id: int, item_id: int, replacement: str, *, by: Who, now: datetime
) -> BoardVersion:
    """Put a status that is there into the place and order of one that vanished, everywhere.

    Raises:
        NotFound: the item was cleared meanwhile.
        Refused: the replacement is not there, or *same as* would lead nowhere.
    """
    gone = _vanished(session, connection_id, item_id)
    if replacement not in read_stored(session, connection_id).all_statuses:
        msg = "Choose the status that takes its place."
        raise Refused(msg)
    return _rearrange(session, connection_id, lambda board: replace_remote(board, gone, replacement), by=by, now=now)


def take_off(session: Session, connection_id: int, item_id: int, *, by: Who, now: datetime) -> BoardVersion:
    """Take a status that vanished off the board, everywhere.

    Raises:
        NotFound: the item was cleared meanwhile.
        Refused: *same as* would lead nowhere.
    """
    gone = _vanished(session, connection_id, item_id)
    return _rearrange(session, connection_id, lambda board: remove_remote(board, gone), by=by, now=now)


def accept(session: Session, connection_id: int, item_ids: Collection[int]) -> None:
    """Take note that an admin has seen what changed, and leaves the board as it is.

    A status counts as what it is now from then on; a move is forgotten; a project is told anew once it came back.

    Raises:
        NotFound: all were cleared meanwhile.
        Refused: one is about a status that vanished, and must be mended.
    """
    statuses = read_stored(session, connection_id).all_statuses
    for row in _items(session, connection_id, item_ids):
        match row.kind:
            case DriftKind.CATEGORY:
                keep(session, connection_id, [status] if (status := statuses.get(row.subject)) else [])
                session.delete(row)
            case DriftKind.MOVE:
                session.delete(row)
            case DriftKind.PROJECT:
                row.accepted = True
            case _:
                msg = "The status is gone: replace its card, or take it off the board."
                raise Refused(msg)
    session.flush()


def _rearrange(
    session: Session, connection_id: int, change: Callable[[Board], Board], *, by: Who, now: datetime
) -> BoardVersion:
    saved = latest(session, connection_id)
    board = change(saved.board)
    refuse_problems(session, connection_id, board)
    version = add_version(session, connection_id, board, seen=saved.number, by=by, now=now, kind=VersionKind.MENDED)
    rewrite_drafts(session, connection_id, change, old=saved.number, new=version.number, now=now)
    return version


def _vanished(session: Session, connection_id: int, item_id: int) -> str:
    (row, *_) = _items(session, connection_id, [item_id])
    if row.kind != DriftKind.VANISHED:
        msg = "Only a status that vanished can be replaced."
        raise Refused(msg)
    return row.subject


def _items(session: Session, connection_id: int, item_ids: Collection[int]) -> list[DriftItem]:
    query = select(DriftItem).where(DriftItem.connection_id == connection_id, DriftItem.id.in_(item_ids))
    if rows := list(session.scalars(query.order_by(DriftItem.id).with_for_update())):
        return rows
    msg = "This was settled meanwhile."
    raise NotFound(msg)
