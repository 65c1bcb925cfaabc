"""The mapping as a board: columns are ticket statuses, cards are remote statuses. Pure rules, no I/O, no clock.

`Board` is what people edit and what is stored: a default for all projects, and per project only what differs there.
`Board.resolve` makes a `ResolvedBoard` for one project, in which every ticket status has a head; it alone answers what
a status means (`inbound`), where an issue goes (`outbound`) and whether two sides are in step (`agrees`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from helpdesk_core.values import SystemStatus, TicketStatus


class Tray(Enum):
    """Where a remote status is when no column holds it. In both, a ticket keeps its status."""

    NEW = "new"
    """Nobody has placed it yet."""
    IGNORED = "ignored"
    """A person put it there."""


Place = str | Tray
"""A ticket status' key (the column), or a tray. No tray equals a string, so a custom status may be called "new"."""


@dataclass(frozen=True, slots=True)
class Move:
    """The issue moves to the first card of the column."""


@dataclass(frozen=True, slots=True)
class SameAs:
    """The issue does what another column says."""

    key: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The issue stays where it is."""


Head = Move | SameAs | Leave
"""What happens to the issue when its ticket gets the status of a column."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The remote statuses to which an issue may go, best first. Empty: there is nowhere to go, and a move stops."""

    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """What one project does differently from the default."""

    placements: Mapping[str, Place] = field(default_factory=dict)
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column → its cards in this project's own order; cards that it does not name follow in the default's order."""
    heads: Mapping[str, Head] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.placements or self.order or self.heads)


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """The mapping of one connection. A remote status stands in at most one place; one that stands nowhere is New."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ticket status → remote status ids, the first being where issues go."""
    ignored: frozenset[str] = frozenset()
    heads: Mapping[str, Head] = field(default_factory=dict)
    """Only the heads that a person chose; `default_head` says the others."""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    """Project id → what differs there."""
    _places: Mapping[str, Place] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Empty columns and overrides say nothing; without them equal boards are equal values.
        object.__setattr__(self, "columns", {key: ids for key, ids in self.columns.items() if ids})
        object.__setattr__(self, "overrides", {key: change for key, change in self.overrides.items() if change})
        object.__setattr__(self, "_places", _index(self.columns, self.ignored))

    def inbound(self, remote_id: str) -> Place:
        """Say where a remote status stands by default."""
        return self._places.get(remote_id, Tray.NEW)

    @property
    def placed(self) -> frozenset[str]:
        """All remote statuses that the default places."""
        return frozenset(self._places)

    @property
    def mentioned(self) -> frozenset[str]:
        """All ticket statuses that the board names, whether they exist or not."""
        heads = [self.heads, *(change.heads for change in self.overrides.values())]
        places = [place for change in self.overrides.values() for place in change.placements.values()]
        return frozenset(self.columns).union(
            (place for place in places if isinstance(place, str)),
            *heads,
            *(change.order for change in self.overrides.values()),
            *((head.key for head in some.values() if isinstance(head, SameAs)) for some in heads),
        )

    def layer(self, project_id: str | None) -> Board:
        """Return the cards as they lie in a project (None: by default), without overrides."""
        if not (change := self.overrides.get(project_id or "")):
            return replace(self, overrides={})
        columns = {
            key: _ordered(ids, change.order.get(key, ())) for key, ids in rearranged(self, change.placements).items()
        }
        ignored = {remote for remote in self.ignored if remote not in change.placements}
        ignored |= {remote for remote, place in change.placements.items() if place is Tray.IGNORED}
        return Board(columns=columns, ignored=frozenset(ignored), heads={**self.heads, **change.heads})

    def resolve(self, project_id: str | None, statuses: Iterable[TicketStatus]) -> ResolvedBoard:
        """Return the board of one project (None: of all that follow the default), with a head for each status."""
        flat = self.layer(project_id)
        heads = {status.key: flat.heads.get(status.key) or default_head(flat, status) for status in statuses}
        return ResolvedBoard(columns=flat.columns, ignored=flat.ignored, heads=heads)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedBoard:
    """The rules of one project: what merge, paths and judgement ask."""

    columns: Mapping[str, tuple[str, ...]]
    ignored: frozenset[str]
    heads: Mapping[str, Head]
    _places: Mapping[str, Place] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", _index(self.columns, self.ignored))

    def inbound(self, remote_id: str) -> Place:
        """Say what a remote status means for a ticket: a ticket status' key, ignored, or new."""
        return self._places.get(remote_id, Tray.NEW)

    def outbound(self, key: str) -> Targets | Leave:
        """Say what happens to the issue of a ticket that gets the status `key`; *same as* is followed to its end.

        A circle, or a status that is gone, leads nowhere: no targets.
        """
        *_, end = self.chain(key)
        match self.heads.get(end):
            case Leave():
                return Leave()
            case Move():
                return Targets(self.columns.get(end, ()))
            case _:
                return Targets(())

    def agrees(self, key: str, remote_id: str) -> bool:
        """Tell whether a ticket in `key` and an issue in `remote_id` are in step."""
        return self.inbound(remote_id) in set(self.chain(key))

    def chain(self, key: str) -> Iterator[str]:
        """Yield `key`, what it is the same as, and so on; a circle is walked once."""
        seen: set[str] = set()
        while key not in seen:
            yield key
            seen.add(key)
            if isinstance(head := self.heads.get(key), SameAs):
                key = head.key


