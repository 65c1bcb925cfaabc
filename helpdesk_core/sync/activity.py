"""What happens on a connection: how its links stand, what needs a person, its history, and a replay of what failed.

Knows no Flask: the activity page and the commands show the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.host import Host
from helpdesk_core.sync import linking
from helpdesk_core.sync.links import get_link
from helpdesk_core.sync.models import NEEDS_A_PERSON, Link, LinkEvent, LinkState
from helpdesk_core.sync.progress import Follow
from helpdesk_core.sync.standing import Standing, standing_of
from helpdesk_core.tickets.models import Ticket, Who

PAGE_SIZE: Final = 50
RETRYABLE: Final = (LinkState.STOPPED, LinkState.GONE)
"""A conflict is not among them: only a choice ends it."""
BATCH: Final = 50
"""Links that one transaction retries: on SQLite everybody else waits for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """A link on which a person must act."""

    link: Link
    ticket_title: str
    connection: Connection

    @property
    def standing(self) -> Standing:
        """How it stands, even while the connection is paused."""
        return Standing[LinkState(self.link.state).name]

    @property
    def may_retry(self) -> bool:
        """Whether trying again can help."""
        return self.link.state in RETRYABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryPage:
    """Some of a connection's history, newest first."""

    events: tuple[LinkEvent, ...]
    older: int | None
    """Where the next page begins: pass it on as `before`. None: this is the end."""


def counts(session: Session, connection_id: int) -> dict[LinkState, int]:
    """Count the links of a connection by state; every state is there."""
    query = select(Link.state, func.count()).where(Link.connection_id == connection_id).group_by(Link.state)
    found = {LinkState(state): count for state, count in session.execute(query)}
    return {state: found.get(state, 0) for state in LinkState}


def needing_attention(
    session: Session, connection_id: int | None = None, *, limit: int | None = None
) -> list[Attention]:
    """Return the links on which a person must act, of one connection or of all, the oldest first."""
    query = (
        select(Link, Ticket.title, Connection)
        .join(Ticket, Ticket.id == Link.ticket_id)
        .join(Connection, Connection.id == Link.connection_id)
        .where(*_needing(connection_id, NEEDS_A_PERSON))
        .order_by(Link.id)
        .limit(limit)
    )
    return [
        Attention(link=link, ticket_title=title, connection=connection)
        for link, title, connection in session.execute(query)
    ]


def history(
    session: Session, connection_id: int, *, ticket_id: int | None = None, before: int | None = None
) -> HistoryPage:
    """Return what happened on a connection, or on one of its tickets, newest first.

    Args:
        session: for reading.
        connection_id: whose.
        ticket_id: this ticket alone.
        before: go on where an earlier page ended; `HistoryPage.older` says it.
    """
    query = select(LinkEvent).where(LinkEvent.connection_id == connection_id)
    if ticket_id is not None:
        query = query.where(LinkEvent.ticket_id == ticket_id)
    if before is not None:
        query = query.where(LinkEvent.id < before)
    found = list(session.scalars(query.order_by(LinkEvent.id.desc()).limit(PAGE_SIZE + 1)))
    shown = tuple(found[:PAGE_SIZE])
    return HistoryPage(events=shown, older=shown[-1].id if len(found) > PAGE_SIZE else None)


def explain(session: Session, ticket_id: int) -> list[LinkEvent]:
    """Return all that keeping in step did on a ticket and why, oldest first."""
    return list(session.scalars(select(LinkEvent).where(LinkEvent.ticket_id == ticket_id).order_by(LinkEvent.id)))


def retry_all(host: Host, connection_id: int | None, by: Who) -> int:
    """Try again everything that was stopped on a connection, or on all; return how many links that are.

    In the order in which the links were made, and each once: what stops again meanwhile is left for the next time.
    """
    with host.database.read() as session:
        query = select(Link.id).where(*_needing(connection_id, RETRYABLE)).order_by(Link.id)
        ids = session.scalars(query).all()
    return sum(_retry(host, ids[start : start + BATCH], by) for start in range(0, len(ids), BATCH))


def discard(host: Host, link_id: int, by: Who, note: str) -> None:
    """Give up what could not be done, and write down why: both sides stay as they are. A link to nothing is ended.

    Raises:
        NotFound: the link is ended already.
    """
    with host.database.read() as session:
        gone = get_link(session, link_id).state == LinkState.GONE
    if gone:
        linking.unlink(host, link_id, by=by, note=note)
    else:
        linking.choose(host, link_id, Follow.NEITHER, by=by, note=note)


def standings(session: Session, ticket_id: int) -> list[tuple[Link, Standing]]:
    """Return a ticket's links, and how they stand."""
    query = select(Link, Connection).join(Connection, Connection.id == Link.connection_id)
    found = session.execute(query.where(Link.ticket_id == ticket_id).order_by(Link.id))
    return [(link, standing_of(link, connection)) for link, connection in found]


def _needing(connection_id: int | None, states: Iterable[LinkState]) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = [Link.state.in_(states)]
    return chosen if connection_id is None else [*chosen, Link.connection_id == connection_id]


def _retry(host: Host, ids: Iterable[int], by: Who) -> int:
    """Retry those that still are as they were: others may be at work on them."""
    with host.database.write() as session:
        links = [link for id_ in ids if (link := session.get(Link, id_)) and link.state in RETRYABLE]
        for link in links:
            linking.retry_link(host, session, link, by=by)
        return len(links)
