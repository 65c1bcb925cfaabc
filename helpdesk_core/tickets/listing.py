"""The ticket list: which tickets fit, a page at a time, in a fixed number of queries. Knows no Flask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk_core.tickets.models import Ticket

PAGE_SIZE: Final = 25
MAX_WORDS: Final = 10
"""More words make the query slow and no result better."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketFilter:
    """Which tickets to list. The default is all of them."""

    statuses: frozenset[str] = frozenset()
    """Keys, one of which the ticket has; none: whatever the status."""
    text: str = ""
    """Words that all stand in the title, the description or the requester; or a ticket's number."""
    assignee_id: int | None = None
    unassigned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketPage:
    """One page of the list, and where it stands among the others."""

    tickets: tuple[Ticket, ...]
    total: int
    number: int
    """From 1."""
    pages: int
    """At least 1: an empty list has one empty page."""


def list_tickets(session: Session, wanted: TicketFilter, *, page: int = 1) -> TicketPage:
    """Return a page of the tickets that fit, newest first; beyond the last page, the last one."""
    conditions = _conditions(wanted)
    total = session.scalar(select(func.count()).select_from(Ticket).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(page, 1), pages)
    rows = session.scalars(
        select(Ticket)
        .where(*conditions)
        .options(joinedload(Ticket.assignee))
        .order_by(Ticket.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return TicketPage(tickets=tuple(rows), total=total, number=number, pages=pages)


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    conditions = [_mentions(word) for word in wanted.text.replace("\x00", "").split()[:MAX_WORDS]]
    if wanted.statuses:
        conditions.append(Ticket.status.in_(sorted(wanted.statuses)))
    if wanted.unassigned:
        conditions.append(Ticket.assignee_id.is_(None))
    elif wanted.assignee_id is not None:
        conditions.append(Ticket.assignee_id == wanted.assignee_id)
    return conditions


def _mentions(word: str) -> ColumnElement[bool]:
    columns = (Ticket.title, Ticket.body, Ticket.requester_name, Ticket.requester_email)
    found: list[ColumnElement[bool]] = [column.icontains(word, autoescape=True) for column in columns]
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdecimal() and len(digits) < len(str(2**31)):
        found.append(Ticket.id == int(digits))
    return or_(*found)
