"""New statuses follow the others of their name: proposed by a button, or taken up unasked where an admin ticked that.

What is taken up is a version like any other: listed, undone, and never put over somebody's newer one. It takes only
what no version ever placed, so a status that a person put back to New, or whose taking up was undone, stays there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.mapping.board import Board, Tray
from helpdesk_core.mapping.documents import from_document
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.models import BoardVersion, MappingSetting, VersionKind
from helpdesk_core.mapping.suggestions import like_others
from helpdesk_core.mapping.versions import add_version, latest, list_versions
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.values import RemoteStatus

AUTHOR: Final = "The helpdesk"
"""Who saves what nobody asked for."""


def follow_names(draft: Draft, stored: Stored) -> Draft:
    """Place New team-managed statuses where all others of their name are, in whichever project those are."""
    filled = like_others(draft.board, _candidates(draft.board, stored))
    return replace(draft, board=filled.board, reasons={**draft.reasons, **filled.reasons})


def takes_up(session: Session, connection_id: int) -> bool:
    """Tell whether new statuses are placed like the others of their name without asking."""
    setting = session.get(MappingSetting, connection_id)
    return setting is not None and setting.takes_up


def set_taking_up(session: Session, connection_id: int, *, on: bool, now: datetime) -> BoardVersion | None:
    """Choose whether new statuses are placed without asking; what is New now is taken up at once."""
    session.merge(MappingSetting(connection_id=connection_id, takes_up=on))
    session.flush()
    return take_up(session, connection_id, now=now)


def take_up(session: Session, connection_id: int, *, now: datetime) -> BoardVersion | None:
    """Place what became known like the others of its name, if that is chosen; call it whenever statuses were read.

    Returns:
        The version that this made; None if there was nothing to place.
    """
    if not takes_up(session, connection_id):
        return None
    if session.get(Connection, connection_id, with_for_update=True) is None:  # locked: nobody saves in between
        return None
    saved = latest(session, connection_id)
    remotes = _candidates(saved.board, read_stored(session, connection_id))
    if not like_others(saved.board, remotes).reasons:  # mostly so; then no old version has to be read
        return None
    known = _ever_placed(session, connection_id)
    fresh = [r for r in remotes if saved.board.inbound(r.id) is not Tray.NEW or r.id not in known]
    filled = like_others(saved.board, fresh)
    if not filled.reasons:
        return None
    return add_version(
        session,
        connection_id,
        filled.board,
        seen=saved.number,
        by=AUTHOR,
        now=now,
        kind=VersionKind.FOLLOWED,
    )


def _candidates(board: Board, stored: Stored) -> list[RemoteStatus]:
    """Return the statuses of projects in use, and all that are placed, for others to follow."""
    shown = {status.id for status in stored.statuses_in_use}
    return [s for s in stored.all_statuses.values() if s.id in shown or board.inbound(s.id) is not Tray.NEW]


def _ever_placed(session: Session, connection_id: int) -> frozenset[str]:
    """Return every status that any version placed, by default or in a project."""
    boards = [from_document(version.board) for version in list_versions(session, connection_id)]
    return frozenset[str]().union(
        *(board.placed for board in boards),
        *(change.placements for board in boards for change in board.overrides.values()),
    )
