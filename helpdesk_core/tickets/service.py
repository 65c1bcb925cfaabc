"""Writing tickets, and the one door through which a ticket's status changes. Knows no Flask.

The statuses themselves are in `helpdesk_core.tickets.statuses`, the conversation in `helpdesk_core.tickets.comments`
and the ticket list in `helpdesk_core.tickets.listing`; what other packages need of them is offered here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk_core.accounts.models import User
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.tickets.comments import (
    add_comment,
    delete_comment,
    edit_comment,
    get_comment,
    make_internal,
    refusal,
)
from helpdesk_core.tickets.listing import TicketFilter, TicketPage, list_tickets
from helpdesk_core.tickets.models import (
    MAX_EMAIL,
    MAX_NAME,
    MAX_TEXT,
    MAX_TITLE,
    Comment,
    EventKind,
    Ticket,
    TicketEvent,
    Who,
)
from helpdesk_core.tickets.observing import CommentObserver, StatusObserver, TicketObserver
from helpdesk_core.tickets.statuses import (
    Direction,
    count_by_status,
    create_status,
    get_custom_status,
    get_status,
    list_statuses,
    move_status,
    rename_status,
)
from helpdesk_core.tickets.writing import record, signature, text_of
from helpdesk_core.values import SystemStatus

__all__ = [
    "CommentObserver",
    "Direction",
    "StatusObserver",
    "TicketFilter",
    "TicketObserver",
    "TicketPage",
    "add_comment",
    "assign",
    "change_status",
    "count_by_status",
    "create_status",
    "create_ticket",
    "delete_comment",
    "delete_status",
    "edit_comment",
    "get_comment",
    "get_custom_status",
    "get_status",
    "get_ticket",
    "list_statuses",
    "list_tickets",
    "make_internal",
    "move_status",
    "read_history",
    "refusal",
    "rename_status",
]

LARGEST_NUMBER: Final = 2**63 - 1
"""Beyond it the database's driver raises instead of finding nothing."""


