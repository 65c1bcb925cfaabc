"""Compares every link with its issue: after a long silence, a restored backup, or because somebody wants to be sure.

Deleted issues, and those that were moved where we do not look, are found in no other way: the remote system's search
does not name them, and deleting a project sends no deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.noticing import compare
from helpdesk_core.sync.polling import read_issues

CHUNK: Final = 100
"""Issues of one call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a reconciliation has come."""

    done: int
    total: int
    """Linked issues; it may grow meanwhile."""
    differing: int
    """Links that are now looked at."""


def reconcile(host: Host, connection_id: int) -> Iterator[Progress]:
    """Compare all links of a connection with their issues, a hundred issues a call, and have looked at what differs.

    It changes nothing itself, and may be stopped and started again at any time.

    Raises:
        NotFound: there is no such connection.
        IntegrationError: the remote system cannot be asked; what was compared before is done.
        Refused: the connection is ended, or its integration switched off.
    """
    gateway, total = _begin(host, connection_id)
    done = differing = 0
    yield Progress(done=0, total=total, differing=0)
    after = ""
    while ids := _next(host, connection_id, after):
        found = read_issues(host, connection_id, gateway, ids)
        with host.database.write() as session:
            differing += compare(host, session, connection_id, ids, found).differing
        after, done = ids[-1], done + len(ids)
        yield Progress(done=done, total=max(total, done), differing=differing)


def _begin(host: Host, connection_id: int) -> tuple[TicketGateway, int]:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
        if connection is None:
            msg = f"There is no connection with the id {connection_id}."
            raise NotFound(msg)
        integration = host.registry.get(connection.integration)
        count = select(func.count(Link.issue_id.distinct())).where(Link.connection_id == connection_id)
        total = session.scalar(count) or 0
    if integration.ticket_gateway is None:
        raise Rejected(
            f"The {integration.card.title} plugin cannot read issues.", cure="Install a version of it that can."
        )
    return integration.ticket_gateway, total


def _next(host: Host, connection_id: int, after: str) -> list[str]:
    query = (
        select(Link.issue_id)
        .where(Link.connection_id == connection_id, Link.issue_id > after)
        .distinct()
        .order_by(Link.issue_id)
        .limit(CHUNK)
    )
    with host.database.read() as session:
        return list(session.scalars(query))
