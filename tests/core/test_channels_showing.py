"""An issue shows the ticket that it has, and whether that is solved: the last word is right, and no word is wasted."""

from __future__ import annotations

import pytest

from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.sync.linking import link
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import Follow
from tests.core.channel_world import Killed


def shown(gateway) -> list[bool]:
    """Return whether the ticket was shown as solved, each time that it was shown."""
    return [request.solved for request in gateway.shown]


def test_it_is_shown_anew_when_the_ticket_is_solved_or_open_again_and_not_otherwise(world, gateway):
    ticket = world.joined()
    assert shown(gateway) == [False]
    for status in ("in_progress", "waiting", "open"):
        world.set_status(ticket, status)
        world.settle(1)
    world.say(ticket, "Hello")
    world.settle(1)
    assert shown(gateway) == [False]
    world.set_status(ticket, "done")
    world.settle(1)
    world.set_status(ticket, "closed")
    world.settle(1)
    assert shown(gateway) == [False, True]
    world.set_status(ticket, "open")
    world.settle(1)
    assert shown(gateway) == [False, True, False]


def test_it_is_shown_anew_when_the_issue_itself_solves_the_ticket(world, gateway):
    world.joined()
    world.move("doing")
    world.move("done")
    world.move("todo")
    assert shown(gateway) == [False, True, False]


def test_solved_and_open_again_before_anybody_looked_nothing_is_shown(world, gateway):
    ticket = world.joined()
    world.set_status(ticket, "done")
    world.set_status(ticket, "open")
    world.settle(2)
    assert shown(gateway) == [False]


def test_opened_again_while_it_is_shown_as_solved_the_last_word_is_open(world, gateway):
    ticket = world.joined()
    world.set_status(ticket, "done")

    def meanwhile(method, _request):
        if method == "link_back":
            gateway.before = None
            world.set_status(ticket, "open")

    gateway.before = meanwhile
    world.settle(2)
    assert shown(gateway)[-1] is False
    assert world.rows(Link)[0].shown == "open It burns"


@pytest.mark.parametrize("fate", [TemporarilyUnavailable("The answer was lost."), Killed()])
def test_what_may_have_been_shown_is_put_right_when_the_ticket_is_as_before(world, gateway, monkeypatch, fate):
    ticket = world.joined()
    real, fates = gateway.link_back, iter([fate])

    def lost(request):
        real(request)
        if error := next(fates, None):
            raise error

    monkeypatch.setattr(gateway, "link_back", lost)
    world.set_status(ticket, "done")
    try:
        world.host.jobs.run_all()
    except Killed:
        assert isinstance(fate, Killed)
    world.set_status(ticket, "open")
    world.settle(3)
    assert shown(gateway)[-1] is False


def test_linked_with_an_issue_that_changes_the_ticket_it_is_shown_once(world, gateway):
    ticket = world.ticket()
    gateway.add("7", "done")
    link(world.host, ticket_id=ticket, connection_id=world.acme, issue_id="7", follow=Follow.TICKET_FOLLOWS, by="Kim")
    world.settle(1)
    assert shown(gateway) == [True]


def test_an_outage_is_waited_for_and_a_refusal_said(world, gateway):
    ticket = world.joined()
    gateway.refusals["link_back"] = TemporarilyUnavailable("It is down.")
    world.set_status(ticket, "done")
    world.settle(1)
    gateway.refusals["link_back"] = Rejected("Links are forbidden.", cure="Allow them.", code="refused")
    world.settle(2)
    gateway.refusals.clear()
    world.settle(2)
    assert shown(gateway) == [False], "what was refused is not insisted on"
    world.set_status(ticket, "open")
    world.set_status(ticket, "closed")
    world.settle(2)
    assert shown(gateway)[-1] is True
    assert world.rows(Link)[0].state == LinkState.IN_STEP


def test_never_where_all_goes_in(world, creation, gateway):
    world.all_in()
    creation.bear("7")
    world.deliver("7")
    world.settle(1)
    (ticket,) = world.tickets()
    world.set_status(ticket, "done")
    world.settle(1)
    world.move("doing", "7")
    assert (shown(gateway), world.writes) == ([], {})
