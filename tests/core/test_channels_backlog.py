"""A backlog comes over counted, a few at a time and once, whatever happens in the middle."""

from __future__ import annotations

import pytest

from helpdesk_core.channels import saving, transferring
from helpdesk_core.channels.models import Arrival, Creation, CreationState, Way
from helpdesk_core.channels.transferring import AT_ONCE
from helpdesk_core.errors import NotFound, Refused, Rejected
from helpdesk_core.sync.linking import link, unlink
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.progress import Follow
from tests.core.channel_world import TASKS, Killed

OUT, IN = Way.OUT, Way.IN
REQUIRED = Rejected("Component is required.", cure="Say which.", code="field_required")


@pytest.fixture
def begin(world):
    """Return a function that begins to bring a channel's backlog over, counting issues where it has to."""

    def begin(channel, way):
        if way is IN:
            transferring.find_issues(world.host, channel)
        return transferring.begin(world.host, channel, way, by="Dana")

    return begin


@pytest.fixture
def progress(world):
    def progress(channel, way):
        with world.host.database.read() as session:
            return transferring.progress(session, channel, way)

    return progress


def old_tickets(world, number: int) -> list[int]:
    return [world.ticket(f"Old {index}") for index in range(number)]


def old_issues(world, number: int) -> list[str]:
    ids = [str(index + 1) for index in range(number)]
    for id_ in ids:
        world.creation.bear(id_, title=f"Old {id_}")
    world.clock.advance(minutes=10)
    return ids


# ── counted ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_not_solved_and_has_no_issue_there_is_counted(world, gateway):
    world.ticket("Open")
    world.ticket("Solved", status="done")
    world.ticket("Closed", status="closed")
    linked = world.ticket("Linked")
    gateway.add("7")
    link(world.host, ticket_id=linked, connection_id=world.acme, issue_id="7", follow=Follow.NEITHER, by="Kim")
    channel = world.open_channel()
    with world.host.database.read() as session:
        assert transferring.count_tickets(session, world.channel(channel)) == 1


def test_counting_again_counts_what_is_there_by_then(world, creation, gateway):
    old_issues(world, 4)
    channel = world.open_channel()
    assert transferring.find_issues(world.host, channel) == 4
    gateway.move("1", "done")
    gateway.delete("2")
    ticket = world.ticket("By hand")
    world.host.jobs.run_all()
    unlink(world.host, world.rows(Link)[0].id, by="Kim")
    link(world.host, ticket_id=ticket, connection_id=world.acme, issue_id="3", follow=Follow.NEITHER, by="Kim")
    assert transferring.find_issues(world.host, channel) == 1
    gateway.move("1", "todo")
    assert transferring.find_issues(world.host, channel) == 2, "it was reopened"


def test_a_new_issue_that_was_counted_becomes_a_ticket_all_the_same(world, creation):
    """An admin counts the moment after somebody has created an issue, and before anybody told of that."""
    old_issues(world, 1)
    channel = world.open_channel()
    creation.bear("9")
    assert transferring.find_issues(world.host, channel) == 2
    world.deliver("9")
    world.settle(2)
    assert list(world.pairs.values()) == ["9"]
    assert world.arrivals() == {"1": "backlog", "9": "taken"}
    with world.host.database.read() as session:
        assert transferring.count_issues(session, channel) == 1


# ── a few at a time, once ─────────────────────────────────────────────────────────────────────────────────────────────


def test_tickets_come_over_a_few_at_a_time_and_once(world, creation, begin, progress):
    old = old_tickets(world, AT_ONCE + 3)
    channel = world.open_channel()
    assert creation.made == []
    assert begin(channel, OUT).total == AT_ONCE + 3
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/1")
    assert world.waiting == AT_ONCE
    assert progress(channel, OUT).under_way == AT_ONCE
    new = world.ticket("New")
    world.settle(4)
    assert sorted(world.pairs) == [*old, new]
    assert len(creation.made) == AT_ONCE + 4
    ended = progress(channel, OUT)
    assert (ended.transfer.handed_on, ended.done, ended.ended) == (AT_ONCE + 3, AT_ONCE + 3, True)
    assert all(world.tickets()[id_].channel_id == channel for id_ in old)


def test_issues_come_over_a_few_at_a_time_and_once(world, creation, begin, progress):
    old = old_issues(world, AT_ONCE + 3)
    creation.bear("done", status="done")
    world.clock.advance(minutes=10)
    channel = world.open_channel()
    assert begin(channel, IN).total == AT_ONCE + 3
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/1")
    assert list(world.arrivals().values()).count("waiting") == AT_ONCE
    creation.bear("new")
    world.deliver("new")
    world.settle(4)
    assert sorted(world.pairs.values()) == sorted([*old, "new"])
    ended = progress(channel, IN)
    assert (ended.transfer.handed_on, ended.done, ended.ended) == (AT_ONCE + 3, AT_ONCE + 3, True)
    assert world.writes["create"] == 0


@pytest.mark.parametrize("way", [OUT, IN])
def test_what_was_brought_over_is_not_brought_over_again(world, begin, way):
    old_tickets(world, 2)
    old_issues(world, 2)
    channel = world.open_channel()
    begin(channel, way)
    world.settle(3)
    assert len(world.pairs) == 2
    for each in world.rows(Link):
        unlink(world.host, each.id, by="Kim")
    assert begin(channel, way).total == 0
    world.settle(3)
    assert world.pairs == {}


