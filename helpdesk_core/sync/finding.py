"""Finding the issue that somebody wants to link, and saying beforehand what linking would mean. Knows no Flask."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.links import names
from helpdesk_core.sync.progress import linked
from helpdesk_core.tickets.service import get_ticket
from helpdesk_core.values import ConnectionView, FindRequest, Issue


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """A ticket and an issue before they are linked: what an agent chooses by."""

    issue: Issue
    remote_name: str
    """The issue's status as people call it."""
    agrees: bool
    ticket_would_be: str
    """The name of the status that the ticket gets if it follows the issue."""


def find_issues(host: Host, connection_id: int, text: str) -> tuple[Issue, ...]:
    """Find issues by a key, an address or some words; best first.

    Raises:
        IntegrationError: the remote system cannot be asked.
    """
    gateway = gateway_of(host, connection_id)

    def question(view: ConnectionView) -> tuple[Issue, ...]:
        return gateway.find(FindRequest(connection=view, text=text))

    return put(host, connection_id, "find", question) if text.strip() else ()


def preview(host: Host, *, ticket_id: int, connection_id: int, issue: Issue) -> Preview:
    """Say what linking would mean; makes no call."""
    with host.database.read() as session:
        ticket = get_ticket(session, ticket_id)
        board = resolved_board(session, connection_id, issue.project_id)
        called = names(host, session, session.get_one(Connection, connection_id))
        start = linked(ticket.status, issue.status_id, board)
        return Preview(
            issue=issue,
            remote_name=called.remote(issue.status_id),
            agrees=board.agrees(ticket.status, issue.status_id),
            ticket_would_be=called.ticket(start.ticket),
        )


def gateway_of(host: Host, connection_id: int) -> TicketGateway:
    """Return what reads a connection's issues.

    Raises:
        NotFound: there is no such connection.
        Rejected: its plugin cannot.
    """
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
    if connection is None:
        msg = f"There is no connection with the id {connection_id}."
        raise NotFound(msg)
    integration = host.registry.get(connection.integration)
    if integration.ticket_gateway is None:
        raise Rejected(
            f"The {integration.card.title} plugin cannot read issues.", cure="Install a version of it that can."
        )
    return integration.ticket_gateway
