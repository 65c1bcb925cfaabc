"""Written histories, each of which leads to one rare moment that random ones seldom meet. They keep the laws too."""

from __future__ import annotations

from helpdesk_core.mapping.board import Board
from helpdesk_core.sync.merge import Policy
from helpdesk_core.sync.progress import Follow
from tests.laws.machine import STATUSES
from tests.laws.world import Issue, Link, Stay, Ticket, Workflow, World

COLUMNS = {"open": ("a",), "waiting": ("b",), "done": ("c",), "in_progress": ("d",)}
READ, DECIDED, ASKED, ANSWERED = 1, 2, 3, 4
"""How many steps of work it takes to read the issue, to decide and store, to ask for a hop, to store the answer."""


def begin(*moves: str, **more) -> tuple[World, Link]:
    """A ticket in Open with its issue in a; `moves` such as "ab" make the workflow, and Open is a, Done is c."""
    world = World(
        board=Board(columns=COLUMNS).resolve(None, STATUSES),
        policy=Policy(),
        workflow=Workflow(moves=frozenset((a, b) for a, b in moves), **more),
        tickets=[Ticket("open")],
        issues=[Issue(Stay("a"))],
    )
    world.link(world.tickets[0], world.issues[0], Follow.TICKET_FOLLOWS)
    world.advance_all(DECIDED)
    return world, world.links[0]


def an_automation_moves_every_hop_back() -> World:
    world, link = begin("ab", "bc", automations={"b": "a"}, instant=True)
    world.change_ticket(link.ticket, "done")
    return world


def somebody_takes_over_and_returns_to_where_we_were() -> World:
    world, link = begin("ab", "bc")
    world.change_ticket(link.ticket, "done")
    world.advance_all(ANSWERED)
    for status in "db":
        world.enter(link.issue, status)
        world.deliver_all()
        world.advance_all(20)
    return world


def somebody_goes_where_we_were_refused() -> World:
    world, link = begin("ab", "bc", refused=frozenset({("a", "b")}))
    world.change_ticket(link.ticket, "done")
    world.advance_all(20)
    world.enter(link.issue, "b")
    return world


def an_issue_returns_while_it_is_looked_at() -> World:
    world, link = begin()
    world.enter(link.issue, "d")
    world.deliver_all()
    world.advance_all(READ)
    world.enter(link.issue, "a")
    world.deliver_all()
    return world


def a_person_decides_after_a_look() -> World:
    world, link = begin()
    world.enter(link.issue, "b")
    world.deliver_all()
    world.advance_all(READ)
    world.enter(link.issue, "d")
    world.choose(link, Follow.TICKET_FOLLOWS, live=True)
    return world


def a_person_decides_before_a_hop_is_answered() -> World:
    world, link = begin("ab", "bc")
    world.change_ticket(link.ticket, "done")
    world.advance_all(ASKED)
    world.choose(link, Follow.NEITHER, live=True)
    return world


def a_person_decides_while_a_hop_is_on_its_way() -> World:
    world, link = begin("ab", "bc", "ba")
    world.change_ticket(link.ticket, "done")
    world.advance_all(DECIDED)
    world.choose(link, Follow.TICKET_FOLLOWS)
    return world


STORIES = (
    an_automation_moves_every_hop_back,
    somebody_takes_over_and_returns_to_where_we_were,
    somebody_goes_where_we_were_refused,
    an_issue_returns_while_it_is_looked_at,
    a_person_decides_after_a_look,
    a_person_decides_before_a_hop_is_answered,
    a_person_decides_while_a_hop_is_on_its_way,
)
