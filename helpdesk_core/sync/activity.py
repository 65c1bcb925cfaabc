"""What happens on a connection, and what a person does about it: counts, what needs attention, history. No Flask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import Host
from helpdesk_core.sync import linking
from helpdesk_core.sync.links import get_link, record
from helpdesk_core.sync.models import NEEDS_A_PERSON, Happening, Link, LinkEvent, LinkState
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets.models import Ticket, Who

PAGE_SIZE: Final = 50
MAX_NOTE: Final = 500
RETRIABLE: Final = tuple(state for state in NEEDS_A_PERSON if state != LinkState.CONFLICT)
"""Where trying again can help; in a conflict it would only ask the same question again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """A link that needs a person, and its ticket."""

    link: Link
    ticket: Ticket

    @property
    def may_retry(self) -> bool:
        """Whether trying again can help."""
        return self.link.state in RETRIABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryPage:
    """One page of what happened, and where it stands among the others."""

    events: tuple[LinkEvent, ...]
    """Newest first."""
    total: int
    number: int
    """From 1."""
    pages: int
    """At least 1: an empty history has one empty page."""


def counts(session: Session, connection_id: int) -> dict[LinkState, int]:
    """Count the links of a connection by how they stand; every state is there."""
    query = select(Link.state, func.count()).where(Link.connection_id == connection_id).group_by(Link.state)
    found = {LinkState(state): count for state, count in session.execute(query)}
    return {state: found.get(state, 0) for state in LinkState}


def needing_attention(session: Session, connection_id: int, *, limit: int | None = None) -> list[Attention]:
    """Return the links that need a person, each with its ticket, by the link's id; at most `limit`, if given."""
    query = (
        select(Link, Ticket)
        .join(Ticket, Ticket.id == Link.ticket_id)
        .where(Link.connection_id == connection_id, Link.state.in_(NEEDS_A_PERSON))
        .order_by(Link.id)
        .limit(limit)
    )
    return [Attention(link=link, ticket=ticket) for link, ticket in session.execute(query)]


def history(session: Session, connection_id: int, page: int = 1, ticket_id: int | None = None) -> HistoryPage:
    """Return a page of what happened on a connection, newest first; beyond the last page, the last one."""
    conditions = [LinkEvent.connection_id == connection_id]
    if ticket_id is not None:
        conditions.append(LinkEvent.ticket_id == ticket_id)
    total = session.scalar(select(func.count()).select_from(LinkEvent).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(page, 1), pages)
    rows = session.scalars(
        select(LinkEvent)
        .where(*conditions)
        .order_by(LinkEvent.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return HistoryPage(events=tuple(rows), total=total, number=number, pages=pages)


def link_here(session: Session, link_id: int, connection_id: int) -> Link:
    """Return a link of this connection.

    Raises:
        NotFound: this connection has no such link, or not any more.
    """
    link = get_link(session, link_id)
    if link.connection_id != connection_id:
        msg = f"Connection {connection_id} has no link {link_id}."
        raise NotFound(msg)
    return link


def retry(host: Host, link_id: int, by: Who) -> None:
    """Try one link again.

    Raises:
        NotFound: the link is ended.
        Refused: both sides changed: a person must choose, and trying again would only ask the same again.
    """
    with host.database.read() as session:
        link = get_link(session, link_id)
    if link.state == LinkState.CONFLICT:
        msg = (
            f"Ticket {link.ticket_id} and {link.issue_key} both changed. Choose on the ticket's page which side holds, "
            "or discard the change."
        )
        raise Refused(msg)
    linking.retry(host, link_id, by=by)


def retry_all(host: Host, connection_id: int, by: Who) -> int:
    """Try all again that needs attention, except conflicts, by the link's id; return how many."""
    query = select(Link.id).where(Link.connection_id == connection_id, Link.state.in_(RETRIABLE)).order_by(Link.id)
    with host.database.read() as session:
        ids = session.scalars(query).all()
    return sum(_retried(host, link_id, by) for link_id in ids)


def _retried(host: Host, link_id: int, by: Who) -> bool:
    try:
        linking.retry(host, link_id, by=by)
    except NotFound:  # unlinked meanwhile
        return False
    return True


def discard(host: Host, link_id: int, by: Who, note: str) -> None:
    """Give up what was to be done: both sides stay as they are. A link whose issue is gone is ended.

    Args:
        host: the collaborators.
        link_id: which link.
        by: who gives it up.
        note: why, for the history.

    Raises:
        NotFound: the link is ended already.
        Refused: the note is missing or too long, or there is nothing to discard any more.
    """
    note = _checked(note)
    with host.database.read() as session:
        link = get_link(session, link_id)
    if link.state not in NEEDS_A_PERSON:
        msg = f"There is nothing to discard any more: {link.issue_key} does not need attention now."
        raise Refused(msg)
    if link.state != LinkState.GONE:
        linking.choose(host, link_id, Follow.NEITHER, by=by, note=note)
        return
    with host.database.write() as session:
        name = by if isinstance(by, str) else by.name
        record(session, get_link(session, link_id), Happening.DISCARDED, note, now=host.now(), by=name)
    linking.unlink(host, link_id, by=by)


def _checked(note: str) -> str:
    note = note.strip()
    if not note:
        msg = "Say in a note why this is discarded: whoever reads the history later will ask."
        raise Refused(msg)
    if len(note) > MAX_NOTE:
        msg = f"The note is longer than {MAX_NOTE} characters. Shorten it."
        raise Refused(msg)
    return note
