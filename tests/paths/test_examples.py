"""The rules, one example each."""

from __future__ import annotations

import pytest

from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.paths import (
    FieldRequired,
    NoCard,
    NoPath,
    NoPermission,
    Outcome,
    Plan,
    Planner,
    Reason,
    ThroughDone,
    Unknown,
    corrected,
    next_hop,
)
from helpdesk_core.values import StatusCategory
from tests.paths.graphs import opened, statuses, terms, way, workflow

pytestmark = pytest.mark.paths

RESOLVED = {("4", "resolution"): "10000"}
CLOSING = "1>2 2>4 4>5 4>1 5>1"
"""To do 1, doing 2, done 4, closed 5; reopening from both."""
DONE = ("4", "5")


def told(outcome: Outcome) -> str:
    """The outcome in short: the way, or the reason and what it names."""
    match outcome:
        case Plan():
            return ">".join(statuses(outcome.hops)) or "there"
        case ThroughDone(crossed=crossed, asked=asked):
            return f"through_done {','.join(crossed)} allow {','.join(asked) or 'never'}"
        case NoPath(reachable=reachable):
            return f"no_path but {','.join(reachable) or 'nothing'}"
        case Unknown(unexplored=unexplored, reachable=reachable):
            return f"unknown beyond {','.join(unexplored)} but {','.join(reachable) or 'nothing'}"
        case FieldRequired(missing=missing):
            return f"field_required {','.join(f'{one.transition.id}:{one.field.id}' for one in missing)}"
        case _:
            return outcome.reason.value


@pytest.mark.parametrize(
    ("moves", "current", "target", "expected"),
    [
        ("1>2", "1", "1", "there"),
        ("1>2", "1", "2", "1>2"),
        ("1>2 2>3 3>4 1>4", "1", "4", "1>4"),
        ("1>2 2>3 3>4", "1", "4", "1>2>3>4"),
        ("1>9 1>10 10>3 9>3", "1", "3", "1>9>3"),
        ("1>2 2>1 2>3", "3", "1", "no_path but nothing"),
        ("1>2 3>1", "1", "3", "no_path but 2"),
        ("1>1 1>2", "1", "2", "1>2"),
    ],
    ids=["there", "direct", "the shortest", "several", "ties by id", "no way out", "no way", "loops are no way"],
)
def test_the_shortest_path_by_status_id(moves, current, target, expected):
    assert told(Planner(workflow(moves), terms()).plan(current, Targets((target,)))) == expected


@pytest.mark.parametrize(
    ("moves", "current", "target", "allowed", "expected"),
    [
        (CLOSING, "1", "4", "", "1>2>4"),
        (CLOSING, "1", "5", "", "through_done 4 allow 4"),
        (CLOSING, "1", "5", "4", "1>2>4>5"),
        (CLOSING, "4", "2", "", "4>1>2"),
        (CLOSING, "5", "4", "", "5>1>2>4"),
        ("1>4 4>5 1>2 2>3 3>5", "1", "5", "4", "1>2>3>5"),
        ("1>4 4>2", "1", "2", "4", "through_done 4 allow never"),
        ("1>4 4>2 2>5", "1", "5", "4", "through_done 4 allow never"),
        ("1>4 4>7 7>5 4>5", "1", "5", "", "through_done 4 allow 4"),
        ("1>4 4>7 7>5", "1", "5", "4", "through_done 4,7 allow 7"),
        ("1>4 4>5 1>7 7>8 8>5", "1", "5", "7,8", "1>7>8>5"),
    ],
    ids=[
        "into done",
        "crossing is asked for",
        "crossing is allowed",
        "reopening",
        "reopening on the way to done",
        "not where another way exists, however long",
        "never to a status that is not done",
        "never out of done again",
        "asks for as few as can be",
        "asks for what is not allowed yet",
        "an allowed detour before asking",
    ],
)
def test_never_through_a_done_status_but_for_an_allowed_run_at_the_end(moves, current, target, allowed, expected):
    done = {*DONE, "7", "8"}
    crossable = {target: allowed.split(",")}
    assert (
        told(Planner(workflow(moves), terms(done, crossable=crossable)).plan(current, Targets((target,)))) == expected
    )


