"""New tickets become issues: by the right channel, once, and only those that are created while it is switched on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk_core.channels import saving
from helpdesk_core.channels.models import Creation, Way
from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.errors import AuthorizationLost, TemporarilyUnavailable
from helpdesk_core.sync.linking import link
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import Follow
from tests.core.channel_world import INTERNAL, TASKS, Killed, component, open_projects
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect

WEB = component("c-1")

OUT = {"creates": Way.OUT, "status": Way.OUT, "comments": Way.OUT}


def test_a_new_ticket_gets_the_issue_that_its_channel_says(world, creation, gateway):
    channel = world.open_channel(values=WEB)
    ticket = world.ticket()
    assert creation.calls["create"] == 0, "a job does it"
    world.settle()
    (sent,) = creation.made
    assert (sent.title, sent.body, sent.author, sent.kind_id) == ("It burns", "Help!", "Rae", "k-1")
    assert [(each.field.id, each.value) for each in sent.fields] == [("components", "c-1")]
    assert world.pairs == {ticket: "1000"}
    assert world.tickets()[1].channel_id == channel
    (made,) = world.rows(Link)
    assert made.state == LinkState.IN_STEP
    assert [each.ticket_title for each in gateway.shown] == ["It burns"]
    assert creation.made[0].marker == world.rows(Creation)[0].marker


@pytest.mark.parametrize("lost", ["lose_answers", "lose_requests"])
@pytest.mark.parametrize("lag", [0, 20])
def test_once_whatever_is_lost(world, creation, lost, lag):
    world.open_channel(**OUT)
    creation.lag = timedelta(seconds=lag)
    setattr(creation, lost, 2)
    tickets = [world.ticket("One"), world.ticket("Two")]
    world.settle(20)
    assert sorted(each.title for each in creation.made) == ["One", "Two"]
    assert sorted(world.pairs) == tickets
    assert len(set(world.pairs.values())) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["create", "open", "recent"])
def test_once_wherever_the_process_dies(world, creation, gateway, monkeypatch, method, when):
    world.open_channel()
    creation.lose_answers = 1 if method == "recent" else 0
    victim = gateway if method == "open" else creation
    real, deaths = getattr(victim, method), iter([True])

    def dying(request):
        if when == "before" and next(deaths, False):
            raise Killed
        answer = real(request)
        if next(deaths, False):
            raise Killed
        return answer

    monkeypatch.setattr(victim, method, dying)
    ticket = world.ticket()
    with pytest.raises(Killed):
        world.settle()
    world.settle()
    world.look()
    assert len(creation.made) == 1
    assert world.pairs == {ticket: "1000"}


def test_the_tickets_channel_decides_else_the_oldest(world, creation):
    world.open_channel(name="Bugs", creates=Way.OUT)
    second = world.open_channel(TASKS, name="Tasks", creates=Way.OUT)
    usual, chosen = world.ticket("Usual"), world.ticket("Chosen", channel_id=second)
    world.settle()
    assert {each.title: each.kind_id for each in creation.made} == {"Usual": "k-1", "Chosen": "k-2"}
    assert [world.tickets()[each].channel_id for each in (usual, chosen)] == [1, second]


def test_a_chosen_channel_that_was_switched_off_meanwhile_is_not_replaced_by_another(world, creation):
    world.open_channel(name="Bugs")
    second = world.open_channel(TASKS, name="Tasks")
    saving.switch(world.host, second, enabled=False)
    world.ticket("Chosen", channel_id=second)
    world.settle()
    assert creation.made == []


@pytest.mark.parametrize("what", ["off", "inward", "by hand", "disconnected", "disabled"])
def test_no_issue_is_created_and_none_later_for_what_was_created_meanwhile(world, creation, what):
    channel = world.open_channel(creates={"inward": Way.IN, "by hand": Way.NOT}.get(what, Way.OUT))
    match what:
        case "off":
            saving.switch(world.host, channel, enabled=False)
        case "disconnected":
            change_connection(world.host, world.acme, state="disconnected")
        case "disabled":
            with world.host.database.write() as session:
                set_enabled(session, "fake", enabled=False)
    world.ticket("Meanwhile")
    world.settle()
    assert creation.calls["create"] == 0
    assert world.creations == []
    assert world.tickets()[1].channel_id is None
    match what:
        case "off":
            saving.switch(world.host, channel, enabled=True)
        case "inward" | "by hand":
            saving.change(world.host, channel, world.draft())
        case "disconnected":
            change_connection(world.host, world.acme, state="connected")
        case "disabled":
            with world.host.database.write() as session:
                set_enabled(session, "fake", enabled=True)
    world.ticket("Afterwards")
    world.settle()
    assert [each.title for each in creation.made] == ["Afterwards"]


def test_what_was_wanted_before_it_was_switched_off_waits_for_it_to_be_on_again(world, creation):
    channel = world.open_channel()
    ticket = world.ticket()
    saving.switch(world.host, channel, enabled=False)
    world.settle()
    assert creation.calls["create"] == 0
    assert saving.switch(world.host, channel, enabled=True) == 1
    world.settle()
    assert world.pairs == {ticket: "1000"}


@pytest.mark.parametrize("what", ["outage", "paused", "reauthorize", "lost authorization"])
def test_work_waits_while_the_remote_system_cannot_be_asked(world, clock, creation, what):
    world.open_channel()
    match what:
        case "outage":
            creation.refusal = TemporarilyUnavailable("It is down.")
        case "lost authorization":
            creation.refusal = AuthorizationLost("The sign-in was refused.")
        case "paused":
            change_connection(world.host, world.acme, paused_at=clock())
        case "reauthorize":
            change_connection(world.host, world.acme, state="reauthorize")
    tickets = [world.ticket("One"), world.ticket("Two")]
    world.settle(3)
    assert creation.made == []
    creation.refusal = None
    change_connection(world.host, world.acme, paused_at=None, state="connected")
    world.settle()
    assert sorted(each.title for each in creation.made) == ["One", "Two"]
    assert sorted(world.pairs) == tickets


def test_what_is_said_before_the_issue_is_there_goes_along(world, creation, talk):
    world.open_channel()
    creation.refusal = TemporarilyUnavailable("It is down.")
    ticket = world.ticket()
    world.host.jobs.run_all()
    world.clock.advance(minutes=1)
    world.say(ticket, "We look into it.")
    world.say(ticket, "The customer is angry.", INTERNAL)
    creation.refusal = None
    world.settle()
    assert talk.bodies("1000") == [f"{world.kim.name}: We look into it."]


def test_the_issue_goes_where_its_ticket_is_already(world, creation, gateway):
    world.open_channel()
    creation.refusal = TemporarilyUnavailable("It is down.")
    ticket = world.ticket()
    world.host.jobs.run_all()
    world.set_status(ticket, "in_progress")
    creation.refusal = None
    world.settle()
    assert gateway.issues["1000"].status_id == "doing"


def test_somebody_who_links_the_ticket_meanwhile_is_not_overruled(world, creation):
    world.open_channel(creates=Way.OUT)
    creation.bear("7")
    creation.lose_answers = 1
    ticket = world.ticket()
    world.host.jobs.run_all()
    link(
        world.host,
        ticket_id=ticket,
        connection_id=world.acme,
        issue_id="7",
        follow=Follow.NEITHER,
        by="Kim",
    )
    world.settle()
    assert world.pairs == {ticket: "7"}
    assert world.creations == ["done"]
    assert "P-1-1000 was created but not linked" in world.rows(Creation)[0].sentence


def test_two_connections_each_with_a_channel_make_one_issue(world, creation):
    world.open_channel()
    other = connect(world.host, BETA)
    open_projects(world.host, other)
    world.open_channel(connection=other)
    ticket = world.ticket()
    world.settle()
    assert [(each.ticket_id, each.connection_id) for each in world.rows(Link)] == [(ticket, world.acme)]
