"""Looks for changes where deliveries cannot be relied on, and now and then where they can.

A poll asks which issues changed lately, by a time relative to now (absolute times of a query are in the account's own
time zone), and reads those that are linked in bulk: 1 + ⌈n/100⌉ calls for n of them. It begins where the last one that
succeeded has looked, so an outage is caught up with.
"""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import HelpdeskError
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.looking import compare, gateway_of
from helpdesk_core.sync.models import Link, LinkEvent, Listening, StoredDelivery
from helpdesk_core.values import ChangedRequest, ConnectionView

log = logging.getLogger(__name__)

LIVELY: Final = timedelta(seconds=60)
IDLE: Final = timedelta(seconds=300)
RELIABLE: Final = timedelta(minutes=15)
"""Even deliveries that arrive are only the remote system's best effort."""
RECENT: Final = timedelta(hours=1)
"""So long after its last event a connection counts as lively."""
SLACK: Final = timedelta(seconds=30)
"""A turn of the clock that comes a little early is not skipped."""
OVERLAP_MIN: Final = 3
"""A search lags behind the changes, so each poll looks again at what the last one may have missed."""
LEAST_MIN: Final = 5
FIRST_MIN: Final = 60
MOST_MIN: Final = 30 * 24 * 60


def poll_due(host: Host) -> None:
    """Poll every connection whose time has come. One that cannot be asked is left for the next turn."""
    with host.database.read() as session:
        ids = session.scalars(select(Link.connection_id).distinct()).all()
        due = [id_ for id_ in ids if backlog.works(session, id_) and is_due(session, id_, now=host.now())]
    for connection_id in due:
        try:
            poll(host, connection_id)
        except HelpdeskError as error:
            log.warning("connection %s could not be polled: %s", connection_id, error)


def is_due(session: Session, connection_id: int, *, now: datetime) -> bool:
    """Whether a connection should be polled now."""
    row = session.get(Listening, connection_id)
    if row is None or row.polled_at is None:
        return True
    return now - row.polled_at >= interval(session, connection_id, now=now) - SLACK


def interval(session: Session, connection_id: int, *, now: datetime) -> timedelta:
    """Return how often to poll: seldom where deliveries arrive, often where they do not and there is life."""
    if is_heard(session.get(Listening, connection_id), now=now):
        return RELIABLE
    last = select(func.max(LinkEvent.at)).where(LinkEvent.connection_id == connection_id)
    stamp = session.scalar(last)
    return LIVELY if stamp is not None and now - stamp < RECENT else IDLE


def is_heard(row: Listening | None, *, now: datetime) -> bool:
    """Whether deliveries can be relied on: ordered, not expired, some have arrived, and none was missed since."""
    if row is None or row.subscription_id is None or row.heard_at is None:
        return False
    if row.expires_at is not None and row.expires_at <= now:
        return False
    return row.missed_at is None or row.missed_at < row.heard_at


def expected_delay(session: Session, connection_id: int, *, now: datetime) -> str:
    """Say how soon changes at the remote system arrive, and why not sooner."""
    row = session.get(Listening, connection_id)
    if is_heard(row, now=now):
        return "Changes arrive within seconds, by deliveries."
    minutes = int(interval(session, connection_id, now=now).total_seconds() // 60)
    wait = "about a minute" if minutes == 1 else f"about {minutes} minutes"
    if row is not None and row.trouble:
        why = row.trouble
    elif row is not None and row.missed_at is not None:
        why = "Deliveries were ordered, but do not arrive."
    else:
        why = "No delivery has arrived yet."
    return f"Changes arrive within {wait}, by asking for them. {why}"


def poll(host: Host, connection_id: int) -> int:
    """Look for changes since the last poll; return how many linked issues differ.

    Raises:
        IntegrationError: the remote system cannot be asked; the next poll looks further back.
    """
    gateway = gateway_of(host, connection_id)
    if gateway is None:
        return 0
    now = host.now()
    with host.database.read() as session:
        row = session.get(Listening, connection_id)
        since = row.polled_at if row else None
        links = select(Link.issue_id, Link.project_id).where(Link.connection_id == connection_id)
        linked = {issue_id: project_id for issue_id, project_id in session.execute(links)}  # noqa: C416 - rows, not pairs
    if not linked:
        return 0
    changed = _changed(host, connection_id, gateway, projects=set(linked.values()), minutes=_minutes(since, now))
    differing = compare(host, connection_id, gateway, [each for each in changed if each in linked])
    with host.database.write() as session:
        missed = {"missed_at": now} if _missed(session, connection_id, differing, since) else {}
        insert_or_update(session, Listening, {"connection_id": connection_id}, polled_at=now, **missed)
    return len(differing)


def _changed(
    host: Host, connection_id: int, gateway: TicketGateway, *, projects: set[str], minutes: int
) -> tuple[str, ...]:
    def question(view: ConnectionView) -> tuple[str, ...]:
        request = ChangedRequest(connection=view, project_ids=tuple(sorted(projects)), minutes=minutes)
        return gateway.changed(request)

    return put(host, connection_id, "changed", question)


def _minutes(since: datetime | None, now: datetime) -> int:
    if since is None:
        return FIRST_MIN
    passed = math.ceil((now - since).total_seconds() / 60) + OVERLAP_MIN
    return min(max(passed, LEAST_MIN), MOST_MIN)


def _missed(session: Session, connection_id: int, differing: list[str], since: datetime | None) -> bool:
    """Whether a change was found of which no delivery has told since the last poll."""
    if not differing or since is None:
        return False
    told = select(StoredDelivery.issue_id).where(
        StoredDelivery.connection_id == connection_id,
        StoredDelivery.issue_id.in_(differing),
        StoredDelivery.received_at >= since - timedelta(minutes=OVERLAP_MIN),
    )
    return bool(set(differing) - set(session.scalars(told)))
