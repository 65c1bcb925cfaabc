"""Keeps what admins last saw of the statuses on a board, so that a change can be told from what was always so.

A baseline comes into being when a card is placed and is renewed when that is moved; what nobody touched stays as it was
seen, so an open item outlives a save that has nothing to do with it. Knows no Flask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from helpdesk_core.db import insert_or_update
from helpdesk_core.mapping.board import Board, Leave, ResolvedBoard
from helpdesk_core.mapping.drift import Known, moved, placed
from helpdesk_core.mapping.models import DriftItem, DriftKind, StatusBaseline
from helpdesk_core.mapping.vocabulary import Stored
from helpdesk_core.values import RemoteStatus, StatusCategory, TicketStatus

OF_STATUSES = (DriftKind.VANISHED, DriftKind.CATEGORY)
"""The kinds of items whose subject is a status."""


def known_statuses(session: Session, connection_id: int) -> dict[str, Known]:
    """Return what is kept of a connection's placed statuses."""
    return {
        row.status_id: Known(name=row.name, category=StatusCategory(row.category), project_id=row.project_id)
        for row in session.scalars(_rows(connection_id))
    }


def complete(session: Session, connection_id: int, board: Board, stored: Stored) -> None:
    """Keep those placed statuses as they are known now of which nothing is kept: boards are older than baselines."""
    missing = placed(board) - known_statuses(session, connection_id).keys()
    keep(session, connection_id, (status for id_, status in stored.all_statuses.items() if id_ in missing))


def keep(session: Session, connection_id: int, statuses: Iterable[RemoteStatus]) -> None:
    """Keep statuses as they are now."""
    for status in statuses:
        key = {"connection_id": connection_id, "status_id": status.id}
        values = {"name": status.name, "category": status.category.value, "project_id": status.project_id}
        insert_or_update(session, StatusBaseline, key, **values)


def rename(session: Session, connection_id: int, statuses: Mapping[str, RemoteStatus]) -> None:
    """Take over the latest names: a rename is nothing to look at."""
    for row in session.scalars(_rows(connection_id)):
        if (status := statuses.get(row.status_id)) and row.name != status.name:
            row.name = status.name
    session.flush()


def follow_version(
    session: Session,
    connection_id: int,
    old: Board,
    new: Board,
    *,
    stored: Stored,
    statuses: tuple[TicketStatus, ...],
    seen: bool,
) -> None:
    """Take note that a board came into force, and clear what it settles.

    Args:
        session: the writing session that saves it.
        connection_id: whose board.
        old: the board before.
        new: the board.
        stored: what was read of the remote system.
        statuses: the ticket statuses.
        seen: whether a person looked at the cards that it moves.
    """
    complete(session, connection_id, new, stored)
    looked_at = moved(old, new) & stored.all_statuses.keys() if seen else frozenset()
    keep(session, connection_id, (stored.all_statuses[remote] for remote in sorted(looked_at)))
    _drop(session, connection_id, (DriftKind.CATEGORY,), looked_at)
    gone = (placed(old) | known_statuses(session, connection_id).keys()) - placed(new)
    of_these = StatusBaseline.connection_id == connection_id, StatusBaseline.status_id.in_(gone)
    session.execute(delete(StatusBaseline).where(*of_these))
    _drop(session, connection_id, OF_STATUSES, gone)
    _drop_unused_moves(session, connection_id, new, statuses)


def _rows(connection_id: int) -> Select[StatusBaseline]:
    query = select(StatusBaseline).where(StatusBaseline.connection_id == connection_id)
    return query.execution_options(populate_existing=True)  # `keep` writes past the session


def _drop(session: Session, connection_id: int, kinds: Collection[DriftKind], subjects: Collection[str]) -> None:
    conditions = DriftItem.connection_id == connection_id, DriftItem.kind.in_(kinds), DriftItem.subject.in_(subjects)
    session.execute(delete(DriftItem).where(*conditions))


def _drop_unused_moves(session: Session, connection_id: int, board: Board, statuses: tuple[TicketStatus, ...]) -> None:
    conditions = DriftItem.connection_id == connection_id, DriftItem.kind == DriftKind.MOVE
    for row in session.scalars(select(DriftItem).where(*conditions)):
        rules = board.resolve(row.about["project_id"], statuses)
        if not any(_goes_to(rules, way["ticket_status"], way["target"]) for way in row.about["ways"]):
            session.delete(row)
    session.flush()


def _goes_to(rules: ResolvedBoard, ticket_status: str, target: str) -> bool:
    outbound = rules.outbound(ticket_status)
    return not isinstance(outbound, Leave) and target in outbound.ids
