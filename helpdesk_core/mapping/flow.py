"""What a picture of a workflow says, before anything is drawn. Pure.

A workflow is many steps; read one by one they hide what people look for. So parallel moves are one way, a move that is
open everywhere or in many statuses is told once, at the status that it enters, and every status says what it means for
tickets.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from helpdesk_core.mapping.board import ResolvedBoard, Tray
from helpdesk_core.mapping.paths import Terms
from helpdesk_core.mapping.routes import natural
from helpdesk_core.values import Evidence, StatusCategory, Step, TicketStatus, Workflow

ANYWHERE: Final = 2
"""From how many other statuses on a move that is open in all of them is told once."""
MANY: Final = 4
"""From how many other statuses on a move is told once that is not open in all of them."""
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
    """All moves from one status to another one or to itself; or a move to one status from many."""

    from_ids: tuple[str, ...]
    to_id: str
    moves: tuple[Move, ...]
    steps: tuple[Step, ...] = field(repr=False)
    """What it stands for."""
    everywhere: bool = False
    """Whether it is open in every status of which the ways out are known."""
    on_path: bool = False

    @property
    def shared(self) -> bool:
        """Whether it is told once for many statuses."""
        return self.everywhere or len(self.from_ids) > 1

    @property
    def loop(self) -> bool:
        """Whether it leads back to where it begins."""
        return not self.shared and self.from_ids == (self.to_id,)

    @property
    def pair(self) -> tuple[str, str]:
        """From where to where, for one that is drawn as a line."""
        return self.from_ids[0], self.to_id

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
    hops = set(pairwise(journey.path)) if journey else set()
    looked_into = workflow.explored | {step.from_id for step in steps}
    groups = _grouped(steps, looked_into, hops)
    direct = [step for group in groups if not group.everywhere for step in groups[group]]
    order = _order(ids, direct, legend)
    states = tuple(_state(id_, workflow, legend, journey) for id_ in sorted(ids, key=order))
    rank = {state.id: number for number, state in enumerate(states)}
    ways = [_way(group, found, legend.terms, rank, hops) for group, found in groups.items()]
    ways.sort(
        key=lambda way: (not way.everywhere, not way.shared, [rank[id_] for id_ in way.from_ids], rank[way.to_id])
    )
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


def _order(ids: set[str], steps: Iterable[Step], legend: Legend) -> Callable[[str], Rank]:
    """Return the key by which states follow one another: by category, then by how far they are from the beginning."""

    def category(id_: str) -> int:
        return CATEGORIES.get(legend.terms.categories.get(id_, StatusCategory.UNDEFINED), 1)

    def column(id_: str) -> int:
        place = legend.board.inbound(id_)
        keys = [status.key for status in legend.statuses]
        return keys.index(place) if isinstance(place, str) and place in keys else len(keys)

    far = _distances(ids, [(step.from_id, step.transition.to_id) for step in steps], category)
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


class _Group(NamedTuple):
    """What is told together: the moves of one pair of statuses, or those of one name that lead from many to one."""

    to_id: str
    from_id: str = ""
    name: str = ""
    everywhere: bool = False


def _grouped(steps: list[Step], looked_into: frozenset[str], hops: set[tuple[str, str]]) -> dict[_Group, list[Step]]:
    """Put each step into exactly one group. A planned hop is always drawn as a line."""
    leaving: dict[tuple[str, str], set[str]] = defaultdict(set)
    for step in steps:
        leaving[step.transition.name, step.transition.to_id].add(step.from_id)
    groups: dict[_Group, list[Step]] = defaultdict(list)
    for step in steps:
        name, to_id = step.transition.name, step.transition.to_id
        found = leaving[name, to_id]
        others = len(found - {to_id})
        everywhere = others >= ANYWHERE and looked_into - {to_id} <= found
        if (everywhere or others >= MANY) and (step.from_id, to_id) not in hops:
            group = _Group(to_id=to_id, name=name, everywhere=everywhere)
        else:
            group = _Group(to_id=to_id, from_id=step.from_id)
        groups[group].append(step)
    return groups


def _way(group: _Group, steps: list[Step], terms: Terms, rank: Mapping[str, int], hops: set[tuple[str, str]]) -> Way:
    from_ids = dict.fromkeys(step.from_id for step in steps)
    return Way(
        from_ids=tuple(sorted(from_ids, key=lambda id_: rank[id_])),
        to_id=group.to_id,
        moves=_moves(steps, terms),
        steps=tuple(steps),
        everywhere=group.everywhere,
        on_path=(group.from_id, group.to_id) in hops,
    )


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
