"""A workflow as companies make them: one click on Suggest, and the questions it asks, make every move work.

Its moves are called unlike the statuses to which they lead, Resolved demands a resolution, Rejected is a branch of its
own, and Closed is reached through Resolved alone.
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from helpdesk_core.mapping.paths import FieldRequired, ThroughDone
from tests.judgement.walk import KEYS, Walk

pytestmark = pytest.mark.judgement

STATUSES = {
    "1": ("Open", "new"),
    "10100": ("In Analysis", "indeterminate"),
    "3": ("In Progress", "indeterminate"),
    "10101": ("Waiting for Customer", "indeterminate"),
    "10102": ("In Review", "indeterminate"),
    "10103": ("Rejected", "done"),
    "5": ("Resolved", "done"),
    "6": ("Closed", "done"),
}
MOVES = (
    ("Accept", ["1"], "10100"),
    ("Turn down", ["1", "10100"], "10103"),
    ("Start work", ["10100"], "3"),
    ("Ask back", ["10100", "3"], "10101"),
    ("Answer is here", ["10101"], "10100"),
    ("Hand over", ["3"], "10102"),
    ("Send back", ["10102"], "3"),
    ("Approve", ["10102"], "5"),
    ("Sign off", ["5"], "6"),
    ("Do it again", ["5", "6", "10103"], "1"),
    ("Give up", ["3", "10102", "10101"], "1"),
)
RESOLUTION = {"resolution": {"required": True, "allowed": ["Done", "Won't Do"]}}


@pytest.fixture
def seeds():
    """A site at work: a whole workflow does not say what screens demand, so that is seen on issues in any case."""
    return True


@pytest.fixture
def workflow():
    return {
        "name": "Company",
        "initial": "1",
        "statuses": [{"id": id_, "name": name, "category": kind} for id_, (name, kind) in STATUSES.items()],
        "transitions": [
            {
                "id": str(11 + 10 * n),
                "name": name,
                "from": sources,
                "to": to,
                "screen": name == "Approve",
                **({"fields": RESOLUTION} if name == "Approve" else {}),
            }
            for n, (name, sources, to) in enumerate(MOVES)
        ],
    }


@pytest.mark.parametrize("readable", [True, False], ids=["readable", "ordinary"])
def test_suggest_and_its_questions_make_every_move_work(mapped, tell):
    judgement = mapped.judgement()
    assert mapped.asked == 2, "the resolution of Resolved, and leave to pass Resolved on the way to Closed"
    assert judgement.gaps == ()
    ways = [way for goal in judgement.goals for way in goal.ways]
    assert ways
    assert all(way.works for way in ways), [way for way in ways if not way.works]
    count = Counter()
    walk = Walk(mapped, judgement, count)
    walk.everywhere()
    assert sum(walk.covers(order) for order in permutations(KEYS)) == 120
    assert count["moved"] > 0
    assert not count["announced"] | count["surprises"] | count["false alarms"], count


@pytest.mark.parametrize("readable", [True])
def test_without_the_answers_the_judgement_says_what_is_missing(mapped):
    """So the test above shows something."""
    judgement = mapped.unanswered()
    by_key = {goal.key: goal for goal in judgement.goals}
    assert [each.field.name for each in by_key["done"].missing] == ["Resolution"]
    assert by_key["closed"].to_allow == ("5",)
    outcomes = {type(way.outcome) for goal in judgement.goals for way in goal.ways}
    assert {FieldRequired, ThroughDone} <= outcomes
