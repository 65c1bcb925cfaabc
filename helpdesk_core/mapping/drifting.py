"""Keeps what changed at the remote system as items for admins, once each, and clears what changed back. Knows no Flask.

It is called whenever something was read. It changes no board, no ticket and no issue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.connections.noting import Note
from helpdesk_core.db import insert_if_new
from helpdesk_core.mapping.baselines import complete, known_statuses, rename
from helpdesk_core.mapping.drift import LostWay, Pair, Seen, StatusDrift, gone_moves, lost_ways, status_drift, within
from helpdesk_core.mapping.judgement import Subject, judge
from helpdesk_core.mapping.models import DriftItem, DriftKind
from helpdesk_core.mapping.paths import Terms
from helpdesk_core.mapping.verdict_words import way_words
from helpdesk_core.mapping.versions import latest, make_names
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.wording import Names
from helpdesk_core.values import Transition, Workflow

OF_READING: Final = (DriftKind.VANISHED, DriftKind.CATEGORY, DriftKind.PROJECT)
"""What a reading of projects and statuses finds; moves are found by reading workflows."""
Key = tuple[DriftKind, str]
"""The kind of an item, and what it is about."""


def open_items(session: Session, connection_id: int) -> list[DriftItem]:
    """Return what an admin has to look at, oldest first."""
    query = select(DriftItem).where(DriftItem.connection_id == connection_id, DriftItem.accepted.is_(False))
    return list(session.scalars(query.order_by(DriftItem.found_at, DriftItem.id)))


def connections_with_items(session: Session, told: Collection[tuple[int, str]] = ()) -> dict[int, int]:
    """Return how many items are open, by connection, but for the projects that are told of by somebody else."""
    query = select(DriftItem.connection_id, DriftItem.kind, DriftItem.subject).where(DriftItem.accepted.is_(False))
    return Counter(
        row.connection_id
        for row in session.execute(query)
        if row.kind != DriftKind.PROJECT or (row.connection_id, row.subject) not in told
    )


def notes(session: Session, told: Collection[tuple[int, str]] = ()) -> list[Note]:
    """Say on the connections' cards and pages that something waits.

    Args:
        session: a reading session.
        told: connections and projects of which somebody else tells that they are gone or hidden.
    """
    return [
        Note(
            connection_id=id_,
            words=f"{count} thing{'' if count == 1 else 's'} changed there under the status mapping.",
            endpoint="mapping.drift",
            action="Look at what changed",
        )
        for id_, count in connections_with_items(session, told).items()
    ]


# ── statuses and projects ─────────────────────────────────────────────────────────────────────────────────────────────


def check_statuses(
    session: Session, connection_id: int, *, names_before: Mapping[str, str] | None = None, now: datetime
) -> None:
    """Compare the board in force with what was read last.

    Args:
        session: a writing session.
        connection_id: whose board.
        names_before: the projects' names before the reading: of one that is gone there is no other.
        now: when.
    """
    if session.get(Connection, connection_id, with_for_update=True) is None:  # locked: nobody saves in between
        return
    board, stored = latest(session, connection_id).board, read_stored(session, connection_id)
    seen = Seen(
        statuses=stored.all_statuses,
        projects=frozenset(project.id for project in stored.projects),
        in_use=stored.used_ids,
    )
    if not (stored.statuses and seen.is_whole):
        return
    found = _found(status_drift(board, known_statuses(session, connection_id), seen), names_before or {})
    _store(session, connection_id, found, now)
    for row in session.scalars(_of(connection_id, DriftKind.MOVE)):
        if row.about["project_id"] not in stored.used_ids:
            session.delete(row)  # nobody moves issues there any more
    complete(session, connection_id, board, stored)
    rename(session, connection_id, stored.all_statuses)


def _found(drift: StatusDrift, names: Mapping[str, str]) -> dict[Key, dict[str, Any]]:
    """Return each finding as it is kept."""
    found: dict[Key, dict[str, Any]] = {}
    for remote, known in drift.vanished.items():
        name, category = (known.name, known.category.value) if known else (f"status {remote}", "")
        found[DriftKind.VANISHED, remote] = {"name": name, "category": category}
    for remote, (before, after) in drift.recategorized.items():
        found[DriftKind.CATEGORY, remote] = {"before": before.value, "after": after.value}
    for project, remotes in drift.projects.items():
        found[DriftKind.PROJECT, project] = {"name": names.get(project, ""), "statuses": list(remotes)}
    return found


def _store(session: Session, connection_id: int, found: Mapping[Key, dict[str, Any]], now: datetime) -> None:
    """Add what is new, and clear what is not so any more."""
    for row in session.scalars(_of(connection_id, *OF_READING)).all():
        about = found.get((DriftKind(row.kind), row.subject))
        if about is None:
            session.delete(row)
        elif row.kind == DriftKind.CATEGORY and row.about != about:
            row.about, row.found_at = about, now
    session.flush()
    for key, about in found.items():
        _add(session, connection_id, key, about, now)


def _add(session: Session, connection_id: int, key: Key, about: Mapping[str, Any], now: datetime) -> None:
    kind, subject = key
    insert_if_new(
        session,
        DriftItem,
        connection_id=connection_id,
        kind=kind.value,
        subject=subject,
        about=dict(about),
        found_at=now,
        accepted=False,
    )


def _of(connection_id: int, *kinds: DriftKind) -> Select[DriftItem]:
    return select(DriftItem).where(DriftItem.connection_id == connection_id, DriftItem.kind.in_(kinds))


# ── moves ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_moves(
    session: Session,
    connection_id: int,
    subject: Subject,
    *,
    before: Workflow,
    looked_into: Collection[str],
    on_terms: Terms,
    now: datetime,
) -> None:
    """Compare a workflow with a fresh reading of it, for the board in force.

    Args:
        session: a writing session.
        connection_id: whose workflow.
        subject: the kind of issue, with what is known of its workflow now.
        before: what was known.
        looked_into: the statuses whose ways out the reading really saw.
        on_terms: on which terms issues are moved.
        now: when.
    """
    after = subject.workflow
    _clear_moves(session, connection_id, subject)
    before = within(before, after.status_ids)
    gone = gone_moves(before, after, looked_into)
    if not gone:
        return
    names = make_names(session, read_stored(session, connection_id))
    board = latest(session, connection_id).board.resolve(subject.project.id, names.statuses)
    on_terms = _as_seen(session, connection_id, on_terms)
    was, is_now = (judge(replace(subject, workflow=each), board, names.statuses, on_terms) for each in (before, after))
    for pair, ways in lost_ways(was, is_now, gone).items():
        about = _about_move(subject, pair, gone[pair]) | {"ways": [_about_way(way, names) for way in ways]}
        key = DriftKind.MOVE, f"{subject.project.id}/{subject.kind.id}/{pair[0]}/{pair[1]}"
        _add(session, connection_id, key, about, now)


def _as_seen(session: Session, connection_id: int, now: Terms) -> Terms:
    """Return terms by the categories that admins last saw: a category that changed is told by itself."""
    seen = {id_: known.category for id_, known in known_statuses(session, connection_id).items()}
    return replace(now, categories={**now.categories, **seen})


def _about_move(subject: Subject, pair: Pair, transition: Transition) -> dict[str, Any]:
    return {
        "project_id": subject.project.id,
        "project_key": subject.project.key,
        "kind_id": subject.kind.id,
        "kind_name": subject.kind.name,
        "name": transition.name,
        "from": pair[0],
        "to": pair[1],
    }


def _about_way(way: LostWay, names: Names) -> dict[str, Any]:
    return {
        "ticket_status": way.ticket_status,
        "start": way.now.start,
        "target": way.target,
        "now": way_words(way.now, names),
    }


def _clear_moves(session: Session, connection_id: int, subject: Subject) -> None:
    """Clear moves that came back, and those between statuses of which one is gone: that is told by itself."""
    there = {(step.from_id, step.transition.to_id) for step in subject.workflow.steps}
    for row in session.scalars(_of(connection_id, DriftKind.MOVE)):
        pair = row.about["from"], row.about["to"]
        here = (row.about["project_id"], row.about["kind_id"]) == (subject.project.id, subject.kind.id)
        if here and (pair in there or not set(pair) <= set(subject.workflow.status_ids)):
            session.delete(row)
    session.flush()
