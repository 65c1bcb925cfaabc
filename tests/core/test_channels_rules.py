"""What a channel says holds for its tickets: which way statuses and comments go. Channels are saved with sense."""

from __future__ import annotations

import pytest

from helpdesk_core.channels import saving
from helpdesk_core.channels.models import Way
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.sync.linking import link
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.progress import Follow
from helpdesk_core.values import About
from tests.core.channel_world import BUGS, INTERNAL, TASKS

WAYS = list(Way)


def hear(world, issue="1000"):
    world.deliver(issue, about=About.COMMENTS)
    world.settle(1)


# ── statuses ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_the_issue_follows_the_ticket_only_outward(world, gateway, way):
    ticket = world.joined(status=way)
    world.set_status(ticket, "in_progress")
    world.settle(1)
    assert gateway.issues["1000"].status_id == ("doing" if way.outward else "todo")
    assert gateway.calls["hop"] == (1 if way.outward else 0)
    assert world.tickets()[ticket].status == "in_progress", "nobody takes back what the agent did"


@pytest.mark.parametrize("way", WAYS)
def test_the_ticket_follows_the_issue_only_inward(world, gateway, way):
    ticket = world.joined(status=way)
    world.move("doing")
    assert world.tickets()[ticket].status == ("in_progress" if way.inward else "open")
    assert (gateway.issues["1000"].status_id, gateway.calls["hop"]) == ("doing", 0)


def test_who_wins_is_still_what_the_connection_says(world, gateway):
    with world.host.database.write() as session:
        set_policy(session, world.acme, Policy(winner=Winner.REMOTE))
    ticket = world.joined(status=Way.BOTH)
    gateway.move("1000", "done")
    world.set_status(ticket, "in_progress")
    world.settle(1)
    assert (world.tickets()[ticket].status, gateway.issues["1000"].status_id) == ("done", "done")


def test_a_ticket_without_a_channel_follows_the_connection(world, gateway):
    world.open_channel(TASKS, status=Way.BOTH)
    with world.host.database.write() as session:
        set_policy(session, world.acme, Policy(outward=False))
    gateway.add("7")
    ticket = _by_hand(world, "7")
    world.set_status(ticket, "in_progress")
    world.settle(1)
    assert gateway.calls["hop"] == 0
    world.move("done", "7")
    assert world.tickets()[ticket].status == "done"


def _by_hand(world, issue) -> int:
    """Link a ticket that belongs to no channel."""
    for each in world.rows(saving.Channel):
        saving.switch(world.host, each.id, enabled=False)
    ticket = world.ticket()
    link(world.host, ticket_id=ticket, connection_id=world.acme, issue_id=issue, follow=Follow.NEITHER, by="Kim")
    world.settle(1)
    return ticket


@pytest.mark.parametrize("end", ["switched off", "deleted"])
def test_switched_off_its_rules_stay_and_deleted_the_connections_hold(world, gateway, end):
    ticket = world.joined(status=Way.NOT)
    channel = world.tickets()[ticket].channel_id
    saving.delete(world.host, channel) if end == "deleted" else saving.switch(world.host, channel, enabled=False)
    world.set_status(ticket, "in_progress")
    world.settle(1)
    assert gateway.issues["1000"].status_id == ("doing" if end == "deleted" else "todo")
    assert world.tickets()[ticket].channel_id == (None if end == "deleted" else channel)


# ── comments ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def settings(world):
    """Return a function that lets an admin choose for the connection."""

    def settings(outward, inward):
        with world.host.database.write() as session:
            choose(session, world.acme, outward=outward, inward=inward, now=world.clock())

    return settings


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("connection", [(False, Inward.NOT), (True, Inward.PUBLIC), None], ids=["not", "both", "none"])
def test_comments_go_as_the_channel_says_whatever_the_connection_does(world, talk, settings, way, connection):
    if connection:
        settings(*connection)
    ticket = world.joined(comments=way)
    world.say(ticket, "Out")
    world.say(ticket, "A note", INTERNAL)
    talk.say("1000", "In")
    hear(world)
    assert ("Kim: Out" in talk.bodies("1000")) == way.outward
    assert (("Jo", "internal", "In") in world.comments(ticket)) == way.inward
    assert not any("A note" in body for body in talk.bodies("1000"))
    assert not any(words == "In" and seen == "public" for _, seen, words in world.comments(ticket))


