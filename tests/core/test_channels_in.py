"""An issue that arrives becomes a ticket, once, if a channel says so; where all goes in, nothing at all goes out."""

from __future__ import annotations

import pytest

from helpdesk_core.channels import saving
from helpdesk_core.channels.models import Way
from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.sync.linking import unlink
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.polling import OVERLAP
from helpdesk_core.tickets.models import MAX_EMAIL, MAX_NAME, MAX_TEXT, MAX_TITLE
from helpdesk_core.values import About
from tests.core.channel_world import INTERNAL, TASKS, Killed
from tests.core.linking_world import change_connection


@pytest.fixture
def channel(world) -> int:
    return world.all_in()


# ── heard of ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_delivery_makes_a_ticket(world, channel, creation):
    creation.bear("7", title="It burns", body="Help!", reporter="Jo", reporter_email="jo@acme.example")
    world.deliver("7")
    world.host.jobs.run_all()
    (ticket,) = world.tickets().values()
    assert (ticket.title, ticket.body, ticket.status) == ("It burns", "Help!", "open")
    assert (ticket.requester_name, ticket.requester_email) == ("Jo", "jo@acme.example")
    assert (ticket.channel_id, ticket.created_by_name) == (channel, "Fake")
    assert world.pairs == {ticket.id: "7"}
    assert world.rows(Link)[0].state == LinkState.IN_STEP
    assert creation.calls == {"arrived": 1, "describe": 1}


def test_what_no_delivery_told_of_is_found_by_looking(world, channel, creation):
    creation.bear("7")
    world.clock.advance(minutes=6)
    world.look()
    assert list(world.pairs.values()) == ["7"]
    world.clock.advance(minutes=6)
    world.look()
    assert (len(world.tickets()), creation.calls["describe"]) == (1, 1)


def test_it_is_not_looked_more_often_than_a_connection_is_polled(world, channel, creation):
    looks = creation.calls["arrived"]
    world.look()
    assert creation.calls["arrived"] == looks
    world.clock.advance(minutes=6)
    world.look()
    assert creation.calls["arrived"] == looks + 1


def test_a_search_that_lags_behind_misses_nothing(world, channel, creation):
    creation.lag = OVERLAP
    world.clock.advance(minutes=6)
    creation.bear("7")
    world.look()
    assert world.pairs == {}
    world.clock.advance(minutes=6)
    world.look()
    assert list(world.pairs.values()) == ["7"]


@pytest.mark.parametrize("order", ["delivery first", "look first", "at once", "deliveries twice"])
def test_told_in_several_ways_it_is_one_ticket(world, channel, creation, order):
    creation.bear("7")
    world.clock.advance(minutes=6)
    if order != "look first":
        world.deliver("7")
    if order == "delivery first":
        world.host.jobs.run_all()
    if order == "deliveries twice":
        world.deliver("7")
    world.look()
    world.deliver("7")
    world.settle(2)
    assert list(world.pairs.values()) == ["7"]
    assert len(world.tickets()) == creation.calls["describe"] == 1


@pytest.mark.parametrize("switched", ["on", "told to create in", "moved to this kind"])
def test_only_what_was_created_since_the_channel_could_is_taken(world, creation, switched):
    id_ = world.all_in(TASKS if switched.startswith("moved") else "p-1/k-1")
    if switched == "on":
        saving.switch(world.host, id_, enabled=False)
    if switched.startswith("told"):
        saving.change(world.host, id_, world.draft(creates=Way.NOT))
    creation.bear("old")
    world.clock.advance(seconds=1)
    if switched == "on":
        saving.switch(world.host, id_, enabled=True)
    else:
        saving.change(world.host, id_, world.draft(creates=Way.IN))
    creation.bear("new")
    for issue in ("old", "new"):
        world.deliver(issue)
    world.look()
    world.settle(2)
    assert list(world.pairs.values()) == ["new"]


def test_saving_a_channel_anew_forgets_nothing_that_was_not_heard_of_yet(world, channel, creation):
    creation.bear("7")
    world.clock.advance(seconds=1)
    saving.change(world.host, channel, world.draft(name="Renamed", creates=Way.BOTH))
    world.settle(1)
    assert list(world.pairs.values()) == ["7"]


