"""How other packages take part in what happens to tickets, without tickets knowing them; `create_app` passes them on.

Everything here runs in the transaction of the change, so that both are stored or neither is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.orm import Session

from helpdesk_core.tickets.models import Comment, Ticket, Who
from helpdesk_core.values import TicketStatus

EXTENSION: Final = "helpdesk_ticket_observers"
"""`app.extensions` holds `Observers` under this."""


class StatusObserver(Protocol):
    """Takes part in deleting a custom status."""

    def __call__(
        self, session: Session, *, deleted: TicketStatus, replacement: TicketStatus | None, by: Who, now: datetime
    ) -> None:
        """Put `replacement` where `deleted` was used. Raise `Refused` to keep the status; then nothing has changed."""


class TicketObserver(Protocol):
    """Is told of a ticket that was created, or whose status was changed; the ticket's row is locked."""

    def __call__(self, session: Session, ticket: Ticket, *, now: datetime) -> None:
        """Do what follows from it. Raise `Refused` to prevent it; then nothing has changed."""


class CommentObserver(Protocol):
    """Is told of a comment that was added, edited, made internal or deleted; its row and its ticket's are locked.

    What happened is not said, because what to do follows from how the comment is now, whatever came before.
    """

    def __call__(self, session: Session, comment: Comment, *, now: datetime) -> None:
        """Do what follows from it. Raise `Refused` to prevent it; then nothing has changed."""


Channels = Callable[[Session], list[tuple[int, str]]]
"""Says to which channels a new ticket may belong, by id and name; the first is the usual one."""

Readers = Callable[[Session, Ticket], list[str]]
"""Says where else a public reply on a ticket is read, in words such as “SUP-7 in Jira”."""

Panel = Callable[[Session, Ticket], str]
"""Renders a part of the ticket page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observers:
    """All that other packages add to tickets in one application."""

    status_deleted: tuple[StatusObserver, ...] = ()
    ticket_created: tuple[TicketObserver, ...] = ()
    """A person added a ticket."""
    ticket_changed: tuple[TicketObserver, ...] = ()
    """A person gave a ticket another status."""
    comment_changed: tuple[CommentObserver, ...] = ()
    """A person added a comment or changed one."""
    channels: Channels = lambda _session: []
    readers: Readers = lambda _session, _ticket: []
    panels: tuple[Panel, ...] = ()
