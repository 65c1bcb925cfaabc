"""What a ticket's page says of each connection: where it is linked, how that stands, and what happened. No Flask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.connections.service import list_connections
from helpdesk_core.errors import (
    AuthorizationLost,
    HelpdeskError,
    IntegrationError,
    NotFound,
    Rejected,
    TemporarilyUnavailable,
)
from helpdesk_core.host import Host
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.sync.links import get_link, links_of_issue, links_of_ticket, names
from helpdesk_core.sync.models import Link, LinkEvent
from helpdesk_core.sync.outcomes import GONE
from helpdesk_core.sync.progress import linked
from helpdesk_core.sync.standing import Standing, obstacle, standing_of
from helpdesk_core.sync.whereabouts import Whereabouts, whereabouts
from helpdesk_core.tickets.models import Ticket

RECENT: Final = 3
"""How much of its history a panel shows at once; the rest is a click away."""
MOST_EVENTS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """A link as an agent sees it."""

    link: Link
    standing: Standing
    remote_name: str
    """The issue's status as people call it."""
    ticket_would_be: str
    """The name of the status that the ticket gets if it follows the issue."""
    ticket_name: str
    sharing: tuple[int, ...]
    """The tickets that are about this issue, if they are several; then the issue alone drives."""
    whereabouts: Whereabouts | None
    """The issue in its workflow; None where nothing is known of that."""

    @property
    def may_retry(self) -> bool:
        """Whether trying again can help."""
        return self.standing in {Standing.STOPPED, Standing.GONE}

    @property
    def may_choose(self) -> bool:
        """Whether it is for a person to say which side holds."""
        return self.standing in {Standing.STOPPED, Standing.CONFLICT}


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One connection on a ticket's page."""

    connection: Connection
    title: str
    """What the integration calls itself."""
    obstacle: str
    """Why nothing is brought in step now. Empty: nothing hinders it."""
    linked: Linked | None
    events: tuple[LinkEvent, ...]
    """Newest first."""

    @property
    def recent(self) -> tuple[LinkEvent, ...]:
        """What happened lately."""
        return self.events[:RECENT]

    @property
    def older(self) -> tuple[LinkEvent, ...]:
        """What happened before."""
        return self.events[RECENT:]


def sections(host: Host, session: Session, ticket: Ticket) -> list[Section]:
    """Return a section for each connection that this ticket is, was or can be linked on."""
    links = {link.connection_id: link for link in links_of_ticket(session, ticket.id)}
    found = [_section(host, session, ticket, each, links.get(each.id)) for each in list_connections(session)]
    return [one for one in found if one.linked or one.events or _offers_issues(host, one)]


def link_of_ticket(session: Session, link_id: int, ticket_id: int) -> Link:
    """Return a link of this ticket.

    Raises:
        NotFound: this ticket has no such link, or not any more.
    """
    link = get_link(session, link_id)
    if link.ticket_id != ticket_id:
        msg = f"Ticket {ticket_id} has no such link."
        raise NotFound(msg)
    return link


def excuse(title: str, error: HelpdeskError) -> str:
    """Say in one sentence for agents why an issue cannot be found or linked now; what an API said helps them little."""
    match error:
        case TemporarilyUnavailable():
            return f"{title} cannot be asked at the moment. Try again in a minute."
        case AuthorizationLost():
            return f"{title} does not accept the helpdesk's sign-in any more. Ask an admin to authorize it again."
        case Rejected(code=code) if code == GONE:
            return f"{title} has no such issue, or the helpdesk's account may not see it."
        case IntegrationError():
            return f"{title} could not do this. Try other words, or ask an admin to look at the connection."
        case _:
            return str(error)


def _offers_issues(host: Host, section: Section) -> bool:
    """Whether a ticket without a link can be linked here, or could if nobody had paused it."""
    connection = section.connection
    if section.obstacle and not connection.paused_at:
        return False
    return connection.integration in host.registry and bool(host.registry.get(connection.integration).ticket_gateway)


def _section(host: Host, session: Session, ticket: Ticket, connection: Connection, link: Link | None) -> Section:
    here = connection.integration in host.registry
    events = (
        select(LinkEvent)
        .where(LinkEvent.ticket_id == ticket.id, LinkEvent.connection_id == connection.id)
        .order_by(LinkEvent.id.desc())
        .limit(MOST_EVENTS)
    )
    return Section(
        connection=connection,
        title=host.registry.get(connection.integration).card.title if here else connection.integration,
        obstacle=obstacle(host, session, connection),
        linked=_linked(host, session, ticket, connection, link) if link else None,
        events=tuple(session.scalars(events)),
    )


def _linked(host: Host, session: Session, ticket: Ticket, connection: Connection, link: Link) -> Linked:
    called = names(host, session, connection)
    board = resolved_board(session, connection.id, link.project_id)
    same = links_of_issue(session, connection.id, link.issue_id)
    return Linked(
        link=link,
        standing=standing_of(link, connection),
        remote_name=called.remote(link.remote_status),
        ticket_would_be=called.ticket(linked(ticket.status, link.remote_status, board).ticket),
        ticket_name=called.ticket(ticket.status),
        sharing=tuple(sorted(each.ticket_id for each in same)) if len(same) > 1 else (),
        whereabouts=whereabouts(session, link, ticket.status, board, called),
    )
