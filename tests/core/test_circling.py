"""Turns are counted where a ticket has several links: its trackers' changes in a row, with no person between."""

from __future__ import annotations

import pytest

from helpdesk_core.sync import linking
from helpdesk_core.sync.backlog import TicketChanged, want
from helpdesk_core.sync.circling import turns
from helpdesk_core.sync.links import get_link
from helpdesk_core.sync.models import LinkState
from helpdesk_core.sync.progress import ROUND, Follow
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.service import change_status, get_ticket
from tests.core.fake_tracker import BETA
from tests.core.linking_world import connect, link_issue, map_statuses, read_link


@pytest.fixture
def links(host, work, gateway, admin, clock) -> tuple[int, int]:
    """One ticket, linked with an issue in each of two workspaces."""
    register(work, host)
    gateway.statuses |= {"todo", "doing", "done"}
    first, second = connect(host), connect(host, BETA)
    for connection_id in (first, second):
        map_statuses(host, connection_id)
    for id_ in ("1", "2"):
        gateway.add(id_)
    made = link_issue(host, first, "1")
    other = linking.link(host, ticket_id=1, connection_id=second, issue_id="2", follow=Follow.NEITHER, by="Kim")
    host.jobs.run_all()
    clock.advance(minutes=1)
    return made, other.id


def follow(host, clock, times: int, *, by="Fake") -> None:
    """Let the ticket follow one of its issues, as often as that."""
    for number in range(times):
        clock.advance(seconds=1)
        with host.database.write() as session:
            status = ("done", "in_progress")[number % 2]
            ticket, observers = get_ticket(session, 1), (TicketChanged(host.jobs),)
            change_status(session, ticket, status, by=by, now=host.now(), observers=observers)


def counted(host) -> int:
    with host.database.read() as session:
        return turns(host, session, 1)


def test_turns_count_up_to_a_round(host, links, clock):
    assert counted(host) == 0
    follow(host, clock, 5)
    assert counted(host) == 5
    follow(host, clock, ROUND + 1)
    assert counted(host) == ROUND


def test_whatever_a_person_does_begins_the_count_anew(host, links, clock, agent):
    follow(host, clock, 4)
    follow(host, clock, 1, by=agent)
    assert counted(host) == 0
    follow(host, clock, 4)
    assert counted(host) == 3, "the first of these changed nothing"
    linking.retry(host, links[1], by=agent)
    assert counted(host) == 0
    follow(host, clock, 2)
    assert counted(host) == 2


def test_what_takes_longer_does_not_go_round(host, links, clock):
    follow(host, clock, ROUND)
    clock.advance(hours=2)
    assert counted(host) == 0


def test_a_ticket_with_one_link_counts_nothing(host, links, clock):
    follow(host, clock, ROUND)
    linking.unlink(host, links[1], by="Kim")
    assert counted(host) == 0


def test_after_a_round_the_link_stops_and_says_so(host, links, clock, gateway, agent):
    follow(host, clock, ROUND)
    host.jobs.run_all()
    gateway.move("1", "todo")
    with host.database.write() as session:
        want(host.jobs, session, [get_link(session, links[0])], now=host.now())
    host.jobs.run_all()
    link = read_link(host, links[0])
    assert (link.state, link.reason) == (LinkState.STOPPED, "circling")
    assert "answer each other in a circle" in link.sentence
    linking.retry(host, links[0], by=agent)
    host.jobs.run_all()
    assert read_link(host, links[0]).state == LinkState.IN_STEP
