"""What an issue shows of its ticket, and when that has to be renewed. Makes no call and knows no Flask.

What was shown last is remembered, so only what an issue's reader would see differently costs a call: the title, and
whether the ticket is solved.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import shows_ticket
from helpdesk_core.jobs import Jobs
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.statuses import get_status
from helpdesk_core.values import SystemStatus

KIND: Final = "sync.link_back"
SOLVED: Final = frozenset({SystemStatus.DONE, SystemStatus.CLOSED})


class TicketShown:
    """Observes tickets: a changed one may look different on its issues."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def __call__(self, session: Session, ticket: Ticket, *, now: datetime) -> None:  # noqa: ARG002 - the observers' form
        """Have renewed what the ticket's issues show."""
        renew(self._jobs, session, ticket)


def is_solved(session: Session, ticket: Ticket) -> bool:
    """Whether a ticket needs no more work."""
    return get_status(session, ticket.status).system in SOLVED


def appearance(ticket: Ticket, *, solved: bool) -> str:
    """Return what an issue shows of a ticket, as it is remembered."""
    return f"{'solved' if solved else 'open'} {ticket.title}"


def renew(jobs: Jobs, session: Session, ticket: Ticket) -> None:
    """Have renewed what a ticket's issues show of it, where that would differ and may be shown at all."""
    wanted = appearance(ticket, solved=is_solved(session, ticket))
    for link in session.scalars(select(Link).where(Link.ticket_id == ticket.id).order_by(Link.id)):
        if link.shown != wanted and shows_ticket(session, link):
            ask_to_show(jobs, session, link)


def ask_to_show(jobs: Jobs, session: Session, link: Link) -> None:
    """Have the ticket shown on an issue."""
    jobs.enqueue(session, KIND, f"connection/{link.connection_id}/link-back/{link.id}", link.id, seq=1)