def test_what_is_allowed_holds_for_one_target():
    planner = Planner(workflow("1>4 4>5 4>7"), terms({*DONE, "7"}, crossable={"5": ["4"]}))
    assert told(planner.plan("1", Targets(("5",)))) == "1>4>5"
    assert told(planner.plan("1", Targets(("7",)))) == "through_done 4 allow 4"


def test_a_run_that_is_underway_is_gone_to_its_end():
    """On its way 2 → 4 → 7 → 5 the issue is not reopened at 4, though 4 → 1 → 5 is clean for one that stands there."""
    planner = Planner(workflow("2>4 4>7 7>5 4>1 1>5"), terms({*DONE, "7"}, crossable={"5": ["4", "7"]}))
    assert told(planner.plan("2", Targets(("5",)))) == "2>4>7>5"
    assert told(planner.plan("4", Targets(("5",)), underway=True)) == "4>7>5"
    assert told(planner.plan("4", Targets(("5",)))) == "4>1>5"


def test_a_move_that_is_underway_may_get_another_target():
    planner = Planner(workflow(CLOSING), terms(DONE, crossable={"5": ["4"]}))
    assert told(planner.plan("4", Targets(("2",)), underway=True)) == "4>1>2"


@pytest.mark.parametrize(
    ("moves", "unexplored", "target", "expected"),
    [
        ("1>2 2>3", "2", "3", "1>2>3"),
        ("1>2", "2", "3", "unknown beyond 2 but 2"),
        ("1>2", "1", "3", "unknown beyond 1 but 2"),
        ("1>2 3>2", "3", "3", "no_path but 2"),
        ("1>4", "4", "3", "no_path but 4"),
        ("1>4", "4", "5", "unknown beyond 4 but 4"),
        ("1>4 4>3 1>2", "2", "3", "unknown beyond 2 but 2,4"),
        ("1>4 4>5 1>2", "2", "5", "through_done 4 allow 4"),
    ],
    ids=[
        "what is known is used",
        "not known further on",
        "not known here",
        "what is not on the way does not matter",
        "what lies behind done does not help",
        "a run might",
        "a free way might exist",
        "what can be allowed is named",
    ],
)
def test_what_nobody_has_seen_is_unknown(moves, unexplored, target, expected):
    flow = workflow(moves, more=["3", "5"], unexplored=unexplored)
    assert told(Planner(flow, terms(DONE)).plan("1", Targets((target,)))) == expected


def test_a_crossing_names_where_a_free_way_might_be():
    outcome = Planner(workflow("1>4 4>5 1>2", unexplored=["2", "4"]), terms(DONE)).plan("1", Targets(("5",)))
    assert isinstance(outcome, ThroughDone)
    assert outcome.unexplored == ("2",)


def test_the_first_card_that_exists_is_the_only_target():
    planner = Planner(workflow("1>2 3>2"), terms())
    assert told(planner.plan("1", Targets(("99", "2")))) == "1>2"
    assert told(planner.plan("1", Targets(("3", "2")))) == "no_path but 2"
    assert planner.plan("1", Targets(("98", "99"))) == NoCard(wanted=("98", "99"))
    assert planner.plan("1", Targets(())) == NoCard(wanted=())


@pytest.mark.parametrize(
    ("moves", "defaults", "expected"),
    [
        ("1>4!resolution", {}, "field_required 1:resolution"),
        ("1>4!resolution", RESOLVED, "1>4"),
        ("1>4!resolution", {("5", "resolution"): "10000"}, "field_required 1:resolution"),
        ("1>4!resolution", {("4", "resolution"): "12345"}, "field_required 1:resolution"),
        ("1>4?resolution", {}, "1>4"),
        ("1>4!cause", {("4", "cause"): "Any text"}, "1>4"),
        ("1>4!cause 1>4!resolution", RESOLVED, "1>4"),
        ("1>2!cause 2>4 1>3 3>4", {}, "1>3>4"),
        ("1>4!cause 1>2 2>4", {}, "field_required 1:cause"),
        ("1>2!cause 2>4!resolution", {}, "field_required 1:cause,2:resolution"),
    ],
    ids=[
        "missing",
        "given",
        "given for another status",
        "an option that is gone",
        "optional",
        "without options, any text",
        "of two transitions the one that can be taken",
        "of two shortest ways the one that can be gone",
        "no detour around a required field",
        "all that are missing, before the first hop",
    ],
)
def test_required_fields(moves, defaults, expected):
    assert told(Planner(workflow(moves), terms(["4"], defaults)).plan("1", Targets(("4",)))) == expected


