"""What was said before an admin wanted comments carried stays where it was said, whichever way and wherever chosen."""

from __future__ import annotations

import pytest

from helpdesk_core.channels import saving
from helpdesk_core.channels.models import Way
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.sync.linking import link, unlink
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.progress import Follow
from helpdesk_core.values import About

OUT = ["Kim: Later"]
IN = [("Jo", "internal", "Theirs later")]


@pytest.fixture(params=["channel", "connection"])
def turn(request, world, gateway):
    """Return a function that turns ways on and off; ticket 1 has issue 1000 already, and nothing travels yet."""

    def choose_for_connection(way):
        with world.host.database.write() as session:
            inward = Inward.NOTES if way.inward else Inward.NOT
            choose(session, world.acme, outward=way.outward, inward=inward, now=world.clock())
        world.clock.advance(minutes=1)

    if request.param == "channel":
        channel = world.open_channel(comments=Way.NOT)
        ticket = world.ticket()
        world.settle(1)
        assert world.pairs == {ticket: "1000"}

        def choose_for_channel(way):
            saving.change(world.host, channel, world.draft(comments=way))
            world.clock.advance(minutes=1)

        world.clock.advance(minutes=1)
        return choose_for_channel
    gateway.add("1000")
    link(world.host, ticket_id=world.ticket(), connection_id=world.acme, issue_id="1000", follow=Follow.NEITHER, by="K")
    world.settle(1)
    choose_for_connection(Way.NOT)
    return choose_for_connection


def say_on_both_sides(world, talk, suffix: str) -> None:
    """Say something here and there; half a minute passes."""
    (ticket,) = world.pairs
    world.say(ticket, suffix.capitalize())
    talk.say("1000", f"Theirs {suffix}")
    world.deliver("1000", About.COMMENTS)
    world.settle(6)


def carried(world, talk) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return what has gone out, and what has come in."""
    (ticket,) = world.pairs
    came = [each for each in world.comments(ticket) if each[0] == "Jo"]
    return [body for body in talk.bodies("1000") if body.startswith("Kim: ")], came


@pytest.mark.parametrize("way", [Way.OUT, Way.IN, Way.BOTH])
def test_what_was_said_before_stays_where_it_was_said(world, talk, turn, way):
    say_on_both_sides(world, talk, "before")
    turn(way)
    say_on_both_sides(world, talk, "later")
    assert carried(world, talk) == (OUT if way.outward else [], IN if way.inward else [])


def test_what_was_said_meanwhile_stays_too(world, talk, turn):
    turn(Way.BOTH)
    turn(Way.NOT)
    say_on_both_sides(world, talk, "meanwhile")
    turn(Way.BOTH)
    say_on_both_sides(world, talk, "later")
    assert carried(world, talk) == (OUT, IN)


def test_a_way_that_was_on_already_loses_nothing_when_the_other_is_turned_on(world, talk, turn):
    turn(Way.OUT)
    world.say(*world.pairs, "Later")
    turn(Way.BOTH)
    say_on_both_sides(world, talk, "later")
    assert carried(world, talk) == (OUT * 2, IN)


def test_who_links_anew_may_still_ask_for_what_was_said_before(world, talk, turn):
    say_on_both_sides(world, talk, "before")
    turn(Way.BOTH)
    (old,) = world.rows(Link)
    unlink(world.host, old.id, by="Kim")
    world.host.jobs.run_all()
    again = {"ticket_id": old.ticket_id, "connection_id": world.acme, "issue_id": "1000"}
    link(world.host, **again, follow=Follow.NEITHER, by="Kim", earlier=True)
    world.settle(2)
    assert carried(world, talk) == (["Kim: Before"], [("Jo", "internal", "Theirs before")])
