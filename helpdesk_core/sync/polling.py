"""Asks for changes from time to time: often where deliveries cannot be relied on, and seldom where they can.

Deliveries may never arrive (a private app, a helpdesk that nobody reaches from outside), stop without notice, or be
lost. Whether to rely on them is told by what polling finds: a change of which no delivery told is a miss, and until a
delivery is heard again the helpdesk asks more often. The question is relative (“the last N minutes”) and overlaps the
one before, since the remote system's search lags behind; what has changed is then read in bulk, fresh.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation import wishes
from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.models import Link, LinkEvent, LinkState, Listening, StoredDelivery
from helpdesk_core.sync.noticing import compare
from helpdesk_core.values import ChangedRequest, ConnectionView, Issue, IssuesRequest

log = logging.getLogger(__name__)

KIND: Final = "sync.poll"
LIVELY: Final = timedelta(seconds=60)
IDLE: Final = timedelta(seconds=300)
SAFETY: Final = timedelta(minutes=15)
"""Where deliveries arrive: single ones may still be lost, without a word and for good."""
LIFE: Final = timedelta(hours=1)
"""For how long after the last thing that happened on a link there is life."""
EARLY: Final = timedelta(seconds=20)
"""A schedule's minutes are not to the second; a poll that is nearly due must not wait for the next one."""
OVERLAP: Final = timedelta(minutes=3)
"""By how much a question reaches back over the one before: the remote system's search is that stale at most."""
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=30)
FIRST: Final = timedelta(minutes=60)
BATCH: Final = 50
"""Issues of one transaction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    gateway: TicketGateway
    integration: str
    project_ids: tuple[str, ...]
    minutes: int


def watch(host: Host) -> None:
    """Have all connections polled whose time has come."""
    now = host.now()
    with host.database.read() as session:
        ids = session.scalars(select(Connection.id).order_by(Connection.id)).all()
        due = [one for one in ids if _is_due(host, session, one, now)]
    for connection_id in due:
        with host.database.write() as session:
            ask_to_poll(host.jobs, session, connection_id)


def ask_to_poll(jobs: Jobs, session: Session, connection_id: int) -> None:
    """Have a connection polled, unless that is about to happen anyway."""
    key = f"connection/{connection_id}/poll"
    if not jobs.counts(session, prefix=key).unfinished:
        jobs.enqueue(session, KIND, key, connection_id, seq=1, queue=Queue.BACKGROUND)


def poll(host: Host, connection_id: int) -> None:
    """Find out what changed since the last time, and have links looked at that differ.

    It costs one call, and one more for each hundred linked issues that changed. Where the remote system cannot
    answer, nothing is noted, and the next poll reaches back further.
    """
    start = host.now()
    question = _question(host, connection_id, start)
    if question is None:
        return
    try:
        linked = _linked(host, connection_id, _changed(host, connection_id, question))
        found = read_issues(host, connection_id, question.gateway, linked)
    except TemporarilyUnavailable as error:
        log.info("connection %s is polled later: %s", connection_id, error)
    except (AuthorizationLost, Refused, NotFound, Rejected) as error:
        log.warning("connection %s cannot be polled: %s", connection_id, error)
    else:
        unseen: set[str] = set()
        for some in in_batches(linked, BATCH):
            with host.database.write() as session:
                unseen |= compare(host, session, connection_id, some, found).unseen
                wishes.want_reading(host.jobs, session, connection_id, some)  # something said there is a change too
        _note(host, connection_id, question, unseen, start)


def read_issues(host: Host, connection_id: int, gateway: TicketGateway, ids: Sequence[str]) -> dict[str, Issue]:
    """Read issues fresh, all at once; none is no call. Those that are gone or hidden are missing."""

    def fetch(view: ConnectionView) -> tuple[Issue, ...]:
        return gateway.fetch(IssuesRequest(connection=view, issue_ids=tuple(ids)))

    return {issue.id: issue for issue in put(host, connection_id, "fetch", fetch)} if ids else {}


def in_batches(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    """Divide ids: for transactions that are short, and queries that no database finds too long."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


# ── how often ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_missing(listening: Listening) -> bool:
    """Whether a change was found of which no delivery told, and none was heard since."""
    return listening.missed_at is not None and (listening.heard_at is None or listening.heard_at < listening.missed_at)


def why_unreliable(session: Session, connection_id: int, now: datetime) -> str | None:
    """Say why a connection's deliveries cannot be relied on; None: they can."""
    listening = session.get(Listening, connection_id)
    if listening is None or listening.subscription_id is None:
        return (listening.trouble if listening else "") or "The helpdesk has not subscribed to them yet."
    if listening.expires_at is not None and listening.expires_at <= now:
        return listening.trouble or "The subscription has ended."
    if not set(_projects(session, connection_id)) <= set(listening.project_ids):
        return listening.trouble or "The subscription does not cover all linked projects yet."
    if is_missing(listening):
        return listening.trouble or "A change was found of which none had told."
    return None if listening.heard_at else "None has arrived yet."


def interval(session: Session, connection_id: int, now: datetime) -> timedelta:
    """Return how often a connection is to be polled now."""
    if why_unreliable(session, connection_id, now) is None:
        return SAFETY
    return LIVELY if _is_lively(session, connection_id, now) else IDLE


