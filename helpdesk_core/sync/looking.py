"""Compares many links with their issues at once, by the bulk reads of a gateway: for polling and for reconciling."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_core.connections.models import Connection
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.links import links_of_issue, memory_of
from helpdesk_core.sync.models import LinkState
from helpdesk_core.sync.progress import needs_reading
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import ConnectionView, Issue, IssuesRequest


def gateway_of(host: Host, connection_id: int) -> TicketGateway | None:
    """Return what reads issues for a connection; None where its plugin cannot, or is not there."""
    with host.database.read() as session:
        connection = session.get_one(Connection, connection_id)
    known = connection.integration in host.registry
    return host.registry.get(connection.integration).ticket_gateway if known else None


def compare(host: Host, connection_id: int, gateway: TicketGateway, issue_ids: Sequence[str]) -> list[str]:
    """Read issues in bulk, and want the links looked at that do not agree with what they remember.

    Returns:
        The ids of the issues that differ, or are missing from the answer.

    Raises:
        IntegrationError: they cannot be read; nothing has changed.
    """
    if not issue_ids:
        return []

    def question(view: ConnectionView) -> tuple[Issue, ...]:
        return gateway.fetch(IssuesRequest(connection=view, issue_ids=tuple(issue_ids)))

    found = {issue.id: issue for issue in put(host, connection_id, "fetch", question)}
    return [each for each in issue_ids if _differs(host, connection_id, each, found.get(each))]


def _differs(host: Host, connection_id: int, issue_id: str, issue: Issue | None) -> bool:
    """Want an issue's links looked at where that is needed, a transaction an issue: pages must get in between."""
    with host.database.write() as session:
        differing = []
        for link in links_of_issue(session, connection_id, issue_id):
            local = session.get_one(Ticket, link.ticket_id).status
            hinted = issue.status_id if issue else None
            if issue is not None:
                link.issue_key, link.issue_title, link.issue_url = issue.key, issue.title, issue.url
            is_known_gone = issue is None and link.state == LinkState.GONE
            moved = issue is not None and link.project_id != issue.project_id
            if not is_known_gone and (moved or needs_reading(memory_of(link), local, hinted, busy=False)):
                differing.append(link)
        backlog.want(host.jobs, session, differing, now=host.now())
        return bool(differing)