def create_ticket(
    session: Session,
    *,
    title: str,
    body: str,
    requester_name: str,
    requester_email: str = "",
    status: str = SystemStatus.OPEN.value,
    assignee: User | None = None,
    channel_id: int | None = None,
    by: Who,
    now: datetime,
    observers: Iterable[TicketObserver] = (),
) -> Ticket:
    """Add a ticket, and tell `observers`, which the application passes, before the transaction ends.

    Raises:
        Refused: a text is missing or too long, or the assignee may not sign in.
        NotFound: there is no such status.
    """
    by_id, by_name = signature(by)
    ticket = Ticket(
        title=text_of(title, "title", MAX_TITLE),
        body=text_of(body, "description", MAX_TEXT, required=False),
        requester_name=text_of(requester_name, "requester's name", MAX_NAME),
        requester_email=text_of(requester_email, "requester's e-mail address", MAX_EMAIL, required=False),
        status=get_status(session, status, hold=True).key,
        assignee_id=_allowed(assignee).id if assignee else None,
        channel_id=channel_id,
        created_by_id=by_id,
        created_by_name=by_name,
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    for observe in observers:
        observe(session, ticket, now=now)
    return ticket


def get_ticket(session: Session, number: int) -> Ticket:
    """Return the ticket with this number, with its assignee.

    Raises:
        NotFound: there is none.
    """
    if 0 < number <= LARGEST_NUMBER:
        found = session.get(Ticket, number, options=[joinedload(Ticket.assignee)])
        if found:
            return found
    msg = f"There is no ticket {number}."
    raise NotFound(msg)


def change_status(
    session: Session,
    ticket: Ticket,
    status_key: str,
    *,
    by: Who,
    now: datetime,
    reason: str = "",
    observers: Iterable[TicketObserver] = (),
) -> TicketEvent | None:
    """Give a ticket another status and write down who did it and why. Every change of a status comes through here.

    Args:
        session: a writing session.
        ticket: a ticket of this session. It is read anew under a lock: of two changes at once both are written down.
        status_key: the new status.
        by: who changes it.
        now: when.
        reason: why, in a sentence, where that is not plain.
        observers: packages that must know of it; the application passes them.

    Returns:
        What was written down; None if the ticket has this status already.

    Raises:
        NotFound: there is no such status.
    """
    status = get_status(session, status_key, hold=True)  # status, then ticket: delete_status locks in this order too
    session.refresh(ticket, ["status"], with_for_update={"key_share": True})
    if ticket.status == status.key:
        return None
    before = get_status(session, ticket.status).name
    ticket.status, ticket.updated_at = status.key, now
    for observe in observers:
        observe(session, ticket, now=now)
    return record(session, ticket, EventKind.STATUS, before=before, after=status.name, by=by, now=now, reason=reason)


def assign(session: Session, ticket: Ticket, assignee: User | None, *, by: Who, now: datetime) -> TicketEvent | None:
    """Give a ticket to somebody, or to nobody, and write it down.

    Returns:
        What was written down; None if nothing changed.

    Raises:
        Refused: the assignee may not sign in.
    """
    session.refresh(ticket, ["assignee_id"], with_for_update={"key_share": True})
    if ticket.assignee_id == (assignee.id if assignee else None):
        return None
    before = session.get_one(User, ticket.assignee_id).name if ticket.assignee_id else ""
    ticket.assignee_id, ticket.updated_at = (_allowed(assignee).id if assignee else None), now
    session.expire(ticket, ["assignee"])  # who reads it now without loading it gets an error, not the former one
    after = assignee.name if assignee else ""
    return record(session, ticket, EventKind.ASSIGNEE, before=before, after=after, by=by, now=now)


def read_history(session: Session, ticket: Ticket) -> list[Comment | TicketEvent]:
    """Return all that was said and changed on a ticket, oldest first."""
    comments = session.scalars(select(Comment).where(Comment.ticket_id == ticket.id).order_by(Comment.id))
    events = session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id))
    history: list[Comment | TicketEvent] = [*comments, *events]
    return sorted(history, key=lambda entry: entry.at)


def delete_status(
    session: Session,
    key: str,
    *,
    replacement: str | None,
    by: Who,
    now: datetime,
    observers: Iterable[StatusObserver] = (),
    ticket_observers: Iterable[TicketObserver] = (),
) -> int:
    """Delete a custom status; its tickets get `replacement`.

    Args:
        session: a writing session.
        key: the custom status.
        replacement: another status' key; None is enough where no ticket has the status.
        by: who deletes it.
        now: when.
        observers: packages that use statuses too; each may act in this transaction or raise `Refused`.
        ticket_observers: are told of each ticket that gets the replacement.

    Returns:
        How many tickets were moved.

    Raises:
        Refused: it is a system status, a replacement is needed, or an observer objects.
        NotFound: there is no such status, or no such replacement.
    """
    row = get_custom_status(session, key)
    deleted = row.status
    if replacement == key:
        msg = f"{deleted.name} cannot replace itself. Choose another status."
        raise Refused(msg)
    target = get_status(session, replacement, hold=True) if replacement else None
    # Locked: a ticket that somebody moves on meanwhile must not be pulled back to the replacement.
    used = select(Ticket).where(Ticket.status == key).order_by(Ticket.id).with_for_update(key_share=True)
    tickets = session.scalars(used).all()
    reason = f"The status {deleted.name} was deleted."
    for ticket in tickets:
        if not target:
            msg = f"{deleted.name} is still in use: {len(tickets)} of the tickets. Choose what they get instead."
            raise Refused(msg)
        change_status(session, ticket, target.key, by=by, now=now, reason=reason, observers=ticket_observers)
    for observe in observers:
        observe(session, deleted=deleted, replacement=target, by=by, now=now)
    session.delete(row)
    session.flush()
    return len(tickets)


def _allowed(assignee: User) -> User:
    if not assignee.active:
        msg = f"{assignee.name} may not sign in any more. Choose somebody else."
        raise Refused(msg)
    return assignee