def expected_delay(session: Session, connection_id: int, *, product: str, now: datetime, delivers: bool) -> str:
    """Say how soon a change at the remote system arrives here, and why not sooner.

    Args:
        session: reads the connection.
        connection_id: which.
        product: what the remote system is called.
        now: the present moment.
        delivers: whether the plugin takes deliveries at all.
    """
    why = why_unreliable(session, connection_id, now)
    if why is None:
        return f"Changes in {product} arrive within seconds."
    minutes = int(interval(session, connection_id, now) / timedelta(minutes=1))
    about = "1 minute" if minutes == 1 else f"{minutes} minutes"
    if not delivers:
        return (
            f"Changes in {product} arrive within about {about}: it tells nobody of them, so the helpdesk asks for them."
        )
    return f"Changes in {product} arrive within about {about}, because deliveries cannot be relied on. {why}"


def _is_due(host: Host, session: Session, connection_id: int, now: datetime) -> bool:
    if _gateway(host, session, connection_id) is None or not _projects(session, connection_id):
        return False
    listening = session.get(Listening, connection_id)
    if listening is None or listening.polled_at is None:
        return True
    return now - listening.polled_at >= interval(session, connection_id, now) - EARLY


def _is_lively(session: Session, connection_id: int, now: datetime) -> bool:
    since = now - LIFE
    wished = select(Link.id).where(Link.connection_id == connection_id, Link.wanted_at >= since).limit(1)
    latest = select(LinkEvent.at).where(LinkEvent.connection_id == connection_id).order_by(LinkEvent.id.desc()).limit(1)
    at = session.scalar(latest)
    return (at is not None and at >= since) or session.scalar(wished) is not None


def _projects(session: Session, connection_id: int) -> list[str]:
    """Return the projects with linked issues; a project that is gone must not stand in a question."""
    query = select(Link.project_id).where(Link.connection_id == connection_id, Link.state != LinkState.GONE).distinct()
    return sorted(session.scalars(query))


def _gateway(host: Host, session: Session, connection_id: int) -> TicketGateway | None:
    """Return what reads a connection's issues; None where it does not work now, or cannot."""
    connection = session.get(Connection, connection_id)
    if connection is None or not backlog.works(session, connection_id) or connection.integration not in host.registry:
        return None
    return host.registry.get(connection.integration).ticket_gateway


# ── the question and its answer ───────────────────────────────────────────────────────────────────────────────────────


def _question(host: Host, connection_id: int, now: datetime) -> _Question | None:
    with host.database.read() as session:
        gateway = _gateway(host, session, connection_id)
        project_ids = _projects(session, connection_id)
        if gateway is None or not project_ids:
            return None
        listening = session.get(Listening, connection_id)
        polled_at = listening.polled_at if listening else None
        return _Question(
            gateway=gateway,
            integration=session.get_one(Connection, connection_id).integration,
            project_ids=tuple(project_ids),
            minutes=minutes_to_ask(polled_at, now),
        )


def minutes_to_ask(polled_at: datetime | None, now: datetime) -> int:
    """Return for how many minutes back to ask: since the last time, with an overlap."""
    if polled_at is None:
        back = FIRST
    else:
        back = timedelta(minutes=math.ceil((now - polled_at) / timedelta(minutes=1))) + OVERLAP
    return int(min(max(back, SHORTEST), LONGEST) / timedelta(minutes=1))


def _changed(host: Host, connection_id: int, question: _Question) -> tuple[str, ...]:
    def changed(view: ConnectionView) -> tuple[str, ...]:
        request = ChangedRequest(connection=view, project_ids=question.project_ids, minutes=question.minutes)
        return question.gateway.changed(request)

    return put(host, connection_id, "changed", changed)


def _linked(host: Host, connection_id: int, issue_ids: Iterable[str]) -> list[str]:
    """Return those of the issues that are linked; what else changes at the remote system costs nothing more."""
    linked: set[str] = set()
    with host.database.read() as session:
        for some in in_batches(sorted(set(issue_ids)), BATCH * 10):
            query = select(Link.issue_id).where(Link.connection_id == connection_id, Link.issue_id.in_(some))
            linked.update(session.scalars(query))
    return sorted(linked)


def _note(host: Host, connection_id: int, question: _Question, unseen: set[str], start: datetime) -> None:
    """Write down up to when was looked, and whether something was found of which no delivery has told."""
    since = start - timedelta(minutes=question.minutes)
    with host.database.write() as session:
        told: set[str] = set()
        for some in in_batches(sorted(unseen), BATCH * 10):
            query = select(StoredDelivery.issue_id).where(
                StoredDelivery.integration == question.integration,
                StoredDelivery.received_at >= since,
                StoredDelivery.issue_id.in_(some),
                or_(StoredDelivery.connection_id == connection_id, StoredDelivery.connection_id.is_(None)),
            )
            told.update(session.scalars(query))
        missed = {"missed_at": start} if unseen - told else {}
        insert_or_update(session, Listening, {"connection_id": connection_id}, polled_at=start, **missed)
