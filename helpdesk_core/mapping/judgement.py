"""Judges a board for one kind of issue in one project, before it is saved: what it would do there, and what not. Pure.

`judge` asks the planner how issues get from every status of the workflow to the target of every ticket status. It says
no more than is known: each way carries how it came to be known, and where nobody has looked it is *unknown*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from helpdesk_core.mapping.board import Leave, ResolvedBoard, Tray
from helpdesk_core.mapping.paths import (
    FieldRequired,
    MissingField,
    NoPath,
    Outcome,
    Plan,
    Planner,
    Terms,
    ThroughDone,
    Unknown,
)
from helpdesk_core.values import Evidence, RemoteKind, RemoteProject, TicketStatus, Workflow


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One kind of issue in one project, and what is known of its workflow."""

    project: RemoteProject
    kind: RemoteKind
    workflow: Workflow


# ── ways ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How an issue that stands in one status gets to a target, or why it does not."""

    start: str
    outcome: Outcome
    evidence: Evidence | None
    """How the least known of its moves is known; None: there is no way to speak of."""
    seen_on: tuple[str, ...] = ()
    """The issues on which its learnt moves were seen."""
    rejected: tuple[str, ...] = ()
    """What the remote system said when one of its moves was tried before."""

    @property
    def works(self) -> bool:
        """Whether an issue would be moved."""
        return isinstance(self.outcome, Plan)


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """Where issues of this kind go when a ticket gets a status."""

    key: str
    """The ticket status."""
    target: str | None
    """The first card that the workflow has. None: the issue stays, on purpose or because there is no card."""
    leaves: bool = False
    """Whether it stays on purpose."""
    wanted: tuple[str, ...] = ()
    """The cards to one of which it would go."""
    ways: tuple[Way, ...] = ()
    """From each other status of the workflow."""

    @property
    def cut_off(self) -> bool:
        """Whether it is known that no issue ever gets there, whatever an admin allows or fills in."""
        return bool(self.ways) and all(_hopeless(way.outcome) for way in self.ways)

    @property
    def missing(self) -> tuple[MissingField, ...]:
        """The required fields without a default on the chosen ways."""
        found = (each for way in self.ways if isinstance(way.outcome, FieldRequired) for each in way.outcome.missing)
        return tuple({(each.transition.to_id, each.field.id): each for each in found}.values())

    @property
    def to_allow(self) -> tuple[str, ...]:
        """The done statuses that somebody would have to allow to be passed."""
        asked = (id_ for way in self.ways if isinstance(way.outcome, ThroughDone) for id_ in way.outcome.asked)
        return tuple(dict.fromkeys(asked))


def landing(plan: Plan, key: str, board: ResolvedBoard) -> str:
    """Return where the issue of a ticket in `key` ends in earnest: what agrees on the way there is in step already."""
    return next((hop.to_id for hop in plan.hops if board.agrees(key, hop.to_id)), plan.target)


def _hopeless(outcome: Outcome) -> bool:
    return isinstance(outcome, NoPath) or (isinstance(outcome, ThroughDone) and not outcome.asked)


# ── gaps and round trips ──────────────────────────────────────────────────────────────────────────────────────────────