@pytest.mark.parametrize(
    ("public", "restricted", "expected"),
    [(True, False, "public"), (True, True, "internal"), (False, False, "internal"), (False, True, "internal")],
)
def test_public_is_only_what_the_channel_says_and_everybody_there_may_read(world, talk, public, restricted, expected):
    ticket = world.joined(public=public)
    talk.say("1000", "Hello", internal=restricted)
    hear(world)
    assert world.comments(ticket) == [("Jo", expected, "Hello")]


def test_without_a_channel_comments_go_as_the_connection_says(world, talk, settings, gateway):
    settings(outward=False, inward=Inward.PUBLIC)
    world.open_channel(comments=Way.OUT)
    gateway.add("7")
    ticket = _by_hand(world, "7")
    world.clock.advance(minutes=1)
    world.say(ticket, "Out")
    talk.say("7", "In")
    hear(world, "7")
    assert talk.bodies("7") == ["In"]
    assert ("Jo", "public", "In") in world.comments(ticket)


# ── saving ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", "  \n", "n" * 101])
def test_a_channel_needs_a_name_that_can_be_shown(world, name):
    with pytest.raises(Refused, match="name"):
        saving.add(world.host, world.acme, world.draft(name=name), by="Dana")
    assert world.rows(saving.Channel) == []


def test_a_name_is_kept_in_one_line(world):
    id_ = world.open_channel(name="  All \n bugs ")
    assert world.channel(id_).name == "All bugs"


@pytest.mark.parametrize("how", ["add", "change the place", "change the way", "switch"])
def test_two_channels_that_would_make_two_tickets_of_one_issue_are_refused(world, how):
    world.open_channel(name="First", creates=Way.IN)
    second = {"change the place": {"where": TASKS}, "change the way": {"creates": Way.OUT}}.get(how, {"where": TASKS})
    id_ = world.open_channel(**{"name": "Second", "creates": Way.BOTH, **second})
    if how == "switch":
        saving.switch(world.host, id_, enabled=False)
        saving.change(world.host, id_, world.draft(BUGS, creates=Way.BOTH))
    before = world.channel(id_)
    act = {
        "add": lambda: saving.add(world.host, world.acme, world.draft(), by="Dana"),
        "switch": lambda: saving.switch(world.host, id_, enabled=True),
    }.get(how, lambda: saving.change(world.host, id_, world.draft(creates=Way.BOTH)))
    with pytest.raises(Refused, match="“First” makes tickets of these issues already"):
        act()
    after = world.channel(id_)
    assert (after.enabled, after.kind_id, after.creates, after.since) == (
        before.enabled,
        before.kind_id,
        before.creates,
        before.since,
    )
    world.creation.bear("7")
    world.deliver("7")
    world.settle(1)
    assert len(world.tickets()) == 1


def test_several_channels_may_make_issues_of_one_kind(world, creation):
    first = world.open_channel(creates=Way.OUT)
    second = world.open_channel(creates=Way.OUT)
    world.ticket("One", channel_id=second)
    world.ticket("Two")
    world.settle(1)
    assert [each.channel_id for each in world.tickets().values()] == [second, first]


@pytest.mark.parametrize("comments", WAYS)
def test_public_is_nothing_where_comments_do_not_come_in(world, comments):
    id_ = world.open_channel(comments=comments, public=True)
    assert world.channel(id_).public == comments.inward


@pytest.mark.parametrize(
    "act",
    [
        lambda world: saving.change(world.host, 9, world.draft()),
        lambda world: saving.switch(world.host, 9, enabled=True),
        lambda world: saving.delete(world.host, 9),
        lambda world: saving.mended(world.host, 9),
        lambda world: saving.add(world.host, 9, world.draft(), by="Dana"),
    ],
)
def test_what_is_gone_is_not_found(world, act):
    with pytest.raises(NotFound):
        act(world)
