"""What all that is written on a ticket has in common: texts as they are stored, who signs them, the rows of history.

Tickets and comments are both made of these, in `service` and `comments`. Knows no Flask.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk_core.errors import Refused
from helpdesk_core.tickets.models import MAX_NAME, EventKind, Ticket, TicketEvent, Who


def text_of(text: str, what: str, limit: int, *, required: bool = True) -> str:
    """Return `text` as it is stored: trimmed, with the line ends of this system, without what PostgreSQL refuses.

    Raises:
        Refused: it is missing or too long; `what` names it.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if required and not text:
        msg = f"The {what} is empty. Write something."
        raise Refused(msg)
    if len(text) > limit:
        msg = f"The {what} has {len(text):,} characters. Shorten it to {limit:,}."
        raise Refused(msg)
    return text


def signature(by: Who) -> tuple[int | None, str]:
    """Return the id and the name that are stored beside what somebody did.

    Names of other systems' people obey no rule of ours: they are cut rather than refused.
    """
    return (None, by.replace("\x00", "")[:MAX_NAME]) if isinstance(by, str) else (by.id, by.name)


def record(
    session: Session,
    ticket: Ticket,
    kind: EventKind,
    *,
    before: str,
    after: str,
    by: Who,
    now: datetime,
    reason: str = "",
) -> TicketEvent:
    """Write down what somebody changed on a ticket."""
    by_id, by_name = signature(by)
    event = TicketEvent(
        ticket_id=ticket.id,
        kind=kind,
        before=before,
        after=after,
        reason=reason,
        by_id=by_id,
        by_name=by_name,
        at=now,
    )
    session.add(event)
    session.flush()
    return event
