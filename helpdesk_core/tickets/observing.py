"""How other packages take part in what happens to tickets, without tickets knowing them; `create_app` passes them on.

Everything here runs in the transaction of the change, so that both are stored or neither is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.orm import Session

from helpdesk_core.tickets.models import Ticket, Who
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
    """Is told of a ticket whose status was changed; the ticket's row is locked."""

    def __call__(self, session: Session, ticket: Ticket, *, now: datetime) -> None:
        """Do what follows from the change."""


Panel = Callable[[Session, Ticket], str]
"""Renders a part of the ticket page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observers:
    """All that other packages add to tickets in one application."""

    status_deleted: tuple[StatusObserver, ...] = ()
    ticket_changed: tuple[TicketObserver, ...] = ()
    panels: tuple[Panel, ...] = ()
