"""A workflow that changes under a mapping, read whole and learnt from issues: what is told is what the board misses."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.mapping import mending
from helpdesk_core.mapping.drift_words import show_items
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.versions import read_names
from helpdesk_core.mapping.vocabulary import read_stored
from tests.judgement.site import SITE

pytestmark = pytest.mark.judgement

STATUSES = {
    "1": ("Open", "new"),
    "2": ("Doing", "indeterminate"),
    "3": ("Checking", "indeterminate"),
    "4": ("Done", "done"),
}
MOVES = (
    ("Start", ["1"], "2"),
    ("Check", ["2"], "3"),
    ("Finish", ["2", "3"], "4"),
    ("Again", ["4", "3", "2"], "1"),
)


@pytest.fixture(params=[True, False], ids=["read whole", "learnt"])
def readable(request):
    return request.param


@pytest.fixture
def seeds():
    return True


@pytest.fixture
def workflow():
    return {
        "name": "Small",
        "initial": "1",
        "statuses": [{"id": id_, "name": name, "category": kind} for id_, (name, kind) in STATUSES.items()],
        "transitions": [
            {"id": str(11 + 10 * n), "name": name, "from": sources, "to": to}
            for n, (name, sources, to) in enumerate(MOVES)
        ],
    }


@pytest.fixture
def control(mapped):
    return mapped.simulator.control


def read(mapped):
    """Let the moments of both schedules come, and return what is told then."""
    for schedule in ("mapping.vocabulary", "mapping.workflows"):
        mapped.host.jobs.tick(schedule)
        mapped.host.jobs.run_all()
    with mapped.host.database.read() as session:
        return show_items(
            open_items(session, mapped.connection_id),
            stored=read_stored(session, mapped.connection_id),
            names=read_names(session, mapped.connection_id),
            live=(),
            product="Jira",
        )


def test_what_did_not_change_is_not_told(mapped):
    assert read(mapped) == ()


def test_a_way_that_became_longer_is_told_from_where(mapped, control):
    control.remove_transition(SITE, "Small", "Finish", "2")
    (item,) = read(mapped)
    assert item.title == "The move “Finish” to Done is gone"
    assert "does not lead from Doing to Done any more" in item.words
    assert any(detail.startswith("To Done, from Doing: By “Check” to Checking, then") for detail in item.details), item
    assert read(mapped)[0].ids == item.ids, "it is told once"


def test_all_ways_out_of_a_removed_move_are_one_item(mapped, control):
    control.remove_transition(SITE, "Small", "Finish")
    (item,) = read(mapped)
    assert "does not lead from Doing and Checking to Done any more" in item.words


def test_a_deleted_status_is_told_as_that_alone(mapped, control):
    """Its moves went with it; and what was learnt about it is forgotten, so that no way leads through it any more."""
    control.delete_status(SITE, "3", "2")
    (item,) = read(mapped)
    assert (item.kind, item.title) == ("vanished", "Checking is gone")
    workflow = mapped.judgement().subject.workflow
    assert "3" not in {*workflow.status_ids, *workflow.explored, *(step.from_id for step in workflow.steps)}
    with mapped.host.database.write() as session:
        dana = session.scalars(select(User)).one()
        mending.take_off(session, mapped.connection_id, item.ids[0], by=dana, now=mapped.host.now())
    assert read(mapped) == ()
