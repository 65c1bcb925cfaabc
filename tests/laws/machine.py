"""Random histories of people, remote system, machinery and faults. Hypothesis chooses; the ledger watches."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from helpdesk_core.mapping.board import Board, Leave, ResolvedBoard, SameAs, Tray, problems
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.progress import Follow
from helpdesk_core.values import SystemStatus, TicketStatus
from tests.laws.world import Fate, Issue, Stay, Ticket, Workflow, World

STATUSES = (
    *(TicketStatus(key=system.value, name=system.name, system=system) for system in SystemStatus),
    TicketStatus(key="vendor", name="Vendor", system=SystemStatus.WAITING),
    TicketStatus(key="archived", name="Archived", system=SystemStatus.CLOSED),
)
KEYS = [status.key for status in STATUSES]
CLOSED = frozenset({"closed", "archived"})
REMOTES = list("abcdef")
PAIRS = [(a, b) for a in REMOTES for b in REMOTES if a != b]
RING = list(zip(REMOTES, [*REMOTES[1:], REMOTES[0]], strict=True))
PLACES = (*KEYS, "open", "in_progress", "done", Tray.NEW, Tray.IGNORED)


# Boards and workflows come from a number: drawn part by part they would be too plain, and too slow, to try thousands.


def board_of(seed: int) -> ResolvedBoard:
    """Make a board that the helpdesk would save, with heads that people chose."""
    random = Random(seed)
    placed = {remote: random.choice(PLACES) for remote in random.sample(REMOTES, len(REMOTES))}
    columns = {key: tuple(r for r, place in placed.items() if place == key) for key in KEYS}
    ignored = frozenset(r for r, place in placed.items() if place is Tray.IGNORED)
    heads = {key: random.choice([Leave(), SameAs(random.choice(KEYS))]) for key in random.sample(KEYS, seed % 3)}
    board = Board(columns=columns, ignored=ignored, heads=heads)
    return (replace(board, heads={}) if problems(board, STATUSES) else board).resolve(None, STATUSES)


def workflow_of(seed: int) -> Workflow:
    """Make a workflow: a circle, a thicket, or both; some moves are refused, some statuses absent or automated."""
    random = Random(seed)
    moves = [*(RING if seed % 4 else []), *random.sample(PAIRS, random.choice([0, 3, 8, 16]))]
    automated = random.sample(PAIRS, random.choice([0, 1, 2]))
    return Workflow(
        moves=frozenset(moves),
        refused=frozenset(random.sample(moves, min(len(moves), random.choice([0, 0, 1, 2])))),
        automations=dict(automated),
        instant=random.random() < 0.5,
        absent=frozenset("f") if random.random() < 0.2 else frozenset(),
    )


seeds = st.integers(0, 2**32)
boards, workflows = st.builds(board_of, seeds), st.builds(workflow_of, seeds)
keys, remotes = st.sampled_from(KEYS), st.sampled_from(REMOTES)
positions = st.integers(0, 11)
fates = st.sampled_from([Fate.FINE, Fate.FINE, Fate.FINE, Fate.LOST, Fate.FAILED, Fate.KILLED])
paces = st.integers(0, 12)
"""How many steps of work are done."""
follows = st.sampled_from(Follow)
directions = st.sampled_from([True, True, True, False])
policies = st.builds(
    Policy,
    winner=st.sampled_from(Winner),
    may_reopen=st.booleans(),
    inward=directions,
    outward=directions,
    closed=st.just(CLOSED),
)


class Histories(RuleBasedStateMachine):
    """Every run is one history."""

    count = 0
    make = World

    @initialize(board=boards, policy=policies, workflow=workflows, start=st.tuples(keys, remotes, keys, remotes))
    def begin(self, board, policy, workflow, start):
        type(self).count += 1
        key, remote, other_key, other_remote = start
        self.world = self.make(
            board=board,
            policy=policy,
            workflow=workflow,
            tickets=[Ticket(key), Ticket(other_key)],
            issues=[Issue(Stay(remote)), Issue(Stay(other_remote))],
        )
        for ticket, issue in zip(self.world.tickets, self.world.issues, strict=True):
            self.world.link(ticket, issue, Follow.TICKET_FOLLOWS)

    def teardown(self):
        if hasattr(self, "world"):
            self.world.rest()
            self.world.close()

    def one(self, some: list, position: int):
        return some[position % len(some)]

    # ── people ──

    @rule(position=positions, status=keys, steps=paces)
    def change_ticket(self, position, status, steps):
        self.world.change_ticket(self.one(self.world.tickets, position), status)
        self.world.advance_all(steps)

    @rule(position=positions, status=remotes, heard=st.booleans(), steps=paces)
    def move_issue(self, position, status, heard, steps):
        self.world.enter(self.one(self.world.issues, position), status)
        if heard:
            self.world.deliver_all()
            self.world.advance_all(steps)

    @rule(how=st.sampled_from(["link", "unlink", "create out", "create in"]), position=positions, follow=follows)
    def join(self, how, position, follow):
        world, issue = self.world, self.one(self.world.issues, position)
        ticket = self.one(world.tickets, position // 2)
        match how:
            case "link":
                world.link(ticket, issue, follow)
            case "create out":
                world.create_out(ticket, issue)
            case "create in" if len(world.tickets) < 4:
                world.create_in(issue)
            case "unlink" if world.links:
                world.unlink(self.one(world.links, position))

    @precondition(lambda self: self.world.links)
    @rule(position=positions, follow=st.one_of(st.none(), follows), live=st.booleans())
    def decide(self, position, follow, live):
        link = self.one(self.world.links, position)
        if follow:
            self.world.choose(link, follow, live=live)
        else:
            self.world.retry(link)

    @rule(what=st.one_of(boards, policies, workflows), apply=st.one_of(st.none(), follows), position=positions)
    def edit(self, what, apply, position):
        links = self.world.edit(what, position)
        for link in list(links) if apply and isinstance(what, ResolvedBoard) else []:
            if not what.agrees(link.ticket.status, link.seen.status):
                self.world.choose(link, apply)

    # ── machinery and faults ──

    @precondition(lambda self: any(link.busy for link in self.world.links))
    @rule(
        position=positions,
        steps=paces,
        fate=fates,
        meanwhile=st.one_of(st.none(), keys, remotes, follows, st.just("heard")),
    )
    def work(self, position, steps, fate, meanwhile):
        """Take some steps of a link's work; then something happens to it, and it takes one more."""
        link = self.one([link for link in self.world.links if link.busy], position)
        self.world.advance_all(steps, [link])
        if meanwhile in KEYS:
            self.world.change_ticket(link.ticket, meanwhile)
        elif meanwhile in REMOTES:
            self.world.enter(link.issue, meanwhile)
        elif isinstance(meanwhile, Follow):
            self.world.choose(link, meanwhile, live=position % 2 == 0)
        elif meanwhile:
            self.world.deliver_all()
        self.world.advance(link, fate)

    @precondition(lambda self: self.world.deliveries)
    @rule(position=positions, fate=st.sampled_from(["once", "once", "again", "never"]))
    def deliver(self, position, fate):
        position %= len(self.world.deliveries)
        if fate == "never":
            self.world.lose(position)
        else:
            self.world.deliver(position, again=fate == "again")

    @precondition(lambda self: self.world.automations)
    @rule(position=positions)
    def automate(self, position):
        self.world.automate(position % len(self.world.automations))

    @rule(what=st.sampled_from(["poll", "pause", "resume", "resume"]))
    def run(self, what):
        if what == "poll":
            self.world.poll()
        else:
            self.world.paused = what == "pause"