class GapKind(StrEnum):
    """What a board can leave open."""

    NOWHERE = "nowhere"
    """A ticket status for which no card exists in the workflow: its issue would have to move, and stops."""
    CUT_OFF = "cut_off"
    """A ticket status whose card no issue can reach."""
    NEW = "new"
    """A remote status that nobody has placed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Something that a board leaves open for one kind of issue. Saving with it wants a person's consent."""

    kind: GapKind
    subject: str
    """The ticket status, or for a New one the remote status."""
    target: str = ""
    """The card that cannot be reached."""

    @property
    def key(self) -> str:
        """How a form names it, wherever it occurs."""
        return f"{self.kind.value}:{self.subject}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundTrip:
    """A ticket status that the issue would bring back as another one."""

    key: str
    target: str | None
    """Where the issue stands meanwhile; None: it was left where it is."""
    becomes: str | None
    """The ticket status that it comes back as; None: whatever the issue's next status means."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What a board does for one kind of issue in one project."""

    subject: Subject
    goals: tuple[Goal, ...]
    gaps: tuple[Gap, ...]
    round_trips: tuple[RoundTrip, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The statuses to look into before more can be said."""
        outcomes = [way.outcome for goal in self.goals for way in goal.ways]
        dark = (id_ for outcome in outcomes if isinstance(outcome, Unknown) for id_ in outcome.unexplored)
        return tuple(dict.fromkeys(dark))


Rejections = Mapping[tuple[str, str], str]
"""(From, to) → what the remote system said when an issue was to be moved so, the last time."""


def judge(
    subject: Subject,
    board: ResolvedBoard,
    statuses: Iterable[TicketStatus],
    terms: Terms,
    rejections: Rejections | None = None,
) -> Judgement:
    """Judge a board for one kind of issue.

    Args:
        subject: the kind of issue, with what is known of its workflow.
        board: the board of its project.
        statuses: the ticket statuses, in the order of the columns.
        terms: defaults and allowances, as they would be in force.
        rejections: moves that were refused when they were tried.
    """
    ways = _Ways(subject.workflow, terms, rejections or {})
    statuses = tuple(statuses)
    goals = tuple(_goal(status.key, board, ways) for status in statuses)
    return Judgement(
        subject=subject,
        goals=goals,
        gaps=(*_open_goals(goals), *_new(board, ways.statuses)),
        round_trips=tuple(trip for goal in goals if (trip := _round_trip(goal, board, ways.statuses))),
    )


class _Ways:
    """The ways through one workflow, with how each came to be known."""

    def __init__(self, workflow: Workflow, terms: Terms, rejections: Rejections) -> None:
        self._planner = Planner(workflow, terms)
        self._rejections = rejections
        self._steps = {(step.from_id, step.transition.id): step for step in workflow.steps}
        self.statuses = self._planner.statuses
        self._to: dict[str, tuple[Way, ...]] = {}

    def to(self, target: str) -> tuple[Way, ...]:
        """Return the ways to a target from all other statuses; several ticket statuses may share it."""
        if target not in self._to:
            reach = self._planner.reach(target)
            self._to[target] = tuple(self._way(start, outcome) for start, outcome in reach.items() if start != target)
        return self._to[target]

    def _way(self, start: str, outcome: Outcome) -> Way:
        hops = outcome.hops if isinstance(outcome, Plan | FieldRequired) else ()
        steps = [self._steps[hop.from_id, hop.transition.id] for hop in hops]
        learnt = [step for step in steps if step.evidence is Evidence.LEARNT]
        said = (self._rejections.get((hop.from_id, hop.to_id)) for hop in hops)
        return Way(
            start=start,
            outcome=outcome,
            evidence=None if not hops else Evidence.LEARNT if learnt else Evidence.KNOWN,
            seen_on=tuple(dict.fromkeys(step.seen_on for step in learnt if step.seen_on)),
            rejected=tuple(words for words in said if words is not None),
        )


def _goal(key: str, board: ResolvedBoard, ways: _Ways) -> Goal:
    outbound = board.outbound(key)
    if isinstance(outbound, Leave):
        return Goal(key=key, target=None, leaves=True)
    target = next((id_ for id_ in outbound.ids if id_ in ways.statuses), None)
    if target is None:
        return Goal(key=key, target=None, wanted=outbound.ids)
    return Goal(key=key, target=target, wanted=outbound.ids, ways=ways.to(target))


def _open_goals(goals: Iterable[Goal]) -> Iterable[Gap]:
    for goal in goals:
        if goal.target is None and not goal.leaves:
            yield Gap(kind=GapKind.NOWHERE, subject=goal.key)
        elif goal.cut_off:
            yield Gap(kind=GapKind.CUT_OFF, subject=goal.key, target=goal.target or "")


def _new(board: ResolvedBoard, statuses: Iterable[str]) -> Iterable[Gap]:
    return (Gap(kind=GapKind.NEW, subject=id_) for id_ in statuses if board.inbound(id_) is Tray.NEW)


def _round_trip(goal: Goal, board: ResolvedBoard, statuses: Iterable[str]) -> RoundTrip | None:
    """Say as what a ticket would come back; a status that some card of this workflow means comes back as itself."""
    if any(board.inbound(id_) == goal.key for id_ in statuses):
        return None
    if goal.leaves:
        return RoundTrip(key=goal.key, target=None, becomes=None)
    meaning = board.inbound(goal.target) if goal.target else None
    return RoundTrip(key=goal.key, target=goal.target, becomes=meaning) if isinstance(meaning, str) else None


# ── many kinds of issues at once ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One judgement that holds for several kinds of issues alike."""

    judgement: Judgement
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenGap:
    """A gap, where it is one, and how many linked tickets are in it now."""

    gap: Gap
    subjects: tuple[Subject, ...]
    tickets: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """All that a board is judged to do."""

    verdicts: tuple[Verdict, ...]
    gaps: tuple[OpenGap, ...]
    unread: tuple[str, ...]
    """The keys of projects in use whose statuses nobody has read yet: of these nothing can be said."""

    @property
    def missing(self) -> frozenset[tuple[str, str]]:
        """The (status entered, field) pairs on chosen ways for which there is no value."""
        goals = (goal for verdict in self.verdicts for goal in verdict.judgement.goals)
        return frozenset((each.transition.to_id, each.field.id) for goal in goals for each in goal.missing)

    @property
    def gap_keys(self) -> frozenset[str]:
        """How a form names what must be consented to."""
        return frozenset(each.gap.key for each in self.gaps)


def gaps_of(judgements: Iterable[Judgement]) -> dict[Gap, tuple[Subject, ...]]:
    """Return each gap with the kinds of issues in which it is one."""
    found: dict[Gap, list[Subject]] = {}
    for judgement in judgements:
        for gap in judgement.gaps:
            found.setdefault(gap, []).append(judgement.subject)
    return {gap: tuple(subjects) for gap, subjects in found.items()}
