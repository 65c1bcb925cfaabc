"""What the board page shows: trays and columns with their cards, heads and badges. Pure.

It is made anew for every answer from three values: the draft, what was read of the remote system, and the tickets'
statuses with their counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from helpdesk_core.mapping.board import Board, Head, Leave, Move, Override, Place, SameAs, Tray
from helpdesk_core.mapping.cards import Card, make_cards
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.gestures import differing_cards
from helpdesk_core.mapping.vocabulary import Stored, UsedProject
from helpdesk_core.mapping.wording import Names
from helpdesk_core.values import TicketStatus

MANY: Final = 4
"""From how many on projects are counted on a badge instead of named."""


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

    def lane(self, value: str) -> Lane | None:
        """Find a lane by its value."""
        return next((lane for lane in self.lanes if lane.value == value), None)


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


def make_lanes(draft: Draft, stored: Stored, names: Names, counts: Mapping[str, int], scope: Scope) -> tuple[Lane, ...]:
    """Make New, one column for each ticket status, and Ignored."""
    return _Maker(draft, stored, names, counts, scope).lanes()


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


def count_hidden(draft: Draft, stored: Stored, scope: Scope) -> int:
    """Count the statuses that exist or are placed, and are not shown."""
    everything = {*stored.all_statuses, *draft.board.placed}
    return 0 if scope.everything else len(everything - _in_scope(draft.board, stored, scope))


def _in_scope(board: Board, stored: Stored, scope: Scope) -> set[str]:
    if scope.everything:
        return {*stored.all_statuses, *board.placed}
    if scope.project_id is None:
        return {status.id for status in stored.statuses_in_use}
    chosen = [used for used in stored.in_use if used.project.id == scope.project_id]
    return {status.id for status in replace(stored, in_use=tuple(chosen)).statuses_in_use}


class _Maker:
    def __init__(self, draft: Draft, stored: Stored, names: Names, counts: Mapping[str, int], scope: Scope) -> None:
        self.names, self.counts, self.scope = names, counts, scope
        self.board, self.reasons = draft.board, draft.reasons
        self.rules = draft.board.resolve(scope.project_id, names.statuses)
        self.statuses = stored.all_statuses
        self.shown = _in_scope(draft.board, stored, scope)
        self.in_use = [u for u in stored.in_use if scope.project_id in {None, u.project.id}]
        self.keys_of = _keys_by_status(stored)
        self.differing = differing_cards(draft.board, scope.project_id) if scope.project_id else frozenset()

    def lanes(self) -> tuple[Lane, ...]:
        new = sorted((remote for remote in self.shown if self.rules.inbound(remote) is Tray.NEW), key=self._by_name)
        ignored = sorted(self.rules.ignored & self.shown, key=self._by_name)
        return (
            Lane(value=place_value(Tray.NEW), name="New", cards=self._cards(new)),
            *(self._column(status) for status in self.names.statuses),
            Lane(value=place_value(Tray.IGNORED), name="Ignored", cards=self._cards(ignored)),
        )

    def _column(self, status: TicketStatus) -> Lane:
        ids = self.rules.columns.get(status.key, ())
        head = self.rules.heads[status.key]
        cards = self._cards(remote for remote in ids if remote in self.shown)
        override = self.board.overrides.get(self.scope.project_id or "", Override())
        return Lane(
            value=place_value(status.key),
            name=status.name,
            cards=self._with_badges(ids, cards) if isinstance(head, Move) else cards,
            status=status,
            tickets=self.counts.get(status.key, 0),
            heads=self._heads(status, head),
            head_differs=status.key in override.heads,
            warning=self._warning(status, head, ids),
        )

    def _heads(self, status: TicketStatus, chosen: Head) -> tuple[Option, ...]:
        others = [SameAs(other.key) for other in self.names.statuses if other.key != status.key]
        # a head that an import or a deletion left behind is shown as it is, not silently as another one
        every = dict.fromkeys([Move(), Leave(), *others, chosen])
        return tuple(Option(value=head_value(head), label=self._label(head), chosen=head == chosen) for head in every)

    def _label(self, head: Head) -> str:
        match head:  # shorter than `head_words`: seven columns stand side by side
            case Move():
                return "move to first card"
            case Leave():
                return "leave the issue"
            case SameAs(key):
                return f"same as {self.names.place(key)}"

    def _warning(self, status: TicketStatus, head: Head, ids: tuple[str, ...]) -> str:
        if isinstance(head, Move) and not ids:
            return f"No card to move to: issues of tickets that become {status.name} would stop."
        return ""

    def _cards(self, ids: Iterable[str]) -> tuple[Card, ...]:
        return tuple(
            make_cards(
                ids,
                statuses=self.statuses,
                keys_of=self.keys_of,
                in_use=len(self.in_use),
                reasons=self.reasons,
                differing=self.differing,
            )
        )

    def _with_badges(self, ids: tuple[str, ...], cards: tuple[Card, ...]) -> tuple[Card, ...]:
        """Mark where issues go. That is the first card that a project has, so projects may differ."""
        goes = {u.project.key: target for u in self.in_use if (target := _first(ids, u))}
        if not goes:
            return (replace(cards[0], here="here"), *cards[1:]) if cards else cards
        return tuple(self._with_badge(card, goes) for card in cards)

    @staticmethod
    def _with_badge(card: Card, goes: Mapping[str, str]) -> Card:
        members = set(card.ids)
        here = [key for key, target in goes.items() if target in members]
        if len(here) == len(goes):
            return replace(card, here="here")
        return replace(
            card, here=f"here: {', '.join(here) if len(here) < MANY else f'{len(here)} projects'}" if here else ""
        )

    def _by_name(self, remote_id: str) -> tuple[str, str]:
        status = self.statuses.get(remote_id)
        return (status.name.casefold() if status else "", remote_id)


def _first(ids: tuple[str, ...], used: UsedProject) -> str | None:
    known = used.status_ids
    return next((remote for remote in ids if remote in known), None)


def _keys_by_status(stored: Stored) -> dict[str, tuple[str, ...]]:
    owners = {project.id: project.key for project in stored.projects}
    keys: dict[str, list[str]] = {}
    for used in stored.in_use:
        for remote in used.status_ids:
            keys.setdefault(remote, []).append(used.project.key)
    for status in stored.statuses:
        if status.project_id in owners and status.id not in keys:
            keys[status.id] = [owners[status.project_id]]
    return {remote: tuple(found) for remote, found in keys.items()}