# ── of what no ticket is made ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("other", [{"kind": "k-2"}, {"project": "p-2"}])
def test_an_issue_of_another_kind_or_project_makes_none(world, channel, creation, other):
    creation.bear("7", **other)
    world.deliver("7")
    world.settle(2)
    assert (world.tickets(), world.arrivals()) == ({}, {"7": "passed"})


@pytest.mark.parametrize("why", ["switched off", "only out", "deleted"])
def test_where_no_channel_wants_it_nothing_is_asked(world, channel, creation, why):
    if why == "switched off":
        saving.switch(world.host, channel, enabled=False)
    if why == "only out":
        saving.change(world.host, channel, world.draft(creates=Way.OUT))
    if why == "deleted":
        saving.delete(world.host, channel)
    creation.bear("7")
    world.deliver("7")
    world.settle(2)
    assert (world.tickets(), creation.calls["describe"]) == ({}, 0)


def test_switched_off_between_hearing_and_reading_it_makes_none(world, channel, creation):
    creation.bear("7")
    world.deliver("7")
    creation.before = lambda method, _: method == "describe" and saving.switch(world.host, channel, enabled=False)
    world.settle(2)
    assert world.tickets() == {}


@pytest.mark.parametrize("told", ["before its number is stored", "after"])
def test_our_own_creations_make_no_second_ticket(world, creation, told):
    world.open_channel()
    ticket = world.ticket()
    if told == "after":
        world.settle(1)
    else:
        creation.lose_answers = 1
        world.host.jobs.run(f"connection/{world.acme}/create/1")
    world.deliver("1000")
    world.clock.advance(minutes=6)
    world.look()
    world.settle(8)
    assert world.pairs == {ticket: "1000"}
    assert list(world.tickets()) == [ticket]


def test_an_unlinked_tickets_issue_gets_no_second_one(world, channel, creation):
    creation.bear("7")
    world.deliver("7")
    world.host.jobs.run_all()
    unlink(world.host, world.rows(Link)[0].id, by="Kim")
    world.deliver("7")
    world.clock.advance(minutes=1)
    world.look()
    world.settle(2)
    assert (len(world.tickets()), world.pairs) == (1, {})


@pytest.mark.parametrize("gone", ["deleted", "hidden"])
def test_gone_before_it_is_read_it_makes_none(world, channel, creation, gateway, gone):
    creation.bear("7")
    world.deliver("7")
    if gone == "deleted":
        gateway.delete("7")
    else:
        creation.gone.add("7")
    world.settle(2)
    assert (world.tickets(), world.arrivals()) == ({}, {"7": "passed"})


