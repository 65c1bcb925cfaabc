"""What the board page shows, as values, and how its form names places and heads. Pure.

A page is made anew for every answer, by `lanes`, from the draft, what was read of the remote system, and the tickets'
statuses with their counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from helpdesk_core.mapping.board import Board, Head, Leave, Move, Place, SameAs, Tray
from helpdesk_core.mapping.cards import Card
from helpdesk_core.mapping.vocabulary import Stored
from helpdesk_core.values import TicketStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A column or a tray."""

    value: str
    """How forms name it; `read_place` reads it."""
    name: str
    cards: tuple[Card, ...]
    status: TicketStatus | None = None
    """The ticket status; None for a tray."""
    tickets: int = 0
    heads: tuple[Option, ...] = ()
    head_differs: bool = False
    warning: str = ""

    @property
    def key(self) -> str:
        """A word for addresses and ids within the page."""
        return self.value.replace(":", "-")

    @property
    def head(self) -> str:
        """The head in force, as forms name it."""
        return next((option.value for option in self.heads if option.chosen), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Which board is shown, and how much of it."""

    project_id: str | None = None
    everything: bool = False
    """Also statuses that occur in no project in use."""
    query: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardPage:
    """The board as one admin sees it now."""

    scope: Scope
    lanes: tuple[Lane, ...]
    changes: tuple[str, ...]
    """What Save would change, in sentences."""
    problems: tuple[str, ...]
    hidden: int
    """How many statuses are not shown because no project in use has them."""
    projects: tuple[Option, ...]
    override: bool
    """Whether the chosen project differs from the default."""
    alike: int = 0
    """How many New statuses could go where all others of their name are."""

    @property
    def cards(self) -> list[Card]:
        """All cards that are shown."""
        return [card for lane in self.lanes for card in lane.cards]

    @property
    def new(self) -> Lane:
        """The tray of what nobody has placed."""
        return self.lanes[0]


def place_value(place: Place) -> str:
    """Name a place in a form."""
    return f"tray:{place.value}" if isinstance(place, Tray) else f"column:{place}"


def read_place(value: str) -> Place | None:
    """Read what `place_value` wrote; None if it is no place."""
    kind, _, name = value.partition(":")
    if kind == "tray" and name in {tray.value for tray in Tray}:
        return Tray(name)
    return name if kind == "column" and name else None


def head_value(head: Head) -> str:
    """Name a head in a form."""
    match head:
        case Move():
            return "move"
        case Leave():
            return "leave"
        case SameAs(key):
            return f"same:{key}"


def read_head(value: str) -> Head | None:
    """Read what `head_value` wrote; None if it is no head."""
    kind, _, key = value.partition(":")
    if kind == "same" and key:
        return SameAs(key)
    match value:
        case "move":
            return Move()
        case "leave":
            return Leave()
        case _:
            return None


def project_options(board: Board, stored: Stored, scope: Scope) -> tuple[Option, ...]:
    """Make the choices between the default and each project in use."""
    count = len(stored.in_use)
    default = Option(value="", label=f"Default · {count} project{'' if count == 1 else 's'} in use")
    projects = [
        Option(
            value=used.project.id,
            label=" · ".join(
                [used.project.key, used.project.name, *["differs"] * (used.project.id in board.overrides)]
            ),
            chosen=used.project.id == scope.project_id,
        )
        for used in stored.in_use
    ]
    return (replace(default, chosen=scope.project_id is None), *projects)
