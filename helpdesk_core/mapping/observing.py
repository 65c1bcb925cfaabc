"""How keeping in step takes part in the mapping's pages, without the mapping knowing it; `create_app` passes it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.mapping.board import Board
from helpdesk_core.tickets.models import Who

EXTENSION: Final = "helpdesk_mapping_observers"
"""`app.extensions` holds `Observers` under this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LivePair:
    """How many linked tickets are in one status while their issues, of one kind in one project, are in another."""

    project_id: str
    kind_id: str
    ticket_status: str
    remote_status: str
    tickets: int


class Choice(StrEnum):
    """What becomes of linked tickets and issues that an edited board no longer calls in step."""

    LEAVE = "leave"
    """Both stay as they are until one of them changes."""
    TICKETS = "tickets"
    """Tickets follow their issues."""
    ISSUES = "issues"
    """Issues are moved to where their tickets say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketChange:
    """A ticket that would get another status."""

    ticket_id: int
    title: str
    issue_key: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueChange:
    """An issue that would be moved, or would stop on its way."""

    ticket_id: int
    title: str
    issue_key: str
    before: str
    after: str
    """The status to which it goes; where it stops, the one in which it is."""
    stops: str = ""
    """Why it would not move; empty: it moves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """Exactly what would change if a board were put into force now."""

    tickets: tuple[TicketChange, ...] = ()
    """With *tickets follow*."""
    issues: tuple[IssueChange, ...] = ()
    """With *move issues*."""
    retried: tuple[IssueChange | TicketChange, ...] = ()
    """Moves that stopped under the board in force and are tried again, with either."""
    kept: int = 0
    """Links that differ and stay so whatever is chosen: closed tickets that may not be reopened, and the like."""

    @property
    def moving(self) -> tuple[IssueChange, ...]:
        """The issues that *move issues* really moves."""
        return tuple(each for each in self.issues if not each.stops)

    def __bool__(self) -> bool:
        return bool(self.tickets or self.issues or self.retried)


Live = Callable[[Session, int], tuple[LivePair, ...]]
"""Says where a connection's linked tickets and their issues are now."""

Preview = Callable[[Session, int, Board], Effect]
"""Says what a board would change, without changing anything."""

Apply = Callable[[Session, int, Choice, Who], None]
"""Has carried out, in the transaction that saves a board, what an admin chose for what differs."""


def _nothing(_session: Session, _connection_id: int, _choice: Choice, _by: Who) -> None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Observers:
    """All that other packages add to the mapping in one application."""

    live: Live = field(default=lambda _session, _connection_id: ())
    preview: Preview = field(default=lambda _session, _connection_id, _board: Effect())
    apply: Apply = _nothing
    listing: str = ""
    """The endpoint of a page that lists linked tickets; it takes `ticket` or `issue`, a status of that side."""
