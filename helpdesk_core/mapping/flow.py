"""What a picture of a workflow says, before anything is drawn. Pure.

A workflow is many steps; read one by one they hide what people look for. So parallel moves are one way, a move that is
open everywhere is told once, at the status that it enters, and every status says what it means for tickets.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from helpdesk_core.mapping.board import ResolvedBoard, Tray
from helpdesk_core.mapping.paths import Terms
from helpdesk_core.mapping.routes import natural
from helpdesk_core.values import Evidence, StatusCategory, Step, TicketStatus, Workflow

ANYWHERE: Final = 2
"""From how many other statuses on a move that is open in all of them is told once."""
Rank = tuple[int, int, int, tuple[int, str]]
"""What states are sorted by."""
CATEGORIES: Final = {StatusCategory.NEW: 0, StatusCategory.DONE: 2}
"""Work begins above and ends below; whatever else there is stands between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Legend:
    """What the mapping in force says about the statuses of one project."""

    board: ResolvedBoard
    statuses: tuple[TicketStatus, ...]
    """The ticket statuses in order: each has its colour by its place."""
    names: Mapping[str, str]
    """Remote statuses by id."""
    terms: Terms

    def name(self, status_id: str) -> str:
        """Name a remote status."""
        return self.names.get(status_id, f"status {status_id}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Journey:
    """Where one issue is, and where it is to go."""

    here: str
    path: tuple[str, ...] = ()
    """The statuses of the plan, `here` first. Empty: nothing is planned."""
    goal: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A status of the workflow."""

    id: str
    name: str
    place: int | Tray
    """The number of its column, or the tray in which it is."""
    meaning: str
    """Its ticket status, New or Ignored."""
    done: bool
    explored: bool
    """Whether somebody has seen its ways out."""
    dead_end: bool
    """It is explored, and no move leads out."""
    here: bool = False
    goal: bool = False
    on_path: bool = False

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is special about it, in words."""
        said = {
            "counts as done": self.done,
            "no way out": self.dead_end,
            "not looked into": not self.explored,
            "the issue is here": self.here,
            "it should get here": self.goal,
        }
        return tuple(words for words, holds in said.items() if holds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A transition, as people read it."""

    name: str
    requires: tuple[str, ...]
    """Required fields for which there is no default."""
    evidence: Evidence
    seen_on: str
    """The issue that showed it, if it was learnt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """All moves from one status to another one, or to itself. `from_id` None: from anywhere."""

    from_id: str | None
    to_id: str
    moves: tuple[Move, ...]
    steps: tuple[Step, ...] = field(repr=False)
    """What it stands for."""
    on_path: bool = False

    @property
    def evidence(self) -> Evidence:
        """How it came to be known: read from the workflow, if any of its moves was."""
        known = any(move.evidence is Evidence.KNOWN for move in self.moves)
        return Evidence.KNOWN if known else Evidence.LEARNT


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """States in the order of work, and the ways between them."""

    states: tuple[State, ...]
    ways: tuple[Way, ...]


def read_flow(workflow: Workflow, legend: Legend, journey: Journey | None = None) -> Flow:
    """Say what a picture of `workflow` shows. The order in which the workflow lists things does not matter."""
    steps = sorted(workflow.steps, key=_step_order)
    ids = {*workflow.status_ids, *(id_ for step in steps for id_ in (step.from_id, step.transition.to_id))}
    ids |= {journey.here} if journey else set()
    hops = set(zip(journey.path, journey.path[1:], strict=False)) if journey else set()
    groups = _grouped(steps, workflow.explored | {step.from_id for step in steps}, hops)
    order = _order(ids, groups, legend)
    states = tuple(_state(id_, workflow, legend, journey) for id_ in sorted(ids, key=order))
    rank = {state.id: number for number, state in enumerate(states)}
    ways = [
        Way(from_id=from_id, to_id=to_id, moves=_moves(found, legend.terms), steps=tuple(found), on_path=on)
        for (from_id, to_id), found in groups.items()
        for on in [(from_id, to_id) in hops]
    ]
    ways.sort(key=lambda way: (-1 if way.from_id is None else rank[way.from_id], rank[way.to_id]))
    return Flow(states=states, ways=tuple(ways))


# ── states ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _state(id_: str, workflow: Workflow, legend: Legend, journey: Journey | None) -> State:
    place = legend.board.inbound(id_)
    columns = {status.key: (number, status.name) for number, status in enumerate(legend.statuses)}
    # a column whose ticket status is gone says nothing to anybody
    where = columns.get(place) if isinstance(place, str) else None
    tray = place if isinstance(place, Tray) else Tray.NEW
    explored = id_ in workflow.explored
    leaves = any(step.from_id == id_ and step.transition.to_id != id_ for step in workflow.steps)
    return State(
        id=id_,
        name=legend.name(id_),
        place=where[0] if where else tray,
        meaning=where[1] if where else tray.value.capitalize(),
        done=legend.terms.categories.get(id_) is StatusCategory.DONE,
        explored=explored,
        dead_end=explored and not leaves,
        here=journey is not None and id_ == journey.here,
        goal=journey is not None and id_ == journey.goal,
        on_path=journey is not None and id_ in journey.path,
    )


def _order(ids: set[str], groups: Iterable[tuple[str | None, str]], legend: Legend) -> Callable[[str], Rank]:
    """Return the key by which states follow one another: by category, then by how far they are from the beginning."""

    def category(id_: str) -> int:
        return CATEGORIES.get(legend.terms.categories.get(id_, StatusCategory.UNDEFINED), 1)

    def column(id_: str) -> int:
        place = legend.board.inbound(id_)
        keys = [status.key for status in legend.statuses]
        return keys.index(place) if isinstance(place, str) and place in keys else len(keys)

    between = [(from_id, to_id) for from_id, to_id in groups if from_id is not None and from_id != to_id]
    far = _distances(ids, between, category)
    return lambda id_: (category(id_), far[id_], column(id_), natural(id_))


def _distances(ids: set[str], ways: list[tuple[str, str]], category: Callable[[str], int]) -> dict[str, int]:
    """Count the moves from where work begins: the statuses of the first category, of several those not entered."""
    first = min(map(category, ids), default=0)
    entered = {to_id for _, to_id in ways}
    beginning = [id_ for id_ in ids if category(id_) == first]
    starts = [id_ for id_ in beginning if id_ not in entered] or beginning
    far = dict.fromkeys(starts, 0)
    following: dict[str, list[str]] = defaultdict(list)
    for from_id, to_id in ways:
        following[from_id].append(to_id)
    waiting = deque(starts)
    while waiting:
        here = waiting.popleft()
        for to_id in following[here]:
            if to_id not in far:
                far[to_id] = far[here] + 1
                waiting.append(to_id)
    return {id_: far.get(id_, len(ids)) for id_ in ids}


# ── ways ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

Groups = dict[tuple[str | None, str], list[Step]]


def _grouped(steps: list[Step], looked_into: Iterable[str], hops: set[tuple[str, str]]) -> Groups:
    """Put each step into exactly one group: from anywhere, or from one status. A planned hop is always drawn."""
    everywhere = _open_everywhere(steps, frozenset(looked_into))
    groups: Groups = defaultdict(list)
    for step in steps:
        to_id = step.transition.to_id
        anywhere = (step.transition.id, to_id) in everywhere and (step.from_id, to_id) not in hops
        groups[None if anywhere else step.from_id, to_id].append(step)
    return groups


def _open_everywhere(steps: list[Step], looked_into: frozenset[str]) -> set[tuple[str, str]]:
    """Find the transitions that leave every status of which ways out are known, but perhaps the one they enter."""
    leaving: dict[tuple[str, str], set[str]] = defaultdict(set)
    for step in steps:
        leaving[step.transition.id, step.transition.to_id].add(step.from_id)
    return {
        (id_, to_id)
        for (id_, to_id), found in leaving.items()
        if looked_into - {to_id} <= found and len(found - {to_id}) >= ANYWHERE
    }


def _moves(steps: list[Step], terms: Terms) -> tuple[Move, ...]:
    """One move for all steps that say the same."""
    moves: dict[tuple[str, tuple[str, ...], Evidence], Move] = {}
    for step in steps:
        requires = tuple(asked.name for asked in terms.missing(step.transition))
        move = Move(name=step.transition.name, requires=requires, evidence=step.evidence, seen_on=step.seen_on)
        moves.setdefault((move.name, requires, move.evidence), move)
    return tuple(moves.values())


def _step_order(step: Step) -> tuple[tuple[int, str], tuple[int, str], tuple[int, str], str]:
    transition = step.transition
    return natural(transition.id), natural(step.from_id), natural(transition.to_id), repr(step)
