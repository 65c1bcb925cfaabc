"""The backlog of keeping in step: which links want to be looked at, and how many of them the engine holds.

The backlog is our own rows (`wanted` > `done`); only `AT_ONCE` jobs of one connection are in the engine, because it
picks among keys at random, and fifty thousand jobs of one connection would starve all others. As jobs end, others move
up. One link has at most one job in the engine, so its work is done in order (docs/decisions/0008).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection
from helpdesk_core.jobs import Jobs
from helpdesk_core.sync.links import show
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.tickets.models import Ticket

KIND: Final = "sync.link"
AT_ONCE: Final = 40
"""Jobs of one connection in the engine: more than its workers take at once, and few enough to let others in."""


WANTED: Final = "Something changed, and the helpdesk is about to look at both sides."


class TicketChanged:
    """Observes tickets: a changed status is a reason to look at the ticket's links."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def __call__(self, session: Session, ticket: Ticket, *, now: datetime) -> None:
        """Want the ticket's links looked at."""
        links = session.scalars(select(Link).where(Link.ticket_id == ticket.id)).all()
        want(self._jobs, session, links, now=now)


def want(jobs: Jobs, session: Session, links: Iterable[Link], *, now: datetime) -> None:
    """Have links looked at, in the transaction that gives the reason. Rows of tickets are locked before, if at all."""
    for link in sorted(links, key=lambda each: each.id):
        session.flush()
        session.refresh(link, with_for_update={"key_share": True})
        if not link.busy:
            link.wanted_at = now
        link.wanted += 1
        if link.state == LinkState.IN_STEP:
            show(link, LinkState.WAITING, "wanted", WANTED, now=now)
        if not link.queued and works(session, link.connection_id) and _room(session, link.connection_id) > 0:
            _enqueue(jobs, session, link)


def finish(jobs: Jobs, session: Session, link: Link, wanted: int) -> None:
    """End a link's job: `wanted` is the wish that it has fulfilled. What was wished meanwhile is a new job."""
    link.done, link.queued = max(link.done, wanted), False
    session.flush()
    if link.busy and works(session, link.connection_id):
        _enqueue(jobs, session, link)
    else:
        top_up(jobs, session, link.connection_id)


def put_back(link: Link) -> None:
    """End a link's job without having done anything, because its connection does not work. The wish stays."""
    link.queued = False


def top_up(jobs: Jobs, session: Session, connection_id: int) -> int:
    """Let links that wait outside the engine move up, the oldest wish first; return how many did."""
    if not works(session, connection_id) or (room := _room(session, connection_id)) <= 0:
        return 0
    waiting = (
        select(Link)
        .where(Link.connection_id == connection_id, Link.queued.is_(False), Link.wanted > Link.done)
        .order_by(Link.wanted_at, Link.id)
        .limit(room)
        .with_for_update(key_share=True, skip_locked=True)
    )
    moved = session.scalars(waiting).all()
    for link in moved:
        _enqueue(jobs, session, link)
    return len(moved)


def works(session: Session, connection_id: int) -> bool:
    """Whether a connection's work may be done: see `Connection.works`; and its integration must be switched on."""
    connection = session.get(Connection, connection_id)
    return connection is not None and connection.works and is_enabled(session, connection.integration)


def count_waiting(session: Session, connection_id: int) -> int:
    """Count the links of a connection that want to be looked at."""
    query = select(func.count()).where(Link.connection_id == connection_id, Link.wanted > Link.done)
    return session.scalar(query) or 0


def key_of(link: Link) -> str:
    """Return the key by which the engine keeps one link's jobs in order."""
    return f"connection/{link.connection_id}/link/{link.id}"


def _room(session: Session, connection_id: int) -> int:
    session.flush()
    held = select(func.count()).where(Link.connection_id == connection_id, Link.queued.is_(True))
    return AT_ONCE - (session.scalar(held) or 0)


def _enqueue(jobs: Jobs, session: Session, link: Link) -> None:
    link.queued = True
    session.flush()
    jobs.enqueue(session, KIND, key_of(link), link.id, seq=link.wanted)
