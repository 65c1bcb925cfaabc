"""Shows a ticket on its issue, so that a developer finds the way back. One call, as a job of its own."""

from __future__ import annotations

import logging
from datetime import timedelta

from helpdesk_core.channels.rules import shows_ticket
from helpdesk_core.errors import HelpdeskError, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.jobs import RetryLater
from helpdesk_core.sync import backlog, outcomes
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.links import record
from helpdesk_core.sync.models import Happening, Link
from helpdesk_core.sync.showing import appearance, is_solved, renew
from helpdesk_core.sync.waiting import pause_after
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import ConnectionView, LinkBackRequest

log = logging.getLogger(__name__)

WHILE_PAUSED = timedelta(minutes=1)
UNCERTAIN = ""
"""Remembered from before the request to its answer: if that is lost, whatever is right by then is shown anew."""


def link_back(host: Host, link_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Show the ticket on the issue, or renew what is shown there.

    Returns:
        When to try again; None: it is shown, or cannot be.
    """
    with host.database.read() as session:
        link = session.get(Link, link_id)
        if link is None:
            return None
        if not backlog.works(session, link.connection_id):
            return RetryLater(after=WHILE_PAUSED, reason="the connection does not work now")
        if not shows_ticket(session, link):
            return None
        gateway = outcomes.integration_of(host, session, link).ticket_gateway
        ticket = session.get_one(Ticket, link.ticket_id)
        solved = is_solved(session, ticket)
    if gateway is None or link.shown == appearance(ticket, solved=solved):
        return None  # what is shown already need not be shown again
    _remember(host, link_id, UNCERTAIN)
    try:
        _show(host, gateway, link, ticket, solved=solved)
    except TemporarilyUnavailable as error:
        return RetryLater(after=pause_after(error, attempt), reason=str(error))
    except HelpdeskError as error:
        log.warning("issue %s of connection %s shows no ticket: %s", link.issue_id, link.connection_id, error)
        _note(host, link_id, error, shown=link.shown)
    else:
        _shown(host, link_id, ticket.id, appearance(ticket, solved=solved))
    return None


def _show(host: Host, gateway: TicketGateway, link: Link, ticket: Ticket, *, solved: bool) -> None:
    def question(view: ConnectionView) -> None:
        gateway.link_back(
            LinkBackRequest(
                connection=view,
                issue_id=link.issue_id,
                ticket_id=ticket.id,
                ticket_title=ticket.title,
                ticket_url=f"{host.base_url}/tickets/{ticket.id}",
                solved=solved,
            )
        )

    put(host, link.connection_id, "link_back", question)


def _remember(host: Host, link_id: int, shown: str) -> None:
    with host.database.write() as session:
        if link := session.get(Link, link_id):
            link.shown = shown


def _shown(host: Host, link_id: int, ticket_id: int, now_shown: str) -> None:
    """Remember what is shown. The ticket may have changed meanwhile, when what was shown before was still right."""
    with host.database.write() as session:
        ticket = session.get_one(Ticket, ticket_id)
        session.refresh(ticket, ["status"], with_for_update={"key_share": True})
        if link := session.get(Link, link_id):
            link.shown = now_shown
            session.flush()
            renew(host.jobs, session, ticket)


def _note(host: Host, link_id: int, error: HelpdeskError, *, shown: str) -> None:
    """Say so in the link's history; the link itself works all the same, and shows what it did."""
    with host.database.write() as session:
        if link := session.get(Link, link_id):
            link.shown = shown
            reason, cure = (error.reason, error.cure) if isinstance(error, Rejected) else (str(error), "")
            sentence = f"The issue does not show this ticket. {reason}"
            record(session, link, Happening.STOPPED, sentence, cure=cure, now=host.now())