def default_head(flat: Board, status: TicketStatus) -> Head:
    """Return the head of a column for which nobody chose one.

    Where there are cards the issue moves; without cards Closed is the same as Done, a custom status the same as its
    system status, and any other leaves the issue where it is: an empty column must not stop anybody's work.
    """
    if flat.columns.get(status.key):
        return Move()
    if status.is_custom:
        return SameAs(status.system.value)
    return SameAs(SystemStatus.DONE.value) if status.key == SystemStatus.CLOSED.value else Leave()


def rearranged(board: Board, placements: Mapping[str, Place]) -> dict[str, tuple[str, ...]]:
    """Return the default's columns with `placements` laid over: what leaves is taken out, what comes is put last."""
    columns = {
        key: tuple(remote for remote in ids if remote not in placements or placements[remote] == key)
        for key, ids in board.columns.items()
    }
    for remote, place in sorted(placements.items()):  # sorted: a project's board must not hang on the order of clicks
        if isinstance(place, str) and remote not in columns.get(place, ()):
            columns[place] = (*columns.get(place, ()), remote)
    return columns


class Fault(Enum):
    """The ways in which *same as* can lead nowhere."""

    CIRCLE = "circle"
    DEAD_END = "dead end"
    """It ends at a column that says *move* and has no cards."""
    GONE = "gone"
    """It names a ticket status that does not exist."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a board is not saved. `wording.problem_words` says it to people, with the cure."""

    fault: Fault
    keys: tuple[str, ...]
    """The columns involved: the circle, or from the first to the end that fails."""
    project_id: str | None = None


def problems(board: Board, statuses: Iterable[TicketStatus]) -> tuple[Problem, ...]:
    """Find every reason not to save `board`; for projects only what the default does not have already."""
    statuses = tuple(statuses)
    found = _problems(board.resolve(None, statuses), None)
    known: Final = {(problem.fault, problem.keys) for problem in found}
    for project_id in board.overrides:
        here = _problems(board.resolve(project_id, statuses), project_id)
        found += [problem for problem in here if (problem.fault, problem.keys) not in known]
    return tuple(found)


def _problems(resolved: ResolvedBoard, project_id: str | None) -> list[Problem]:
    found: list[Problem] = []
    circles: set[frozenset[str]] = set()
    for key, head in resolved.heads.items():
        if not isinstance(head, SameAs):
            continue
        chain = tuple(resolved.chain(key))
        match resolved.heads.get(chain[-1]):
            case SameAs(back):
                members = chain[chain.index(back) :]
                if frozenset(members) not in circles:
                    circles.add(frozenset(members))
                    found.append(Problem(fault=Fault.CIRCLE, keys=members, project_id=project_id))
            case Move() if not resolved.columns.get(chain[-1]):
                found.append(Problem(fault=Fault.DEAD_END, keys=chain, project_id=project_id))
            case None:
                found.append(Problem(fault=Fault.GONE, keys=chain, project_id=project_id))
            case _:
                pass
    return found


def _index(columns: Mapping[str, tuple[str, ...]], ignored: frozenset[str]) -> dict[str, Place]:
    """Return the place of every status that has one; sites have thousands, and each is asked for often."""
    places: dict[str, Place] = dict.fromkeys(ignored, Tray.IGNORED)
    for key, ids in columns.items():
        for remote in ids:
            if remote in places:
                msg = f"The remote status {remote} stands in two places."
                raise ValueError(msg)
            places[remote] = key
    return places


def _ordered(ids: tuple[str, ...], wish: tuple[str, ...]) -> tuple[str, ...]:
    rank = {remote: position for position, remote in enumerate(wish)}
    return tuple(sorted(ids, key=lambda remote: rank.get(remote, len(rank))))
