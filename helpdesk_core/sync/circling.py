"""Notices where the trackers of one ticket answer each other in a circle, which each link by itself cannot see.

One link stops by its own memory rather than quarrel with an automation. Where a ticket is linked in two trackers and an
automation in each answers what the other caused, every single step is right and there is no end to them. So turns are
counted: changes of the ticket by its trackers, in a row and lately. Whatever a person does begins the count anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.host import Host
from helpdesk_core.sync.links import links_of_ticket
from helpdesk_core.sync.models import Happening, LinkEvent
from helpdesk_core.sync.progress import ROUND
from helpdesk_core.tickets.models import EventKind, TicketEvent

LATELY: Final = timedelta(hours=1)
"""Slower than that nothing goes round: people work on both sides."""
ACTS: Final = (Happening.LINKED, Happening.UNLINKED, Happening.CHOSEN, Happening.RETRIED, Happening.DISCARDED)
"""What a person does to a link."""


def turns(host: Host, session: Session, ticket_id: int) -> int:
    """Count how often in a row the ticket followed its links lately, up to a whole round."""
    links = links_of_ticket(session, ticket_id)
    if len(links) < 2:  # noqa: PLR2004 - one link sees by itself that nothing goes round
        return 0
    connections = [session.get_one(Connection, link.connection_id) for link in links]
    trackers = {
        host.registry.get(each.integration).card.title for each in connections if each.integration in host.registry
    }
    latest = (
        select(TicketEvent.by_id, TicketEvent.by_name)
        .where(TicketEvent.ticket_id == ticket_id, TicketEvent.kind == EventKind.STATUS)
        .where(TicketEvent.at > _since(host, session, ticket_id))
        .order_by(TicketEvent.id.desc())
        .limit(ROUND)
    )
    by_trackers = (person is None and name in trackers for person, name in session.execute(latest))
    return sum(takewhile(bool, by_trackers))


def _since(host: Host, session: Session, ticket_id: int) -> datetime:
    """Return from when on turns count."""
    act = session.scalar(
        select(func.max(LinkEvent.at)).where(LinkEvent.ticket_id == ticket_id, LinkEvent.what.in_(ACTS))
    )
    begin = host.now() - LATELY
    return max(act, begin) if act else begin
