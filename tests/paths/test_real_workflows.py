"""Every ordered pair of statuses of every real workflow: planned, checked, and carried out in the simulator.

The graph that the planner gets is learnt over REST, from one issue per status. What it is held to is read from the
workflow file by the searches of `reference`. Fields that a validator demands are announced nowhere (Jira tells them in
its refusal only), so hops over such transitions, and no others, are refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

import pytest

from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.paths import FieldRequired, Hop, NoPath, Plan, Planner, Terms, ThroughDone, next_hop
from helpdesk_core.values import Workflow
from tests.paths import reference
from tests.paths.graphs import statuses
from tests.paths.site import RealSite, learn, read
from tests.simulator.conftest import folder

FOLDER = folder("HELPDESK_WORKFLOWS", "workflows")
FILES = sorted(FOLDER.glob("*.json"))

pytestmark = [
    pytest.mark.paths,
    pytest.mark.skipif(not FILES, reason=f"no workflow files in {FOLDER}; name their folder in HELPDESK_WORKFLOWS"),
]


class Walk:
    """One workflow file, its site, and what the independent search says about it."""

    def __init__(self, file: dict[str, Any]) -> None:
        ids = [status["id"] for status in file["statuses"]]
        self.pairs = list(permutations(ids, 2))
        self.site = RealSite(file, [*(start for start, _ in self.pairs), *ids])
        self.workflow = learn(self.site, range(len(self.pairs), len(self.pairs) + len(ids)))
        self.terms = Terms(categories=self.site.categories(), defaults=chosen_defaults(self.workflow))
        self.planner = Planner(self.workflow, self.terms)
        self.drawn = {transition["id"]: transition for transition in file["transitions"]}
        self.done = {status["id"] for status in file["statuses"] if status["category"] == "done"}
        self.edges: dict[str, set[str]] = defaultdict(set)
        for transition in file["transitions"]:
            for start in ids if transition["from"] == "any" else transition["from"]:
                self.edges[start].add(transition["to"])
        self.missing: dict[tuple[str, str], int] = {}
        for step in self.workflow.steps:
            way, lacks = (step.from_id, step.transition.to_id), len(step.transition.required)
            self.missing[way] = min(lacks, self.missing.get(way, lacks))

    def cost(self, start: str, target: str, crossable: Collection[str] = ()) -> reference.Cost | None:
        """Hops of the shortest way and fields that it demands, by the independent search."""
        return reference.distance(self.edges, self.done, start, target, missing=self.missing, crossable=crossable)

    def fewest_crossed(self, start: str, target: str) -> int | None:
        """How many done statuses no way can avoid, by the independent search; None: there is no way."""
        return reference.fewest_crossed(self.edges, self.done, start, target)

    def demanded(self, hop: Hop) -> set[str]:
        """What a validator wants on this transition, beside what its screen announces."""
        announced = {field.id for field in hop.transition.fields if field.required}
        return set(self.drawn[hop.transition.id].get("required_fields") or ()) - announced


def chosen_defaults(workflow: Workflow) -> dict[tuple[str, str], str]:
    """What an admin answers when asked: for every required field the first value on offer."""
    return {
        (step.transition.to_id, field.id): field.options[0].id
        for step in workflow.steps
        for field in step.transition.required
    }


@pytest.mark.parametrize("place", FILES, ids=lambda place: place.stem)
def test_every_pair_is_planned_rightly_and_carried_out(place, tally):
    walk = Walk(read(place))
    tally.pairs = len(walk.pairs)
    for number, (start, target) in enumerate(walk.pairs):
        outcome, terms = walk.planner.plan(start, Targets((target,))), walk.terms
        match outcome:
            case Plan():
                check_plan(walk, outcome, start)
                tally.direct += len(outcome.hops) == 1
                tally.several += len(outcome.hops) > 1
            case ThroughDone():
                check_crossing(walk, outcome, start)
                tally.through_done += 1
                tally.allowed += bool(outcome.asked)
                tally.never += not outcome.asked
                if outcome.asked:
                    terms = replace(terms, crossable={target: frozenset(outcome.asked)})
                    outcome = check_allowing(walk, start, target, terms)
            case NoPath():
                tally.no_path += 1
                assert walk.fewest_crossed(start, target) is None
            case _:
                pytest.fail(f"{start} → {target}: the whole workflow is known and all defaults are given: {outcome}")
        if isinstance(outcome, Plan):
            tally.fields += fields_are_asked_for(walk, start, target, terms)
            tally.rejected += not carried_out(walk, number, outcome, terms)
        else:
            assert walk.site.status_of(number) == start
    assert tally.pairs == tally.direct + tally.several + tally.through_done + tally.no_path


def check_plan(walk: Walk, plan: Plan, start: str, crossable: Collection[str] = ()) -> None:
    """It is as long as the shortest allowed way, and goes over moves that the file draws."""
    path = statuses(plan.hops)
    assert all(b in walk.edges[a] for a, b in pairwise(path))
    assert (path[0], path[-1]) == (start, plan.target)
    best = walk.cost(start, plan.target, crossable)
    assert best is not None
    assert len(plan.hops) == best[0]
    assert set(reference.crossed(path, walk.done)) <= set(crossable)


def check_crossing(walk: Walk, outcome: ThroughDone, start: str) -> None:
    """There is no way without crossing, and one is asked for exactly where a run of done statuses leads there."""
    assert walk.cost(start, outcome.target) is None
    assert outcome.crossed
    assert set(outcome.crossed) <= walk.done
    assert bool(outcome.asked) == (walk.cost(start, outcome.target, walk.done) is not None)
    if not outcome.asked:
        assert len(outcome.crossed) == walk.fewest_crossed(start, outcome.target)


def check_allowing(walk: Walk, start: str, target: str, terms: Terms) -> Plan:
    """With what was asked for there is a way, the shortest such one; with any of it withheld there is none by it."""
    asked = terms.crossable[target]
    plan = Planner(walk.workflow, terms).plan(start, Targets((target,)))
    assert isinstance(plan, Plan)
    check_plan(walk, plan, start, asked)
    assert reference.is_run(statuses(plan.hops), walk.done)
    assert all(walk.cost(start, target, asked - {one}) is None for one in asked)
    return plan


def fields_are_asked_for(walk: Walk, start: str, target: str, terms: Terms) -> bool:
    """Whether the way demands a field; without the admin's defaults the planner says so, and only then."""
    best = walk.cost(start, target, terms.crossable.get(target, ()))
    assert best is not None
    bare = Planner(walk.workflow, replace(terms, defaults={})).plan(start, Targets((target,)))
    assert isinstance(bare, FieldRequired if best[1] else Plan)
    assert not isinstance(bare, FieldRequired) or len(bare.missing) == best[1]
    return best[1] > 0


def carried_out(walk: Walk, number: int, plan: Plan, terms: Terms) -> bool:
    """Move the issue hop by hop, each planned from its own list. False: stopped at what a validator demands."""
    here = start = plan.hops[0].from_id
    refusal = None
    for expected in plan.hops:
        hop = next_hop(walk.workflow, walk.site.opened(number), Targets((plan.target,)), terms, underway=here != start)
        assert hop == expected
        refusal = walk.site.take(number, hop)
        assert refusal == jiras_words(walk.demanded(hop)), f"{start} → {plan.target} at {here}"
        if refusal is not None:
            break
        here = hop.to_id
    assert walk.site.status_of(number) == here
    assert (here == plan.target) == (refusal is None)
    return refusal is None


def jiras_words(demanded: set[str]) -> dict[str, Any] | None:
    """How Jira refuses a move for want of these fields, which no answer announced."""
    messages = {f"Field {name[:1].upper()}{name[1:]} is required." for name in demanded}
    return {"errorMessages": messages, "errors": {}} if demanded else None
