"""Exporting the mapping of a connection as YAML, and taking one in. Knows no Flask.

Reading a file changes nothing. What it means becomes an admin's draft, to be reviewed and saved like any other change;
the command line, which has no drafts, saves it as a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk_core.accounts.models import User
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.drafts import Draft, edit_draft
from helpdesk_core.mapping.exchange import Line, Origin, Site
from helpdesk_core.mapping.exchange_reading import read
from helpdesk_core.mapping.exchange_writing import write
from helpdesk_core.mapping.matching import match
from helpdesk_core.mapping.models import BoardVersion
from helpdesk_core.mapping.resemblance import Match
from helpdesk_core.mapping.versions import add_version, latest, make_names, version_board
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.mapping.wording import differences
from helpdesk_core.tickets.models import Who
from helpdesk_core.tickets.service import list_statuses


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """What a file means on this connection. There is a board exactly when there are no errors."""

    board: Board | None
    matches: tuple[Match, ...]
    errors: tuple[Line, ...]
    changes: tuple[str, ...]
    """What it would change in the mapping in force, in sentences."""
    seen: int
    """The number of the version in force."""


def export(session: Session, connection_id: int, number: int | None = None) -> str:
    """Return the board in force, or that of a version, as YAML.

    Raises:
        NotFound: there is no such connection or version.
    """
    site = _site(session, connection_id, read_stored(session, connection_id))
    board = latest(session, connection_id).board if number is None else version_board(session, connection_id, number)
    return write(board, site)


def read_import(session: Session, connection_id: int, data: bytes) -> Import:
    """Say what a file means on a connection; changes nothing.

    Raises:
        NotFound: there is no such connection.
    """
    saved, stored = latest(session, connection_id), read_stored(session, connection_id)
    matched = match(read(data), _site(session, connection_id, stored))
    changes: list[str] = []
    if matched.board is not None:
        changes = differences(saved.board, matched.board, make_names(session, stored))
    return Import(
        board=matched.board,
        matches=matched.matches,
        errors=matched.errors,
        changes=tuple(changes),
        seen=saved.number,
    )


def take_import(session: Session, connection_id: int, user: User, data: bytes, *, seen: int, now: datetime) -> Import:
    """Put what a file means into an admin's draft, in place of what is in it; with errors, change nothing.

    Args:
        session: a writing session.
        connection_id: whose board.
        user: the admin.
        data: the file.
        seen: the version in force that the admin was shown; a newer one will be told of on saving.
        now: when.

    Raises:
        NotFound: there is no such connection or version.
    """
    found = read_import(session, connection_id, data)
    if (board := found.board) is not None:
        edit_draft(session, connection_id, user.id, lambda _draft: Draft(board=board, based_on=seen), now=now)
    return found


def save_import(session: Session, connection_id: int, found: Import, *, by: Who, now: datetime) -> BoardVersion:
    """Put what a file means into force at once.

    Raises:
        Refused: there are errors, nothing differs, or somebody saved since the file was read.
    """
    if found.board is None:
        msg = "A file with errors is not saved."
        raise Refused(msg)
    return add_version(session, connection_id, found.board, seen=found.seen, by=by, now=now)


def _site(session: Session, connection_id: int, stored: Stored) -> Site:
    connection = session.get(Connection, connection_id)
    if connection is None:
        msg = f"There is no connection with the id {connection_id}."
        raise NotFound(msg)
    board = latest(session, connection_id).board
    changes = board.overrides.values()
    return Site(
        origin=Origin(
            integration=connection.integration,
            id=connection.workspace_id,
            name=connection.workspace_name,
            url=connection.workspace_url,
        ),
        tickets=tuple(list_statuses(session)),
        statuses=stored.all_statuses,
        projects={project.id: project for project in stored.projects},
        kept_statuses=board.placed.union(
            *(change.placements for change in changes), *(ids for change in changes for ids in change.order.values())
        ),
        kept_projects=frozenset(board.overrides),
    )
