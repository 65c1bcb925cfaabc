"""The planner against an independent search that reads the rules word by word, over random workflows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.paths import (
    FieldRequired,
    Hop,
    NoPath,
    Outcome,
    Plan,
    Planner,
    Terms,
    ThroughDone,
    Unknown,
    corrected,
    next_hop,
)
from helpdesk_core.values import Evidence, Step, Transition, Workflow
from tests.paths import reference
from tests.paths.graphs import RESOLUTIONS, opened, screen_field, statuses, terms

pytestmark = pytest.mark.paths

IDS = ("1", "2", "3", "4", "9", "10")
FIELDS = ("resolution", "cause")
VALUES = (RESOLUTIONS[0].id, "gone")

ids = st.sampled_from(IDS)
some_ids = st.frozensets(ids)
screens = st.lists(
    st.builds(lambda id_, required: screen_field(id_, required=required), st.sampled_from(FIELDS), st.booleans()),
    max_size=2,
    unique_by=lambda field: field.id,
)
defaults = st.dictionaries(st.tuples(ids, st.sampled_from(FIELDS)), st.sampled_from(VALUES), max_size=6)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    ways = draw(st.lists(st.tuples(ids, ids, screens), max_size=16))
    steps = tuple(
        Step(
            from_id=from_id,
            transition=Transition(id=str(number), name="Go", to_id=to_id, fields=tuple(fields)),
            evidence=Evidence.LEARNT,
        )
        for number, (from_id, to_id, fields) in enumerate(ways)
    )
    return Workflow(
        status_ids=IDS, steps=steps, explored=frozenset(IDS) - draw(st.one_of(st.just(frozenset()), some_ids))
    )


@dataclass(frozen=True)
class Case:
    """A question, and the same in the words of the reference."""

    workflow: Workflow
    done: frozenset[str]
    defaults: dict[tuple[str, str], str]
    allowed: frozenset[str]
    start: str
    target: str

    @property
    def terms(self) -> Terms:
        return terms(self.done, self.defaults, {self.target: self.allowed})

    @property
    def edges(self) -> dict[str, set[str]]:
        edges: dict[str, set[str]] = defaultdict(set)
        for step in self.workflow.steps:
            edges[step.from_id].add(step.transition.to_id)
        return edges

    def lacking(self, transition: Transition) -> list[tuple[str, str]]:
        """The required fields of a transition to which the admin gave no value that is on offer."""
        lacking = []
        for field in transition.fields:
            value = self.defaults.get((transition.to_id, field.id))
            if field.required and (value is None or (field.options and value not in {one.id for one in field.options})):
                lacking.append((transition.id, field.id))
        return lacking

    def price(self, a: str, b: str) -> int:
        """The fewest fields that a move from a to b lacks."""
        between = [step.transition for step in self.workflow.steps if (step.from_id, step.transition.to_id) == (a, b)]
        return min(len(self.lacking(transition)) for transition in between)

    def cost(self, path: reference.Path) -> int:
        return sum(self.price(a, b) for a, b in pairwise(path))

    def plan(self) -> Outcome:
        return Planner(self.workflow, self.terms).plan(self.start, Targets((self.target,)))


cases = st.builds(Case, workflows(), some_ids, defaults, some_ids, ids, ids)


def optimistic(case: Case, status: str) -> dict[str, set[str]]:
    """The edges, if `status` led to the target."""
    edges = case.edges
    edges[status].add(case.target)
    return edges


def allowable(edges: dict[str, set[str]], case: Case) -> list[reference.Path]:
    """The paths that are free, or that an admin could allow."""
    found = reference.paths(edges, case.start, case.target)
    return [path for path in found if reference.is_clean(path, case.done) or reference.is_run(path, case.done)]


@settings(max_examples=1500, deadline=None)
@given(cases)
def test_the_answer_is_what_the_rules_say_word_by_word(case):
    outcome = case.plan()
    if case.start == case.target:
        assert outcome == Plan(target=case.target)
        return
    found = list(reference.paths(case.edges, case.start, case.target))
    clean = [path for path in found if reference.is_clean(path, case.done)]
    runs = [path for path in found if reference.is_run(path, case.done)]
    granted = [path for path in runs if case.allowed.issuperset(reference.crossed(path, case.done))]
    if clean or granted:
        check_way(outcome, case, clean or granted)
    elif runs:
        check_question(outcome, case, runs)
    elif unseen := {status for status in IDS if could_help(case, status)}:
        assert isinstance(outcome, Unknown)
        assert set(outcome.unexplored) == unseen
    elif found:
        assert isinstance(outcome, ThroughDone)
        assert outcome.asked == ()
        assert set(outcome.crossed) in [set(reference.crossed(path, case.done)) for path in found]
        assert len(outcome.crossed) == min(len(reference.crossed(path, case.done)) for path in found)
    else:
        assert isinstance(outcome, NoPath)
    if isinstance(outcome, NoPath | Unknown):
        assert set(outcome.reachable) == reachable(case)


def check_way(outcome: Outcome, case: Case, allowed: list[reference.Path]) -> None:
    """The shortest, of these the one that lacks least, of these the one with the lowest ids; and its fields."""
    assert isinstance(outcome, Plan | FieldRequired)
    best = min(allowed, key=lambda path: (len(path), case.cost(path), [int(status) for status in path]))
    assert statuses(outcome.hops) == best
    assert isinstance(outcome, FieldRequired) == bool(case.cost(best))
    for hop in outcome.hops:
        check_hop(hop, case)
    if isinstance(outcome, FieldRequired):
        told = [(one.transition.id, one.field.id) for one in outcome.missing]
        assert told == [each for hop in outcome.hops for each in case.lacking(hop.transition)]
        assert len(told) == case.cost(best)


def check_hop(hop: Hop, case: Case) -> None:
    """The transition stands between the two, lacks least, and is sent every default that its screen takes, no more."""
    assert (hop.from_id, hop.transition) in [(step.from_id, step.transition) for step in case.workflow.steps]
    assert len(case.lacking(hop.transition)) == case.price(hop.from_id, hop.to_id)
    on_screen = {field.id: field for field in hop.transition.fields}
    usable = {
        id_: value
        for (to_id, id_), value in case.defaults.items()
        if to_id == hop.to_id and id_ in on_screen and (not on_screen[id_].options or value != "gone")
    }
    assert hop.fields == usable


def check_question(outcome: Outcome, case: Case, runs: list[reference.Path]) -> None:
    """What is asked for is the least that helps: with it allowed there is a way, and no path asks for fewer."""
    assert isinstance(outcome, ThroughDone)
    crossings = [reference.crossed(path, case.done) for path in runs]
    assert outcome.crossed in crossings
    assert outcome.asked == tuple(status for status in outcome.crossed if status not in case.allowed)
    assert len(outcome.asked) == min(len(set(between) - case.allowed) for between in crossings)
    assert isinstance(replace(case, allowed=case.allowed | set(outcome.asked)).plan(), Plan | FieldRequired)
    hopeful = {status for status in IDS if could_help(case, status, only_clean=True)}
    assert set(outcome.unexplored) == hopeful


def could_help(case: Case, status: str, *, only_clean: bool = False) -> bool:
    """Whether a path would exist if this unexplored status led to the target."""
    if status in case.workflow.explored or status == case.target:
        return False
    found = allowable(optimistic(case, status), case)
    return any(reference.is_clean(path, case.done) or not only_clean for path in found if path[-2] == status)


def reachable(case: Case) -> set[str]:
    """The statuses other than its own to which an issue gets without passing a done one."""
    return {
        status
        for status in IDS
        if status != case.start
        and any(reference.is_clean(path, case.done) for path in reference.paths(case.edges, case.start, status))
    }


@settings(max_examples=500, deadline=None)
@given(cases)
def test_the_quick_searches_of_the_reference_agree_with_its_lists(case):
    """`test_real_workflows` relies on them, where listing every path would take too long."""
    if case.start == case.target:
        return
    missing = {(a, b): case.price(a, b) for a, following in case.edges.items() for b in following}
    found = list(reference.paths(case.edges, case.start, case.target))
    clean = [path for path in found if reference.is_clean(path, case.done)]
    granted = [
        path
        for path in found
        if reference.is_run(path, case.done) and case.allowed.issuperset(reference.crossed(path, case.done))
    ]
    ways = reference.distance(case.edges, case.done, case.start, case.target, missing=missing)
    assert ways == cheapest(clean, case)
    if case.target in case.done and not clean and case.allowed:
        runs = reference.distance(
            case.edges, case.done, case.start, case.target, missing=missing, crossable=case.allowed
        )
        assert runs == cheapest(granted, case)
    fewest = min((len(reference.crossed(path, case.done)) for path in found), default=None)
    assert reference.fewest_crossed(case.edges, case.done, case.start, case.target) == fewest


def cheapest(paths: Iterable[reference.Path], case: Case) -> tuple[int, int] | None:
    return min(((len(path) - 1, case.cost(path)) for path in paths), default=None)


@given(cases)
def test_judging_says_what_planning_says(case):
    reach = Planner(case.workflow, case.terms).reach(case.target)
    assert list(reach) == list(IDS)
    assert reach[case.start] == case.plan()


@given(cases, st.randoms(use_true_random=False))
def test_neither_names_nor_the_order_of_reading_decide(case, random):
    steps = [
        replace(step, transition=replace(step.transition, name=random.choice(["Done", "Close"])))
        for step in case.workflow.steps
    ]
    random.shuffle(steps)
    before, after = case.plan(), replace(case, workflow=replace(case.workflow, steps=tuple(steps))).plan()
    assert unnamed(before) == unnamed(after)


def unnamed(outcome: Outcome) -> object:
    """An outcome without the names of its transitions."""
    match outcome:
        case Plan(hops=hops) | FieldRequired(hops=hops):
            return type(outcome), [(hop.from_id, hop.transition.id, hop.fields) for hop in hops]
        case Unknown():
            return set(outcome.unexplored), set(outcome.reachable)
    return outcome


# ── carrying out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def carry_out(case: Case, real: Workflow) -> tuple[list[Hop], Outcome | None]:
    """Move an issue of the workflow `real` by the graph of `case`, as sync does; return the hops and where it ended."""
    graph, here, taken = case.workflow, case.start, list[Hop]()
    while len(taken) <= len(IDS) ** 2:
        issue = opened(real, here)
        underway = here in {hop.to_id for hop in taken}
        hop = next_hop(graph, issue, Targets((case.target,)), case.terms, underway=underway)
        if not isinstance(hop, Hop):
            return taken, hop
        assert hop.transition in issue.transitions
        taken.append(hop)
        graph, here = corrected(graph, issue), hop.to_id
    pytest.fail("goes in circles")


@settings(max_examples=500, deadline=None)
@given(cases)
def test_carried_out_in_an_unchanged_workflow_the_plan_is_followed(case):
    outcome = case.plan()
    known = replace(case.workflow, explored=frozenset(IDS))
    if isinstance(outcome, Plan):
        taken, end = carry_out(case, known)
        assert (tuple(taken), end) == (outcome.hops, None)


@settings(max_examples=500, deadline=None)
@given(cases, workflows())
def test_in_any_other_workflow_the_issue_arrives_or_stops_by_name(case, real):
    """However wrong the graph is: every hop is open on the issue, and they come to an end."""
    taken, end = carry_out(case, real)
    here = taken[-1].to_id if taken else case.start
    assert (end is None) == (here == case.target)
