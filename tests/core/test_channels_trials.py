"""A trial of a channel creates an issue and leaves nothing behind, whatever is lost, killed or refused in between."""

from __future__ import annotations

import pytest

from helpdesk_core.channels import transferring, trying
from helpdesk_core.channels.asking import target
from helpdesk_core.channels.creating import SETTLING
from helpdesk_core.channels.models import Trial, Way
from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from tests.core.channel_world import BUGS, Killed

REQUIRED = Rejected("Component is required.", cure="Say which.", code="field_required")


@pytest.fixture
def try_out(world):
    def try_out():
        with world.host.database.read() as session:
            where = target(session, world.acme, BUGS)
        return trying.try_out(
            world.host, world.acme, project=where.project, kind_id=where.kind.id, values=(), by="Dana"
        )

    return try_out


def test_a_trial_is_created_and_deleted(world, creation, gateway, try_out):
    tried = try_out()
    assert (tried.key, tried.left) == ("P-1-1000", "")
    world.settle(2)
    assert (gateway.issues, world.rows(Trial)) == ({}, [])
    assert world.writes == {"create": 1, "delete": 1}


def test_a_refused_trial_leaves_nothing(world, creation, try_out):
    creation.refusal = REQUIRED
    with pytest.raises(Rejected):
        try_out()
    world.settle(2)
    assert world.rows(Trial) == []
    assert creation.calls == {"create": 1}


@pytest.mark.parametrize("lost", ["answer", "request"])
def test_a_lost_answer_is_looked_for_until_it_must_have_been_found(world, creation, gateway, try_out, lost):
    creation.lag = SETTLING / 2
    creation.lose_answers, creation.lose_requests = (1, 0) if lost == "answer" else (0, 1)
    with pytest.raises(TemporarilyUnavailable):
        try_out()
    world.settle(14)
    assert (gateway.issues, world.rows(Trial)) == ({}, [])
    assert creation.calls["delete"] == (1 if lost == "answer" else 0)


def test_a_killed_trial_is_cleaned_up(world, creation, gateway, monkeypatch, try_out):
    with world.killing(creation, "create", monkeypatch), pytest.raises(Killed):
        try_out()
    assert gateway.issues
    world.settle(4)
    assert (gateway.issues, world.rows(Trial)) == ({}, [])


@pytest.mark.parametrize("step", ["create", "delete"])
def test_while_the_page_is_at_work_the_job_asks_nothing(world, creation, gateway, monkeypatch, try_out, step):
    real = getattr(creation, step)

    def meanwhile(request):
        world.settle(0)
        return real(request)

    monkeypatch.setattr(creation, step, meanwhile)
    try_out()
    world.settle(2)
    assert creation.calls == {"create": 1, "delete": 1}
    assert (gateway.issues, world.rows(Trial)) == ({}, [])


def test_the_job_may_be_quicker_than_the_page(world, creation, gateway, monkeypatch, try_out):
    """The answer to the creation takes so long that the job finds the issue and deletes it meanwhile."""
    real = creation.create

    def slow(request):
        made = real(request)
        world.settle(2)
        return made

    monkeypatch.setattr(creation, "create", slow)
    assert try_out().left == ""
    assert (gateway.issues, world.rows(Trial)) == ({}, [])


def test_an_issue_that_comes_into_being_after_the_job_gave_up_is_deleted_all_the_same(
    world, creation, gateway, monkeypatch, try_out
):
    real = creation.create

    def slow(request):
        world.settle(12)
        return real(request)

    monkeypatch.setattr(creation, "create", slow)
    assert try_out().left == ""
    assert (gateway.issues, world.rows(Trial)) == ({}, [])


def test_a_deletion_that_is_refused_is_said_once_and_not_insisted_on(world, creation, gateway, try_out):
    creation.refusals["delete"] = Rejected("It may not be deleted.", cure="Delete it by hand.", code="no_permission")
    tried = try_out()
    assert tried.left == "It may not be deleted. Delete it by hand."
    world.settle(6)
    assert creation.calls["delete"] == 2, "the job tries once more, and then it is left to people"
    assert [trial.sentence for trial in world.rows(Trial)] == [tried.left]


def test_a_trial_that_somebody_deleted_by_hand_is_forgotten(world, creation, gateway, try_out):
    creation.refusals["delete"] = TemporarilyUnavailable("It is down.")
    assert try_out().left
    gateway.delete("1000")
    creation.refusals["delete"] = Rejected("There is no such issue.", cure="Nothing.", code="gone")
    world.settle(3)
    assert world.rows(Trial) == []


def test_a_trials_issue_never_becomes_a_ticket(world, creation, try_out):
    channel = world.open_channel()
    creation.refusals["delete"] = Rejected("It may not be deleted.", cure="Delete it by hand.", code="no_permission")
    try_out()
    world.deliver("1000")
    world.look()
    world.clock.advance(minutes=5)
    transferring.find_issues(world.host, channel)
    transferring.begin(world.host, channel, Way.IN, by="Dana")
    world.settle(3)
    assert world.tickets() == {}
    assert world.arrivals() == {"1000": "passed"}