# ── trouble ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "error",
    [
        TemporarilyUnavailable("It is down."),
        AuthorizationLost("The sign-in was refused."),
        Rejected("You may not see it.", cure="Ask an admin.", code="no_permission"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("method", ["describe", "arrived"])
def test_what_cannot_be_read_now_is_read_later(world, channel, creation, method, error):
    creation.refusals[method] = error
    creation.bear("7")
    world.clock.advance(minutes=6)
    if method == "describe":
        world.deliver("7")
    world.look()
    world.settle(2)
    assert world.tickets() == {}
    creation.refusals.clear()
    change_connection(world.host, world.acme, state="connected")
    world.clock.advance(minutes=20)
    world.look()
    world.settle(2)
    assert list(world.pairs.values()) == ["7"]


@pytest.mark.parametrize("why", ["paused", "signed out", "switched off", "plugin missing"])
def test_while_the_connection_does_not_work_it_waits_without_a_call(world, channel, creation, why, monkeypatch):
    creation.bear("7")
    world.deliver("7")
    world.host.jobs.run("inbox/fake")
    creation.calls.clear()
    with monkeypatch.context() as patch:
        if why == "paused":
            change_connection(world.host, world.acme, paused_at=world.clock())
        if why == "signed out":
            change_connection(world.host, world.acme, state="reauthorize")
        if why == "switched off":
            _enable(world, enabled=False)
        if why == "plugin missing":
            patch.setattr(world.host.registry, "_active", {})
        world.settle(2)
        world.look()
        assert creation.calls == {}
    change_connection(world.host, world.acme, paused_at=None, state="connected")
    _enable(world, enabled=True)
    world.settle(2)
    assert list(world.pairs.values()) == ["7"]


def _enable(world, *, enabled: bool) -> None:
    with world.host.database.write() as session:
        set_enabled(session, "fake", enabled=enabled)


def test_killed_after_reading_it_goes_on_and_makes_one(world, channel, creation, monkeypatch):
    creation.bear("7")
    world.deliver("7")
    with world.killing(creation, "describe", monkeypatch), pytest.raises(Killed):
        world.host.jobs.run_all()
    world.settle(2)
    assert len(world.tickets()) == len(world.pairs) == 1


# ── what the ticket says ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "expected"), [("todo", "open"), ("doing", "in_progress"), ("done", "done"), ("lost", "open")]
)
def test_the_status_is_what_the_board_says_else_open(world, channel, creation, status, expected):
    creation.bear("7", status=status)
    world.deliver("7")
    world.settle(1)
    (ticket,) = world.tickets().values()
    assert ticket.status == expected
    assert world.rows(Link)[0].state == LinkState.IN_STEP


def test_what_is_too_long_is_cut_and_what_is_missing_replaced(world, channel, creation):
    creation.bear("7", title="t" * 999, body="b" * 99_999, reporter="r" * 999, reporter_email="e" * 999)
    creation.bear("8", title=" \x00 ", body="", reporter=" ")
    creation.bear("9", title="Fits exactly".ljust(MAX_TITLE, "!"), body="a\r\nb\x00", reporter="Jo")
    for id_ in ("7", "8", "9"):
        world.deliver(id_)
    world.settle(1)
    long, empty, exact = world.tickets().values()
    assert (len(long.title), len(long.body), len(long.requester_name)) == (MAX_TITLE, MAX_TEXT, MAX_NAME)
    assert {long.title[-1], long.body[-1], long.requester_name[-1]} == {"…"}
    assert long.requester_email == ""
    assert len(long.requester_email) <= MAX_EMAIL
    assert (empty.title, empty.body, empty.requester_name) == ("P-1-8", "", "Fake")
    assert (exact.title[-1], exact.body) == ("!", "a\nb")


# ── all in: nothing goes out ──────────────────────────────────────────────────────────────────────────────────────────


def test_where_all_goes_in_nothing_is_written_whatever_people_do(world, channel, creation, gateway, talk):
    creation.bear("7", status="doing")
    talk.say("7", "Said before")
    world.deliver("7")
    world.settle(1)
    (ticket,) = world.tickets()
    world.set_status(ticket, "done")
    world.settle(1)
    world.say(ticket, "Thank you.")
    world.say(ticket, "Nobody reads that.", INTERNAL)
    world.settle(1)
    world.set_status(ticket, "open")
    gateway.move("7", "done")
    talk.say("7", "Said after")
    for about in ("issue", "comments"):
        world.deliver("7", about=About(about))
    world.ticket("By hand")
    world.settle(2)
    assert world.tickets()[ticket].status == "done", "the issue drives"
    assert [words for *_, words in world.comments(ticket)] == [
        "Said before",
        "Thank you.",
        "Nobody reads that.",
        "Said after",
    ]
    assert world.writes == {}


@pytest.mark.parametrize(("public", "visibility"), [(False, "internal"), (True, "public")])
def test_what_was_said_there_before_comes_in_by_the_channels_terms(world, creation, talk, public, visibility):
    world.all_in(public=public)
    creation.bear("7")
    talk.say("7", "For all")
    talk.say("7", "For us", internal=True)
    world.clock.advance(minutes=2)
    world.deliver("7")
    world.settle(1)
    (ticket,) = world.tickets()
    assert world.comments(ticket) == [("Jo", visibility, "For all"), ("Jo", "internal", "For us")]


@pytest.mark.parametrize("comments", [Way.OUT, Way.NOT])
def test_where_comments_do_not_come_in_none_does(world, creation, talk, comments):
    world.all_in(comments=comments)
    creation.bear("7")
    talk.say("7", "Hello")
    world.deliver("7")
    world.settle(1)
    (ticket,) = world.tickets()
    assert (world.comments(ticket), talk.calls["read"]) == ([], 0)
