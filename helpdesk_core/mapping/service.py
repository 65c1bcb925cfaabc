"""Saving, undoing and suggesting the board, and what other parts of the helpdesk ask of the mapping. Knows no Flask."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from helpdesk_core.accounts.models import User
from helpdesk_core.errors import Refused
from helpdesk_core.facets import StatusVocabulary
from helpdesk_core.mapping.board import Board, ResolvedBoard
from helpdesk_core.mapping.drafts import Draft, discard_draft, open_draft, rewrite_drafts
from helpdesk_core.mapping.following import follow_names
from helpdesk_core.mapping.gestures import replace_status
from helpdesk_core.mapping.models import BoardDraft, BoardVersion, VersionKind
from helpdesk_core.mapping.suggestions import fill
from helpdesk_core.mapping.versions import add_version, latest, refuse_problems, version_board
from helpdesk_core.mapping.vocabulary import Stored
from helpdesk_core.tickets.models import Who
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import SuggestRequest, TicketStatus


def resolved_board(session: Session, connection_id: int, project_id: str | None = None) -> ResolvedBoard:
    """Return the rules in force for issues of a project: what merge, paths and judgement work with."""
    return latest(session, connection_id).board.resolve(project_id, list_statuses(session))


def suggest(draft: Draft, facet: StatusVocabulary, stored: Stored, statuses: tuple[TicketStatus, ...]) -> Draft:
    """Fill what is New in the projects in use: as a person placed others of its name, else as the plugin says."""
    draft = follow_names(draft, stored)
    remotes = stored.statuses_in_use
    filled = fill(
        draft.board,
        facet.suggest(SuggestRequest(remote=remotes, tickets=statuses)),
        remotes=remotes,
        statuses=statuses,
        weight=Counter(status for used in stored.in_use for status in used.status_ids),
    )
    return replace(draft, board=filled.board, reasons={**draft.reasons, **filled.reasons})


def save_draft(session: Session, connection_id: int, user: User, *, seen: int, now: datetime) -> BoardVersion:
    """Put an admin's draft into force.

    Args:
        session: a writing session.
        connection_id: whose board.
        user: the admin.
        seen: the newest version that the admin was shown; saving over it is then on purpose.
        now: when.

    Raises:
        SavedMeanwhile: somebody saved since; the draft stays as it is.
        Refused: nothing differs, or *same as* leads nowhere.
    """
    draft = open_draft(session, connection_id, user.id)
    refuse_problems(session, connection_id, draft.board)
    kind = VersionKind.SUGGESTED if draft.reasons else VersionKind.SAVED
    version = add_version(session, connection_id, draft.board, seen=seen, by=user, now=now, kind=kind)
    discard_draft(session, connection_id, user.id)
    return version


def undo(session: Session, connection_id: int, number: int, *, seen: int, by: User, now: datetime) -> BoardVersion:
    """Go back to version `number` by a new version that equals it. Tickets and issues are not moved back.

    Raises:
        SavedMeanwhile: there is a newer version than `seen`.
        Refused: it equals the board in force, or needs a ticket status that was deleted.
        NotFound: there is no such version.
    """
    board = version_board(session, connection_id, number)
    if gone := board.mentioned - {status.key for status in list_statuses(session)}:
        msg = (
            f"Version {number} uses a ticket status that was deleted ({', '.join(sorted(gone))}). "
            "Change the board by hand instead."
        )
        raise Refused(msg)
    refuse_problems(session, connection_id, board)
    return add_version(session, connection_id, board, seen=seen, by=by, now=now, kind=VersionKind.UNDO, restores=number)


def replace_ticket_status(session: Session, key: str, replacement: str, *, by: Who, now: datetime) -> None:
    """Take a custom status out of the boards of all connections; `replacement` gets its cards and its followers.

    Call it in the transaction that deletes the status, before it is deleted.
    """
    statuses = list_statuses(session)

    def change(board: Board) -> Board:
        return replace_status(board, key, replacement, statuses)

    for connection_id in _connections_with_boards(session):
        saved = latest(session, connection_id)
        number = saved.number
        if change(saved.board) != saved.board:
            version = add_version(
                session,
                connection_id,
                change(saved.board),
                seen=number,
                by=by,
                now=now,
                kind=VersionKind.REPLACED,
            )
            number = version.number
        rewrite_drafts(session, connection_id, change, old=saved.number, new=number, now=now)


def on_status_deleted(
    session: Session, *, deleted: TicketStatus, replacement: TicketStatus | None, by: Who, now: datetime
) -> None:
    """Observe `tickets.service.delete_status`.

    Raises:
        Refused: boards use the status, and no replacement was chosen.
    """
    if replacement is not None:
        replace_ticket_status(session, deleted.key, replacement.key, by=by, now=now)
    elif uses_ticket_status(session, deleted.key):
        msg = f"{deleted.name} is used in a status mapping. Choose what takes its place there."
        raise Refused(msg)


def uses_ticket_status(session: Session, key: str) -> bool:
    """Tell whether any board in force names a ticket status."""
    boards = (latest(session, connection_id).board for connection_id in _connections_with_boards(session))
    return any(key in board.mentioned for board in boards)


def _connections_with_boards(session: Session) -> list[int]:
    query = union(select(BoardVersion.connection_id), select(BoardDraft.connection_id))
    return sorted(session.scalars(query))