@pytest.mark.parametrize(
    ("moves", "sent"),
    [
        ("1>4", {}),
        ("1>4!resolution", {"resolution": "10000"}),
        ("1>4?resolution?cause", {"resolution": "10000"}),
        ("1>4 1>4?resolution", {"resolution": "10000"}),
    ],
    ids=["not on the screen", "required", "optional", "the transition that takes the default up"],
)
def test_only_fields_of_the_screen_are_sent(moves, sent):
    outcome = Planner(workflow(moves), terms(["4"], RESOLVED)).plan("1", Targets(("4",)))
    assert isinstance(outcome, Plan)
    assert outcome.hops[0].fields == sent


def test_an_optional_field_whose_option_is_gone_is_left_out():
    outcome = Planner(workflow("1>4?resolution"), terms(["4"], {("4", "resolution"): "9"})).plan("1", Targets(("4",)))
    assert isinstance(outcome, Plan)
    assert outcome.hops[0].fields == {}


def test_only_the_category_done_counts_as_done():
    planned = terms()
    for category in set(StatusCategory) - {StatusCategory.DONE}:
        planned.categories["2"] = category
        assert way(Planner(workflow("1>2 2>3"), planned).plan("1", Targets(("3",)))) == ("1", "2", "3")


# ── carrying out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_issues_own_transitions_are_the_truth():
    """The graph says 1 → 2 → 3; the issue itself offers only 1 → 4, from where the graph knows a way."""
    hint, real = workflow("1>2 2>3 4>3"), workflow("1>4")
    hop = next_hop(hint, opened(real, "1"), Targets(("3",)), terms())
    assert hop is not None
    assert (hop.to_id, hop.transition) == ("4", real.steps[0].transition)


def test_arrived():
    assert next_hop(workflow("1>2"), opened(workflow("1>2"), "2"), Targets(("2",)), terms()) is None


def test_a_dead_end_is_named():
    outcome = next_hop(workflow("1>2 2>3"), opened(workflow("2>1"), "2"), Targets(("3",)), terms())
    assert isinstance(outcome, NoPath)
    assert outcome.reachable == ("1",)


def test_a_field_that_became_required_is_named():
    outcome = next_hop(workflow("1>4"), opened(workflow("1>4!resolution"), "1"), Targets(("4",)), terms(["4"]))
    assert isinstance(outcome, FieldRequired)
    assert outcome.reason is Reason.FIELD_REQUIRED


@pytest.mark.parametrize(
    ("may", "expected"), [(False, Reason.NO_PERMISSION), (True, Reason.NO_PATH), (None, Reason.NO_PATH)]
)
def test_an_empty_list_means_no_permission_only_where_the_account_has_none(may, expected):
    outcome = next_hop(workflow("1>2"), opened(workflow("3>2"), "1", may_transition=may), Targets(("2",)), terms())
    assert isinstance(outcome, NoPermission | NoPath)
    assert outcome.reason is expected


def test_without_permission_an_issue_can_still_be_there_and_a_column_be_empty():
    stuck = opened(workflow("3>2"), "1", may_transition=False)
    assert next_hop(workflow("1>2"), stuck, Targets(("1",)), terms()) is None
    assert isinstance(next_hop(workflow("1>2"), stuck, Targets(("9",)), terms()), NoCard)


def test_an_answer_teaches_the_graph():
    learnt = corrected(workflow("1>2 2>3", unexplored="1"), opened(workflow("1>4 1>5"), "1"))
    assert learnt.explored == {"1", "2", "3"}
    assert learnt.status_ids == ("1", "2", "3", "4", "5")
    assert [(step.from_id, step.transition.to_id, step.seen_on) for step in learnt.steps] == [
        ("2", "3", ""),
        ("1", "4", "WEB-1"),
        ("1", "5", "WEB-1"),
    ]


def test_an_issue_outside_the_known_workflow_is_planned_from_its_own_list():
    hop = next_hop(workflow("1>2"), opened(workflow("7>1"), "7"), Targets(("2",)), terms())
    assert hop is not None
    assert hop.to_id == "1"
