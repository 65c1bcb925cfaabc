"""The saved boards of a connection: versions are added, never changed. Knows no Flask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.mapping.baselines import follow_version, known_statuses
from helpdesk_core.mapping.board import Board, problems
from helpdesk_core.mapping.documents import from_document, to_document
from helpdesk_core.mapping.models import BoardVersion, VersionKind
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.mapping.wording import Names, differences, problem_words
from helpdesk_core.tickets.models import Who
from helpdesk_core.tickets.service import list_statuses


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """A saved board with its number; number 0 is the empty board before the first version."""

    number: int
    board: Board


class SavedMeanwhile(Refused):
    """Somebody saved a newer version than the one that was looked at. `changes` says what those versions did."""

    def __init__(self, versions: Iterable[BoardVersion]) -> None:
        versions = tuple(versions)  # rows end with the transaction that this error rolls back; words do not
        self.changes = tuple(change for version in versions for change in version.changes)
        who = " and ".join(dict.fromkeys(version.author_name for version in versions))
        super().__init__(f"{who} saved this board meanwhile. Look at the difference and choose.")


def latest(session: Session, connection_id: int) -> Saved:
    """Return the board in force."""
    row = session.scalar(_newest_first(connection_id).limit(1))
    return Saved(number=row.number, board=from_document(row.board)) if row else Saved(number=0, board=Board())


def list_versions(session: Session, connection_id: int) -> list[BoardVersion]:
    """Return all versions, newest first."""
    return list(session.scalars(_newest_first(connection_id)))


def get_version(session: Session, connection_id: int, number: int) -> BoardVersion:
    """Return one version.

    Raises:
        NotFound: there is none with this number.
    """
    if row := session.scalar(_newest_first(connection_id).where(BoardVersion.number == number)):
        return row
    msg = f"This board has no version {number}."
    raise NotFound(msg)


def version_board(session: Session, connection_id: int, number: int) -> Board:
    """Return the board of one version; number 0 is the empty board."""
    return from_document(get_version(session, connection_id, number).board) if number else Board()


def versions_since(session: Session, connection_id: int, number: int) -> list[BoardVersion]:
    """Return the versions newer than `number`, oldest first."""
    return list(session.scalars(_newest_first(connection_id).where(BoardVersion.number > number)))[::-1]


def read_names(session: Session, connection_id: int) -> Names:
    """Return what to call ticket statuses, remote statuses and projects."""
    return _with_baselines(session, connection_id, make_names(session, read_stored(session, connection_id)))


def make_names(session: Session, stored: Stored) -> Names:
    """Return the names of what was read already: of a large site that takes a while."""
    return Names(
        statuses=tuple(list_statuses(session)),
        remotes={status.id: status.name for status in stored.all_statuses.values()},
        projects={project.id: project.key for project in stored.projects},
    )


def _with_baselines(session: Session, connection_id: int, names: Names) -> Names:
    """Add what statuses were called that are gone: a number tells nobody what was on the board."""
    before = {id_: known.name for id_, known in known_statuses(session, connection_id).items()}
    return replace(names, remotes=before | dict(names.remotes))


def refuse_problems(session: Session, connection_id: int, board: Board) -> None:
    """Let only a board pass in which *same as* leads somewhere.

    Raises:
        Refused: says each problem with its cure.
    """
    names = read_names(session, connection_id)
    if wrong := problems(board, names.statuses):
        raise Refused(" ".join(problem_words(problem, names) for problem in wrong))


def add_version(
    session: Session,
    connection_id: int,
    board: Board,
    *,
    seen: int,
    by: Who,
    now: datetime,
    kind: VersionKind = VersionKind.SAVED,
    restores: int | None = None,
) -> BoardVersion:
    """Put a board into force.

    Args:
        session: a writing session.
        connection_id: whose board.
        board: the new board.
        seen: the number of the newest version that the author knows of.
        by: the author.
        now: when.
        kind: how it came to be.
        restores: the number of the version that it equals, for an undo.

    Raises:
        SavedMeanwhile: there is a newer version than `seen`.
        Refused: nothing differs.
    """
    session.get_one(Connection, connection_id, with_for_update=True)  # one saver at a time, on PostgreSQL too
    saved = latest(session, connection_id)
    if saved.number != seen:
        raise SavedMeanwhile(versions_since(session, connection_id, seen))
    stored = read_stored(session, connection_id)
    names = _with_baselines(session, connection_id, make_names(session, stored))
    changes = differences(saved.board, board, names)
    if not changes:
        msg = f"Nothing differs from version {seen}, so there is nothing to save."
        raise Refused(msg)
    version = BoardVersion(
        connection_id=connection_id,
        number=saved.number + 1,
        author_id=None if isinstance(by, str) else by.id,
        author_name=by if isinstance(by, str) else by.name,
        created_at=now,
        kind=kind,
        restores=restores,
        board=to_document(board),
        changes=changes,
    )
    session.add(version)
    session.flush()
    by_hand = kind not in {VersionKind.REPLACED, VersionKind.FOLLOWED}  # only a person has seen what lies where
    follow_version(session, connection_id, saved.board, board, stored=stored, statuses=names.statuses, seen=by_hand)
    return version


def _newest_first(connection_id: int) -> Select[BoardVersion]:
    return select(BoardVersion).where(BoardVersion.connection_id == connection_id).order_by(BoardVersion.number.desc())
