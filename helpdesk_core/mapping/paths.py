"""Plans how an issue gets to a status: over which transitions, with which fields, or why not. Pure.

`docs/paths.md` tells the rules to people. `Planner` answers for one kind of issue in one project: `plan` for one issue,
`reach` for judging a target from every status. `next_hop` serves carrying out: the graph is a hint and the issue's own
list of transitions is the truth, so each hop is planned anew from that list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.routes import Graph, Route, Ways, natural
from helpdesk_core.values import (
    Evidence,
    OpenIssue,
    StatusCategory,
    Step,
    Transition,
    TransitionField,
    Workflow,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What planning needs to know beside the workflow, for one kind of issue in one project."""

    categories: Mapping[str, StatusCategory]
    """By status id. A status that is not here counts as not done."""
    defaults: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(Id of the status entered, field id) → option id or text. Not by transition, whose id means nothing elsewhere;
    not by field alone, for the Resolution of *Done* is not that of *Won't Do*."""
    crossable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Target id → done statuses that an admin allowed to be passed on the way there."""

    def default(self, entered: str, asked: TransitionField) -> str | None:
        """Return what to put into a field on the way into a status; None also where that option is gone."""
        value = self.defaults.get((entered, asked.id))
        offered = not asked.options or any(option.id == value for option in asked.options)
        return value if offered else None

    def fields(self, transition: Transition) -> dict[str, str]:
        """Return the fields to send: those of the transition's screen that have a default, and no other."""
        values = ((asked.id, self.default(transition.to_id, asked)) for asked in transition.fields)
        return {id_: value for id_, value in values if value is not None}

    def missing(self, transition: Transition) -> tuple[TransitionField, ...]:
        """Return the required fields without a default."""
        return tuple(asked for asked in transition.required if self.default(transition.to_id, asked) is None)


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Reason(StrEnum):
    """Why an issue is not moved, as stored and shown."""

    NO_CARD = "no_card"
    NO_PATH = "no_path"
    THROUGH_DONE = "through_done"
    FIELD_REQUIRED = "field_required"
    UNKNOWN = "unknown"
    NO_PERMISSION = "no_permission"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """One transition to take, with the fields to send."""

    from_id: str
    to_id: str
    transition: Transition
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How to get there. Without hops, the issue is there already."""

    target: str
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NoCard:
    """No card of the column exists in the issue's workflow."""

    reason: ClassVar[Reason] = Reason.NO_CARD
    wanted: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoPath:
    """The workflow is known well enough to say: there is no way."""

    reason: ClassVar[Reason] = Reason.NO_PATH
    target: str
    reachable: tuple[str, ...]
    """Where the issue can go instead, without passing a done status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThroughDone:
    """Every way that is known passes done statuses, and not all of them are allowed."""

    reason: ClassVar[Reason] = Reason.THROUGH_DONE
    target: str
    crossed: tuple[str, ...]
    """Done statuses on the way that asks for least, in order."""
    asked: tuple[str, ...]
    """Those of `crossed` to allow, which makes the way free. Empty: the way leaves done again, and never may."""
    unexplored: tuple[str, ...] = ()
    """Statuses whose ways out nobody has seen: one of them might lead there without crossing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingField:
    """A required field without a default."""

    transition: Transition
    field: TransitionField


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldRequired:
    """There is a way, but it demands fields. The issue is not moved half of it."""

    reason: ClassVar[Reason] = Reason.FIELD_REQUIRED
    target: str
    hops: tuple[Hop, ...]
    missing: tuple[MissingField, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """No allowed way is known, but not every way out of the statuses on the way is."""

    reason: ClassVar[Reason] = Reason.UNKNOWN
    target: str
    unexplored: tuple[str, ...]
    """The statuses to look into."""
    reachable: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoPermission:
    """The account may not move the issue at all."""

    reason: ClassVar[Reason] = Reason.NO_PERMISSION


Refusal = NoCard | NoPath | ThroughDone | FieldRequired | Unknown | NoPermission
Outcome = Plan | Refusal


# ── planning ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Planner:
    """Plans moves of one kind of issue in one project."""

    def __init__(self, workflow: Workflow, terms: Terms) -> None:
        self._terms = terms
        self._explored = workflow.explored
        self._transitions = _best_transitions(workflow.steps, terms)
        self._statuses = dict.fromkeys(workflow.status_ids)
        for from_id, ways in self._transitions.items():
            self._statuses |= dict.fromkeys((from_id, *ways))
        moves = {
            from_id: {to_id: len(terms.missing(transition)) for to_id, transition in ways.items()}
            for from_id, ways in self._transitions.items()
        }
        done = frozenset(id_ for id_ in self._statuses if terms.categories.get(id_) is StatusCategory.DONE)
        self._graph = Graph(moves, done)
        self._ways: dict[str, Ways] = {}

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses of the workflow, in the order in which they were told."""
        return tuple(self._statuses)

    def plan(self, current: str, targets: Targets, *, underway: bool = False) -> Outcome:
        """Plan the move of an issue to the first of `targets` that its workflow has, and to no other.

        `underway`: the issue stands in `current` only because a move of ours, not finished yet, brought it there. A run
        of done statuses that it has begun is then gone to its end rather than left by reopening the issue.
        """
        target = next((id_ for id_ in targets.ids if id_ in self._statuses), None)
        if target is None:
            return NoCard(wanted=targets.ids)
        return self._outcome(current, target, underway=underway)

    def reach(self, target: str) -> dict[str, Outcome]:
        """Say for every status of the workflow how an issue that stands there gets to `target`."""
        return {current: self._outcome(current, target, underway=False) for current in self._statuses}

    def _outcome(self, current: str, target: str, *, underway: bool) -> Outcome:
        if current == target:
            return Plan(target=target)
        ways = self._ways_to(target)
        if route := ways.free(current, underway=underway):
            return self._along(current, target, route)
        if route := ways.allowable.standing.get(current):
            allowed = self._terms.crossable.get(target, frozenset())
            crossed = self._crossed(route)
            asked = tuple(id_ for id_ in crossed if id_ not in allowed)
            unexplored = self._unexplored(current, runs=False)
            return ThroughDone(target=target, crossed=crossed, asked=asked, unexplored=unexplored)
        reachable = tuple(self._graph.reachable(current))[1:]
        if unexplored := self._unexplored(current, runs=target in self._graph.done):
            return Unknown(target=target, unexplored=unexplored, reachable=reachable)
        if route := ways.anyhow.standing.get(current):
            return ThroughDone(target=target, crossed=self._crossed(route), asked=())
        return NoPath(target=target, reachable=reachable)

    def _ways_to(self, target: str) -> Ways:
        if target not in self._ways:
            allowed = self._terms.crossable.get(target, frozenset())
            self._ways[target] = Ways(self._graph, self._statuses, target, allowed)
        return self._ways[target]

    def _along(self, current: str, target: str, route: Route) -> Plan | FieldRequired:
        path = (current, *route.path)
        taken = [self._transitions[a][b] for a, b in pairwise(path)]
        hops = tuple(
            Hop(from_id=from_id, to_id=each.to_id, transition=each, fields=self._terms.fields(each))
            for from_id, each in zip(path[:-1], taken, strict=True)
        )
        missing = tuple(MissingField(transition=each, field=it) for each in taken for it in self._terms.missing(each))
        if missing:
            return FieldRequired(target=target, hops=hops, missing=missing)
        return Plan(target=target, hops=hops)

    def _crossed(self, route: Route) -> tuple[str, ...]:
        return tuple(id_ for id_ in route.path[:-1] if id_ in self._graph.done)

    def _unexplored(self, current: str, *, runs: bool) -> tuple[str, ...]:
        """The statuses on allowed ways, or ways that could be allowed, from which steps may be missing."""
        return tuple(
            id_
            for id_ in self._graph.reachable(current, runs=runs)
            if id_ not in self._explored and (runs or id_ == current or id_ not in self._graph.done)
        )


def _best_transitions(steps: Iterable[Step], terms: Terms) -> dict[str, dict[str, Transition]]:
    """Choose among the transitions from one status to another.

    The one that lacks the fewest required fields; of these the one that takes up most of the defaults, because a
    Done with its Resolution is better than one without; of these the one with the lowest id.
    """
    best: dict[str, dict[str, Transition]] = defaultdict(dict)
    for step in sorted(steps, key=lambda step: _preference(step.transition, terms)):
        best[step.from_id].setdefault(step.transition.to_id, step.transition)
    return best


def _preference(transition: Transition, terms: Terms) -> tuple[int, int, tuple[int, str]]:
    return len(terms.missing(transition)), -len(terms.fields(transition)), natural(transition.id)


# ── carrying out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def next_hop(
    workflow: Workflow, opened: OpenIssue, targets: Targets, terms: Terms, *, underway: bool = False
) -> Hop | Refusal | None:
    """Say which of the issue's own transitions to take next; None: it is there. For `underway` see `Planner.plan`.

    Carrying out several hops, keep what each answer taught: pass on `corrected(workflow, opened)`. Else a graph that is
    wrong elsewhere could send the issue in circles.
    """
    outcome = Planner(corrected(workflow, opened), terms).plan(opened.issue.status_id, targets, underway=underway)
    match outcome:
        case Plan():
            return outcome.hops[0] if outcome.hops else None
        case NoPath() if opened.may_transition is False and not opened.transitions:
            return NoPermission()
    return outcome


def corrected(workflow: Workflow, opened: OpenIssue) -> Workflow:
    """Return the graph with the ways out of the issue's status replaced by those that are really open to it."""
    here = opened.issue.status_id
    seen = tuple(
        Step(from_id=here, transition=each, evidence=Evidence.LEARNT, seen_on=opened.issue.key)
        for each in opened.transitions
    )
    return replace(
        workflow,
        status_ids=tuple(dict.fromkeys((*workflow.status_ids, here, *(step.transition.to_id for step in seen)))),
        steps=(*(step for step in workflow.steps if step.from_id != here), *seen),
        explored=workflow.explored | {here},
    )
