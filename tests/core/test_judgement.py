"""What a board is judged to do for one kind of issue: gaps, ways, round trips, and the words for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk_core.mapping.board import Board, Leave, Move, SameAs
from helpdesk_core.mapping.judgement import Gap, GapKind, Subject, judge, landing
from helpdesk_core.mapping.paths import Plan, Unknown
from helpdesk_core.mapping.verdict_words import gap_words, short_words, subject_words, trip_words, way_words
from helpdesk_core.mapping.wording import Names
from helpdesk_core.values import Evidence, RemoteKind, RemoteProject, SystemStatus, TicketStatus
from tests.paths.graphs import terms, workflow

STATUSES = tuple(TicketStatus(key=s.value, name=s.name.replace("_", " ").title(), system=s) for s in SystemStatus)
NAMES = Names(
    statuses=STATUSES,
    remotes={"1": "To Do", "2": "Doing", "3": "Waits", "4": "Solved", "5": "Shut", "9": "Odd"},
)
LINE = "1>2 2>3 3>2 2>4 4>5 5>1"
BOARD = Board(columns={"open": ("1",), "in_progress": ("2",), "waiting": ("3",), "done": ("4",), "closed": ("5",)})


def judged(text=LINE, board=BOARD, *, done=("4", "5"), rejections=None, unexplored=(), **options):
    project, kind = RemoteProject(id="p", key="SUP", name="Support"), RemoteKind(id="k", name="Bug", status_ids=())
    subject = Subject(project=project, kind=kind, workflow=workflow(text, unexplored=unexplored))
    return judge(subject, board.resolve("p", STATUSES), STATUSES, terms(done, **options), rejections)


def goal(judgement, key):
    return next(goal for goal in judgement.goals if goal.key == key)


def way(judgement, key, start):
    return next(way for way in goal(judgement, key).ways if way.start == start)


def test_a_board_on_which_everything_has_its_place_has_no_gap():
    judgement = judged("1>2 2>1 2>3 3>2 2>4 4>5 4>1 5>1 5>4", crossable={"5": {"4"}})
    assert judgement.gaps == ()
    assert judgement.round_trips == ()
    assert judgement.unknown == ()
    stuck = [(goal.key, way.start, way.outcome) for goal in judgement.goals for way in goal.ways if not way.works]
    assert stuck == []


def test_a_status_that_nobody_placed_is_a_gap():
    columns = {key: ids for key, ids in BOARD.columns.items() if key != "waiting"}
    assert judged(board=Board(columns=columns)).gaps == (Gap(kind=GapKind.NEW, subject="3"),)
    assert judged(board=Board(columns=columns, ignored=frozenset({"3"}))).gaps == ()


def test_a_ticket_status_whose_cards_are_in_no_workflow_leads_nowhere():
    board = replace(BOARD, columns={**BOARD.columns, "waiting": ("3",), "closed": ("9",)})
    gaps = judged(board=board).gaps
    assert gaps == (Gap(kind=GapKind.NOWHERE, subject="closed"), Gap(kind=GapKind.NEW, subject="5"))
    assert gaps[0].key == "nowhere:closed"
    assert judged(board=replace(board, heads={"closed": Leave()})).gaps == gaps[1:]
    assert judged(board=replace(board, heads={"closed": SameAs("done")})).gaps == gaps[1:]
    assert judged(board=replace(board, heads={"closed": Move()})).gaps == gaps


@pytest.mark.parametrize(
    ("text", "cut_off"),
    [("1>2 2>3 3>2 2>4 5>1", True), (LINE, False), ("1>2 2>3 3>2 2>4 4>1 1>5", False)],
    ids=["no way at all", "passing Done, which could be allowed", "directly"],
)
def test_a_card_that_no_issue_can_reach_is_a_gap(text, cut_off):
    gap = Gap(kind=GapKind.CUT_OFF, subject="closed", target="5")
    assert (gap in judged(text).gaps) is cut_off


def test_what_nobody_has_looked_into_is_unknown_and_no_gap():
    judgement = judged("1>2 2>3 4>5", unexplored=("3",))
    assert isinstance(way(judgement, "done", "1").outcome, Unknown)
    assert judgement.unknown == ("3",)
    assert judgement.gaps == ()


def test_each_way_says_how_it_is_known():
    judgement = judged()
    assert way(judgement, "waiting", "1").evidence is Evidence.LEARNT
    known = replace(
        judgement.subject,
        workflow=replace(
            judgement.subject.workflow,
            steps=tuple(
                replace(step, evidence=Evidence.KNOWN if step.from_id == "1" else Evidence.LEARNT, seen_on="SUP-12")
                for step in judgement.subject.workflow.steps
            ),
        ),
    )
    again = judge(known, BOARD.resolve(None, STATUSES), STATUSES, terms(("4", "5")))
    assert way(again, "in_progress", "1").evidence is Evidence.KNOWN
    assert way_words(way(again, "in_progress", "1"), NAMES) == "By “Move 1”. Read from the workflow."
    mixed = way(again, "waiting", "1")
    assert (mixed.evidence, mixed.seen_on) == (Evidence.LEARNT, ("SUP-12",))
    assert way_words(mixed, NAMES) == "By “Move 1” to Doing, then by “Move 2” to Waits. Seen on SUP-12."


def test_a_move_that_was_refused_before_is_announced():
    judgement = judged(rejections={("2", "3"): "Tell why."})
    refused = way(judgement, "waiting", "1")
    assert refused.rejected == ("Tell why.",)
    assert short_words(refused) == "2 moves, refused before"
    assert way_words(refused, NAMES).endswith(" When it was tried, the answer was: Tell why.")
    assert way(judgement, "in_progress", "1").rejected == ()


def test_what_a_way_needs_is_said():
    judgement = judged("1>2 2>3 3>2 2>4!resolution 4>5 5>1")
    needs = way(judgement, "done", "1")
    assert [each.field.id for each in goal(judgement, "done").missing] == ["resolution"]
    assert short_words(needs) == "needs a value"
    assert "which demands Resolution on “Move 4”." in way_words(needs, NAMES)
    assert goal(judgement, "closed").to_allow == ("4",)
    assert way_words(way(judgement, "closed", "2"), NAMES) == (
        "Only by passing Solved, which is done already. Nobody has allowed that."
    )


def test_round_trips_are_told_with_their_moment():
    board = replace(
        BOARD,
        columns={"open": ("1",), "in_progress": ("2", "3"), "done": ("4", "5")},
        heads={"waiting": SameAs("in_progress"), "closed": Leave()},
    )
    waiting, closed = judged(board=board).round_trips
    assert (waiting.key, waiting.target, waiting.becomes) == ("waiting", "2", "in_progress")
    assert trip_words(waiting, NAMES) == (
        "A ticket in Waiting sends its issue to Doing, which means In Progress. It stays Waiting until the issue "
        "leaves that and comes back; then it becomes In Progress."
    )
    assert (closed.key, closed.becomes) == ("closed", None)
    assert "leaves its issue where it is" in trip_words(closed, NAMES)


def test_an_issue_ends_where_it_first_agrees():
    board = replace(BOARD, columns={**BOARD.columns, "in_progress": (), "waiting": ("3", "2")})
    judgement = judged(board=board)
    plan = way(judgement, "waiting", "1").outcome
    assert isinstance(plan, Plan)
    assert plan.target == "3"
    assert landing(plan, "waiting", board.resolve(None, STATUSES)) == "2", (
        "on the way there it passes another card of the column"
    )


def test_gaps_and_subjects_in_words():
    subject = judged().subject
    task = replace(subject, kind=RemoteKind(id="t", name="Task", status_ids=()))
    web = replace(subject, project=RemoteProject(id="w", key="WEB", name="Web"))
    assert subject_words([subject, task, web]) == "SUP: Bug and Task; WEB: Bug"
    assert subject_words([subject, task]) == "SUP Bug and Task"
    assert gap_words(Gap(kind=GapKind.NEW, subject="9"), NAMES, "Jira").startswith("Odd is New: nobody has said what")
    assert gap_words(Gap(kind=GapKind.NOWHERE, subject="done"), NAMES, "Jira").startswith("Done leads nowhere")
    assert "no way to Shut" in gap_words(Gap(kind=GapKind.CUT_OFF, subject="closed", target="5"), NAMES, "Jira")