def test_a_ticket_that_was_solved_or_linked_meanwhile_is_left_out(world, creation, gateway, begin, progress):
    first, second, third = old_tickets(world, 3)
    channel = world.open_channel()
    begin(channel, OUT)
    world.set_status(first, "done")
    gateway.add("7")
    link(world.host, ticket_id=second, connection_id=world.acme, issue_id="7", follow=Follow.NEITHER, by="Kim")
    world.settle(2)
    assert world.pairs == {second: "7", third: "1000"}
    assert progress(channel, OUT).ended


# ── stopped, killed, switched off ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", [OUT, IN])
def test_stopped_it_goes_on_where_it_was(world, begin, progress, way):
    old_tickets(world, AT_ONCE + 2)
    old_issues(world, AT_ONCE + 2)
    channel = world.open_channel()
    begin(channel, way)
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/1")
    transferring.stop(world.host, channel, way, stopped=True)
    world.settle(4)
    assert len(world.pairs) == AT_ONCE, "what was handed on comes to its end"
    with pytest.raises(Refused, match="already"):
        begin(channel, way)
    transferring.stop(world.host, channel, way, stopped=False)
    world.settle(4)
    assert len(world.pairs) == AT_ONCE + 2
    assert progress(channel, way).ended
    with pytest.raises(NotFound):
        transferring.stop(world.host, channel, way, stopped=True)


@pytest.mark.parametrize(("way", "method"), [(OUT, "create"), (IN, "describe")])
def test_killed_it_goes_on_and_doubles_nothing(world, creation, begin, progress, monkeypatch, way, method):
    old_tickets(world, 3)
    old_issues(world, 3)
    channel = world.open_channel()
    begin(channel, way)
    with world.killing(creation, method, monkeypatch), pytest.raises(Killed):
        world.settle(2)
    with monkeypatch.context() as patch:  # and again, in the middle of handing on
        patch.setattr(transferring, "_next", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            world.settle(2)
    world.settle(12)
    assert len(world.pairs) == 3
    assert len(world.gateway.issues) == (6 if way is OUT else 3)
    assert progress(channel, way).ended


@pytest.mark.parametrize("way", [OUT, IN])
def test_switched_off_in_the_middle_all_wait_and_none_is_lost(world, begin, way):
    old_tickets(world, AT_ONCE + 2)
    old_issues(world, AT_ONCE + 2)
    channel = world.open_channel()
    begin(channel, way)
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/1")
    saving.switch(world.host, channel, enabled=False)
    world.settle(3)
    assert world.pairs == {}
    saving.switch(world.host, channel, enabled=True)
    world.settle(4)
    assert len(world.pairs) == AT_ONCE + 2


@pytest.mark.parametrize(("way", "other"), [(OUT, Way.IN), (IN, Way.OUT)])
def test_told_to_go_the_other_way_only_it_ends(world, creation, begin, progress, way, other):
    old_tickets(world, AT_ONCE + 2)
    old_issues(world, AT_ONCE + 2)
    channel = world.open_channel()
    begin(channel, way)
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/1")
    saving.change(world.host, channel, world.draft(creates=other))
    world.settle(4)
    assert world.pairs == {}
    assert creation.calls["create"] == 0
    assert progress(channel, way).ended
    saving.change(world.host, channel, world.draft())
    assert begin(channel, way).total == AT_ONCE + 2, "they can be brought over later"
    world.settle(4)
    assert len(world.pairs) == AT_ONCE + 2


def test_a_channel_that_is_deleted_in_the_middle_takes_its_transfer_along(world, creation, begin):
    old_tickets(world, AT_ONCE + 2)
    old_issues(world, 2)
    channel = world.open_channel()
    begin(channel, OUT)
    begin(channel, IN)
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/1")
    world.host.jobs.run(f"connection/{world.acme}/channel/{channel}/transfer/2")
    saving.delete(world.host, channel)
    world.settle(3)
    assert (world.pairs, creation.made, world.rows(Creation)) == ({}, [], [])
    again = world.open_channel()
    assert begin(again, OUT).total == AT_ONCE + 2
    assert begin(again, IN).total == 2
    world.settle(4)
    assert len(world.pairs) == AT_ONCE + 4


def test_trouble_holds_it_up_until_somebody_mends_it(world, creation, begin, progress):
    old_tickets(world, AT_ONCE + 2)
    channel = world.open_channel()
    creation.refusal = REQUIRED
    begin(channel, OUT)
    world.settle(3)
    assert creation.calls["create"] == 1
    assert progress(channel, OUT).transfer.handed_on == AT_ONCE
    creation.refusal = None
    assert saving.mended(world.host, channel) == AT_ONCE
    world.settle(4)
    assert len(world.pairs) == len(creation.made) == AT_ONCE + 2
    assert progress(channel, OUT).ended


@pytest.mark.parametrize("why", ["trouble", "off", "way"])
def test_it_is_not_begun_where_the_channel_could_not(world, creation, begin, why):
    old_tickets(world, 1)
    channel = world.open_channel(creates=Way.IN if why == "way" else Way.OUT)
    if why == "trouble":
        creation.refusal = REQUIRED
        world.ticket()
        world.host.jobs.run_all()
    if why == "off":
        saving.switch(world.host, channel, enabled=False)
    with pytest.raises(Refused):
        begin(channel, OUT)


def test_what_a_backlog_brings_over_is_of_the_kind_that_the_channel_is_about(world, creation, begin):
    old_issues(world, 1)
    channel = world.open_channel()
    transferring.find_issues(world.host, channel)
    saving.change(world.host, channel, world.draft(TASKS))
    with world.host.database.read() as session:
        assert transferring.count_issues(session, channel) == 0
    begin(channel, IN)
    world.settle(2)
    assert world.tickets() == {}
    assert not any(each.state == "taken" for each in world.rows(Arrival))
    assert CreationState.WAITING not in {each.state for each in world.rows(Creation)}
