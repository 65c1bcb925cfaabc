"""What creating meets that a person must mend: it is said once, work waits without a call, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdesk_core.channels import creations, saving
from helpdesk_core.channels.models import Channel, Creation, Way
from helpdesk_core.errors import Rejected
from helpdesk_core.mapping.models import ProjectInUse
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.service import get_ticket
from tests.core.channel_world import TASKS, Killed, component, use_project

WEB = component("c-1")
COMPONENT = WEB[0].field

DEMANDED = Rejected("Component is required.", cure="Say which.", code="field_required")


def demand_component(request):
    return None if any(each.field.id == "components" for each in request.fields) else DEMANDED


def leave_project(world) -> None:
    with world.host.database.write() as session:
        session.delete(session.get_one(ProjectInUse, (world.acme, "p-1")))


def test_a_field_that_becomes_required_is_said_on_the_channel_and_the_others_wait_without_a_call(world, creation):
    channel = world.open_channel()
    creation.refuse = demand_component
    tickets = [world.ticket("One")]
    world.settle()
    tickets += [world.ticket("Two"), world.ticket("Three")]
    world.settle()
    said = world.channel(channel)
    assert (said.trouble, said.cure) == ("Component is required.", "Say which.")
    assert said.trouble_since is not None
    assert creation.calls["create"] == 1
    assert world.creations == ["waiting"] * 3
    assert saving.change(world.host, channel, world.draft(values=WEB)) == 3
    world.settle()
    assert sorted(world.pairs) == tickets
    assert [each.fields for each in creation.made] == [WEB] * 3
    assert sorted(each.title for each in creation.made) == ["One", "Three", "Two"]
    assert world.channel(1).trouble == ""
    assert {(each.sentence, each.cure) for each in world.rows(Creation)} == {("", "")}


def test_what_was_mended_at_the_remote_system_goes_on_with_one_word(world, creation):
    channel = world.open_channel()
    creation.refusal = Rejected("You may not.", cure="Ask an admin there.", code="no_permission")
    tickets = [world.ticket("One"), world.ticket("Two")]
    world.settle()
    calls = creation.calls["create"]
    since = world.channel(1).trouble_since
    assert saving.mended(world.host, channel) == 2
    world.clock.advance(minutes=1)
    world.settle()
    assert world.channel(1).trouble == "You may not.", "it was not mended"
    assert world.channel(1).trouble_since != since
    assert creation.calls["create"] > calls
    creation.refusal = None
    assert saving.mended(world.host, channel) == 2
    world.settle()
    assert sorted(world.pairs) == tickets


@pytest.mark.parametrize("mend", ["said", "changed"])
def test_a_refusal_from_before_it_was_mended_is_no_trouble_afterwards(world, creation, mend):
    """The remote system refuses, an admin mends the channel, and only then the refusal is stored."""
    channel = world.open_channel()

    def refuse_late(request):
        world.clock.advance(seconds=2)
        if mend == "said":
            creation.refuse = None
            saving.mended(world.host, channel)
        else:
            creation.refuse = demand_component
            saving.change(world.host, channel, world.draft(values=WEB))
        return DEMANDED

    creation.refuse = refuse_late
    first = world.ticket("First")
    world.settle()
    later = world.ticket("Later")
    world.clock.advance(minutes=1)
    world.settle()
    assert world.channel(channel).trouble == ""
    assert sorted(world.pairs) == [first, later]
    assert {(each.sentence, each.cure) for each in world.rows(Creation)} == {("", "")}


def test_what_is_refused_after_it_was_mended_is_trouble(world, creation):
    channel = world.open_channel()
    creation.refuse = demand_component
    world.ticket("One")
    world.settle()
    world.clock.advance(seconds=1)
    saving.mended(world.host, channel)
    world.clock.advance(seconds=1)
    world.settle()
    assert world.channel(channel).trouble == "Component is required."
    assert world.creations == ["waiting"]


def test_a_clock_that_is_far_behind_hides_no_trouble(world, creation):
    """The process that asks and the one that shows pages may be on two machines."""
    channel = world.open_channel()
    creation.refuse = demand_component
    world.ticket("One")
    world.settle()
    with world.host.database.write() as session:
        session.get_one(Channel, channel).trouble = ""
        session.get_one(Channel, channel).mended_at = world.clock() + timedelta(hours=1)
    world.ticket("Two")
    world.settle()
    assert world.channel(channel).trouble == "Component is required."


def test_mended_with_another_place_all_go_there(world, creation):
    channel = world.open_channel()
    creation.refuse = demand_component
    world.ticket("One")
    world.settle()
    world.ticket("Two")
    world.settle()
    creation.refuse = None
    saving.change(world.host, channel, world.draft(TASKS))
    world.settle()
    assert [each.kind_id for each in creation.made] == ["k-2", "k-2"]


def test_a_refusal_of_one_ticket_stops_that_one_alone(world, creation):
    world.open_channel()
    creation.refuse = lambda request: (
        Rejected("The summary is odd.", cure="Change it.", code="refused") if request.title == "Odd" else None
    )
    odd, fine = world.ticket("Odd"), world.ticket("Fine")
    world.settle()
    assert world.channel(1).trouble == ""
    assert list(world.pairs) == [fine]
    (stopped,) = [each for each in world.rows(Creation) if each.state == "stopped"]
    assert (stopped.ticket_id, stopped.sentence) == (odd, "The summary is odd.")
    creation.refuse = None
    creations.retry(world.host, stopped.id)
    world.settle()
    assert sorted(world.pairs) == [odd, fine]


def test_a_project_that_is_not_in_use_any_more_is_the_channels_trouble(world, creation):
    channel = world.open_channel()
    leave_project(world)
    world.ticket()
    world.settle()
    assert "not in use any more" in world.channel(1).trouble
    assert creation.calls["create"] == 0
    use_project(world.host, world.acme)
    saving.mended(world.host, channel)
    world.settle()
    assert len(world.pairs) == 1


# ── what may have been created is not created again, whatever is refused afterwards ───────────────────────────────────


@pytest.mark.parametrize("by", ["channel", "hand"])
@pytest.mark.parametrize("method", ["open", "recent"])
@pytest.mark.parametrize("code", ["no_permission", "refused", "field_required"])
def test_refused_after_it_was_created_it_is_not_created_again(world, creation, gateway, by, method, code):
    channel = world.open_channel(creates=Way.BOTH if by == "channel" else Way.NOT)
    creation.lose_answers = 1 if method == "recent" else 0
    refusals = creation.refusals if method == "recent" else gateway.refusals
    refusals[method] = Rejected("No.", cure="Mend it.", code=code)
    ticket = world.ticket()
    if by == "hand":
        want(world, ticket)
    world.settle()
    refusals.clear()
    (stuck,) = world.rows(Creation)
    if stuck.state == "stopped":
        creations.retry(world.host, stuck.id)
    else:
        saving.mended(world.host, channel)
    world.settle()
    assert world.pairs == {ticket: "1000"}
    assert creation.calls["create"] == 1


def want(world, ticket_id: int) -> None:
    with world.host.database.write() as session:
        creations.ask_for_issue(
            world.host,
            session,
            get_ticket(session, ticket_id),
            connection_id=world.acme,
            project_id="p-1",
            kind_id="k-1",
            values=(),
            by=world.kim,
        )


@pytest.mark.parametrize("then", ["the project is left", "the channel is moved", "the channel is switched off"])
def test_a_lost_answer_is_looked_for_whatever_is_changed_meanwhile(world, creation, then):
    channel = world.open_channel()
    creation.lose_answers, creation.lag = 1, timedelta(seconds=10)
    ticket = world.ticket()
    world.host.jobs.run_all()
    match then:
        case "the project is left":
            leave_project(world)
        case "the channel is moved":
            saving.change(world.host, channel, world.draft(TASKS))
        case "the channel is switched off":
            saving.switch(world.host, channel, enabled=False)
    world.settle()
    use_project(world.host, world.acme)
    saving.switch(world.host, channel, enabled=True)
    saving.mended(world.host, channel)
    world.settle()
    assert world.pairs == {ticket: "1000"}
    assert creation.calls["create"] == 1


def test_a_lost_request_is_made_again_as_the_channel_says_by_then(world, creation):
    channel = world.open_channel()
    creation.lose_requests = 1
    ticket = world.ticket()
    world.host.jobs.run_all()
    saving.change(world.host, channel, world.draft(TASKS, values=WEB))
    world.settle()
    assert [(each.kind_id, each.fields) for each in creation.made] == [("k-2", WEB)]
    assert world.pairs == {ticket: "1000"}


def test_a_lost_request_waits_while_the_channel_is_in_trouble(world, creation):
    channel = world.open_channel()
    creation.lose_requests = 1
    ticket = world.ticket("One")
    world.host.jobs.run_all()
    creation.refuse = demand_component
    other = world.ticket("Two")
    world.host.jobs.run_all()
    assert world.channel(1).trouble
    calls = creation.calls["create"]
    world.settle()
    assert creation.calls["create"] == calls
    saving.change(world.host, channel, world.draft(values=WEB))
    world.settle()
    assert sorted(world.pairs) == [ticket, other]
    assert len(creation.made) == 2


# ── a channel that goes away, or does not create any more ─────────────────────────────────────────────────────────────


def test_deleted_while_work_waits_nothing_is_created_and_no_ticket_is_hurt(world, creation):
    channel = world.open_channel()
    creation.refuse = demand_component
    world.ticket("One")
    world.settle()
    world.ticket("Two")
    saving.delete(world.host, channel)
    creation.refuse = None
    world.settle()
    assert creation.made == []
    assert world.creations == []
    assert [world.tickets()[each].channel_id for each in (1, 2)] == [None, None]
    assert world.rows(Channel) == []


@pytest.mark.parametrize("lost", ["lose_answers", "lose_requests"])
def test_deleted_while_it_is_asked_the_issue_comes_to_its_end(world, creation, lost):
    channel = world.open_channel(values=WEB)
    creation.refuse = demand_component
    setattr(creation, lost, 1)
    ticket = world.ticket()
    world.host.jobs.run_all()
    saving.delete(world.host, channel)
    world.settle()
    assert world.pairs == {ticket: "1000"}
    assert [each.fields for each in creation.made] == [WEB]


def test_discarded_it_is_known_as_ours_all_the_same(world, creation, gateway):
    world.open_channel()
    gateway.refusals["open"] = Rejected("No.", cure="Mend it.", code="refused")
    ticket = world.ticket()
    world.host.jobs.run_all()
    (stuck,) = world.rows(Creation)
    creations.discard(world.host, stuck.id)
    world.deliver("1000")
    world.look()
    assert world.pairs == {}
    assert list(world.tickets()) == [ticket]


# ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_killed_after_a_refusal_was_heard_it_is_said_all_the_same(world, creation, monkeypatch):
    world.open_channel()
    deaths = iter([True])

    def dying(request):
        if next(deaths, False):
            raise Killed
        return DEMANDED

    creation.refuse = dying
    world.ticket()
    with pytest.raises(Killed):
        world.host.jobs.run_all()
    world.settle()
    assert world.channel(1).trouble == "Component is required."
    creation.refuse = None
    saving.mended(world.host, 1)
    world.settle()
    assert len(creation.made) == 1
    assert len(world.rows(Link)) == 1


def test_missing_values_are_told_before_anything_is_saved():
    optional = replace(COMPONENT, id="note", name="Note", required=False)
    assert saving.missing([COMPONENT, optional], []) == [COMPONENT]
    assert saving.missing([COMPONENT, optional], WEB) == []
    assert saving.missing([COMPONENT], [replace(WEB[0], value="")]) == [COMPONENT]
