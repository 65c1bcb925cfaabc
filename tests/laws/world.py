"""A helpdesk and a remote system in memory, in which the production's merge and bookkeeping work on links.

Only what surrounds them is made up: tickets, issues with a workflow, deliveries, automations, a scheduler that takes
one small step of one link's work at a time, and faults between any two of them. `Ledger` watches every step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum
from itertools import count

from helpdesk_core.mapping.board import ResolvedBoard
from helpdesk_core.sync import progress
from helpdesk_core.sync.merge import Decision, Policy, Reason, SetLocal
from helpdesk_core.sync.progress import Follow, Memory, Start, Step
from tests.laws.ledger import Broken, Law, Ledger

ENDLESS = 400
"""More steps than any finite history can need to come to rest."""


class Fate(Enum):
    """What happens to one step of work."""

    FINE = "fine"
    LOST = "carried out, but the answer is lost"
    FAILED = "not carried out"
    KILLED = "the worker dies"


class Answer(Enum):
    """Why a hop was not taken."""

    NOT_OPEN = "no transition leads there from where the issue is now"
    REFUSED = "refused for good"


class Unavailable(Exception):
    """The caller saw a failure; whether the request was carried out, it cannot know."""


@dataclass(eq=False)
class Stay:
    """An issue's stay in a status, and who brought it there."""

    status: str
    by: Link | None = None
    """The link whose hop it was; None: somebody else."""
    number: int = field(default_factory=count().__next__)
    """Later stays have higher ones."""


@dataclass(eq=False)
class Issue:
    stay: Stay
    side: int = 0
    """The remote system that it is in, where there are two."""


@dataclass(eq=False)
class Ticket:
    status: str
    changes: int = 0
    """Changes by people."""
    sets: Counter[Link] = field(default_factory=Counter)
    """Changes by each of its links, which followed its issue."""

    def changes_for(self, link: Link) -> int:
        """Count the changes that are not a link's own: by people, and by the ticket's other links."""
        return self.changes + self.sets.total() - self.sets[link]


@dataclass(eq=False)
class Link:
    ticket: Ticket
    issue: Issue
    memory: Memory
    seen: Stay
    """The issue as it was last read, or brought: what people see, and decide by."""
    wanted: int = 1
    done: int = 0
    work: Generator[None, Fate, None] | None = None
    shown: Decision | None = None
    """What its page says."""

    @property
    def busy(self) -> bool:
        return self.wanted > self.done


@dataclass(frozen=True)
class Workflow:
    """Which status can follow which, which of these moves are refused when tried, and what automations add."""

    moves: frozenset[tuple[str, str]]
    refused: frozenset[tuple[str, str]] = frozenset()
    automations: dict[str, str] = field(default_factory=dict)
    instant: bool = False
    """Whether automations are done before a request that set them off is answered."""
    absent: frozenset[str] = frozenset()
    """On the board, but in no workflow."""

    def route(self, remote: str, targets: tuple[str, ...], _underway: bool) -> str | Reason:
        """Plan one hop of a shortest way to the first target that exists. It does not know what will be refused."""
        target = next((each for each in targets if each not in self.absent), None)
        if target is None:
            return Reason.NO_CARD
        towards, near = {target: target}, [target]
        while near and remote not in towards:
            before = sorted({a for a, b in self.moves if b in near and a not in towards})
            towards |= {a: min(b for b in near if (a, b) in self.moves) for a in before}
            near = before
        return towards.get(remote, Reason.NO_PATH)


@dataclass
class World:
    board: ResolvedBoard
    policy: Policy
    workflow: Workflow
    tickets: list[Ticket]
    issues: list[Issue]
    links: list[Link] = field(default_factory=list)
    deliveries: list[tuple[Issue, str]] = field(default_factory=list)
    automations: list[tuple[Issue, Stay]] = field(default_factory=list)
    paused: bool = False
    all_heard: bool = True
    """Whether no delivery was lost since the last poll."""
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self)

    def policy_of(self, link: Link) -> Policy:
        """An issue with several tickets is driven at the remote system."""
        alone = [each.issue for each in self.links].count(link.issue) == 1
        policy = self.policy_at(link.issue)
        return policy if alone else policy.shared()

    # ── what one remote system has; where there are two, each has its own ──

    def board_at(self, _issue: Issue) -> ResolvedBoard:
        return self.board

    def policy_at(self, _issue: Issue) -> Policy:
        return self.policy

    def workflow_at(self, _issue: Issue) -> Workflow:
        return self.workflow

    def edit(self, what: ResolvedBoard | Policy | Workflow, _position: int) -> list[Link]:
        """Save an edited board, policy or workflow. Nobody is told: saving moves nothing. Return the links there."""
        self.store(what)
        self.edited(self.links)
        return self.links

    def store(self, what: ResolvedBoard | Policy | Workflow) -> None:
        match what:
            case ResolvedBoard():
                self.board = what
            case Policy():
                self.policy = what
            case Workflow():
                self.workflow = what

    def may_link(self, ticket: Ticket, _issue: Issue) -> bool:
        return all(each.ticket is not ticket for each in self.links)

    # ── what people do ──

    def change_ticket(self, ticket: Ticket, status: str) -> None:
        if ticket.status != status:
            ticket.status = status
            ticket.changes += 1
            self._want(link for link in self.links if link.ticket is ticket)

    def enter(self, issue: Issue, status: str, by: Link | None = None) -> Stay:
        """Bring an issue into a status; deliveries will tell, and an automation may follow."""
        if issue.stay.status == status:
            return issue.stay
        stay = self._enter(issue, Stay(status, by))
        if status in self.workflow_at(issue).automations:
            self.automations.append((issue, stay))
            if self.workflow_at(issue).instant:
                self.automate(-1)
        return stay

    def link(self, ticket: Ticket, issue: Issue, follow: Follow) -> None:
        if self.may_link(ticket, issue):
            board = self.board_at(issue)
            self._begin(ticket, issue, progress.linked(ticket.status, issue.stay.status, board, follow))

    def create_out(self, ticket: Ticket, issue: Issue) -> None:
        """Create an issue for a ticket: one of the two issues of this small world is replaced by a fresh one."""
        if not self.may_link(ticket, issue) or any(each.issue is issue for each in self.links):
            return
        fresh = Issue(Stay(issue.stay.status), issue.side)
        self.issues[self.issues.index(issue)] = fresh
        self._begin(ticket, fresh, Start(ticket=ticket.status, memory=progress.created_out(fresh.stay.status)))

    def create_in(self, issue: Issue) -> None:
        start = progress.created_in(issue.stay.status, self.board_at(issue), "open")
        self.tickets.append(Ticket(start.ticket))
        self._begin(self.tickets[-1], issue, start)

    def unlink(self, link: Link) -> None:
        if link.work is None:
            self.links.remove(link)
            self._want(each for each in self.links if each.issue is link.issue)  # one of two may drive the issue again

    def choose(self, link: Link, follow: Follow, *, live: bool = False) -> None:
        """Let a person decide: in a conflict, after a stop, or on applying an edited board.

        `live`: the page reads the issue first, else it shows what is remembered.
        """
        link.seen = link.issue.stay if live else link.seen
        start = progress.chosen(link.memory, link.ticket.status, link.seen.status, self.board_at(link.issue), follow)
        link.memory = start.memory
        self._started(link, start)

    def retry(self, link: Link) -> None:
        link.memory = progress.retried(link.memory)
        self.ledger.mended(link)
        self._want([link])

    def edited(self, links: list[Link]) -> None:
        """What these links go by was edited."""
        for link in links:
            self.ledger.mended(link)

    # ── what the machinery does ──

    def deliver(self, position: int, *, again: bool = False) -> None:
        """Hand over a delivery, whichever; `again`: it will come once more."""
        issue, status = self.deliveries[position] if again else self.deliveries.pop(position)
        for link in self.links:
            if link.issue is issue:
                local = link.ticket.status
                if progress.needs_reading(link.memory, local, status, busy=link.busy):
                    self._want([link])

    def deliver_all(self) -> None:
        while self.deliveries:
            self.deliver(0)

    def lose(self, position: int) -> None:
        del self.deliveries[position]
        self.all_heard = False

    def automate(self, position: int) -> None:
        issue, stay = self.automations.pop(position)
        automations = self.workflow_at(issue).automations
        if issue.stay is stay and stay.status in automations:
            self._enter(issue, Stay(automations[stay.status]))

    def poll(self) -> None:
        self._want(self.links)
        self.all_heard = True

    def advance(self, link: Link, fate: Fate = Fate.FINE) -> None:
        """Take one small step of a link's work, or meet a fault at it."""
        if self.paused or not link.busy:
            return
        if link.work is None:
            link.work = self._work(link, link.wanted)
            next(link.work)
        if fate is Fate.KILLED:
            link.work = None
            return
        try:
            link.work.send(fate)
        except (StopIteration, Unavailable):
            link.work = None

    def advance_all(self, steps: int, links: list[Link] | None = None) -> None:
        """Take some steps without faults, of the first link that has work."""
        for _ in range(steps):
            if busy := [link for link in links or self.links if link.busy]:
                self.advance(busy[0])

    def close(self) -> None:
        """End this history."""

    def rest(self) -> None:
        """Let everything come to rest without further faults, first by deliveries alone, and look at the laws."""
        self.paused = False
        for polled in (False, True):
            if polled:
                self.poll()
            self._exhaust()
            if self.all_heard:
                for link in self.links:
                    self.ledger.at_rest(link)

    # ── within ──

    def _enter(self, issue: Issue, stay: Stay) -> Stay:
        issue.stay = stay
        self.ledger.entered(issue)
        self.deliveries.append((issue, stay.status))
        return stay

    def _exhaust(self) -> None:
        for _ in range(ENDLESS):
            if busy := [link for link in self.links if link.busy]:
                self.advance(busy[0])
            elif self.automations:
                self.automate(0)
            elif self.deliveries:
                self.deliver(0)
            else:
                return
        raise Broken(Law.NO_PING_PONG, "it does not come to rest")

    def _want(self, links) -> None:
        for link in links:
            link.wanted += 1

    def _begin(self, ticket: Ticket, issue: Issue, start: Start) -> None:
        link = Link(ticket, issue, start.memory, issue.stay)
        self.links.append(link)
        self._started(link, start)

    def _started(self, link: Link, start: Start) -> None:
        self.change_ticket(link.ticket, start.ticket)
        self.ledger.started(link)
        self._want(each for each in self.links if each.issue is link.issue)  # with a second, none drives the issue

    def _work(self, link: Link, wanted: int) -> Generator[None, Fate, None]:
        """`sync(link)` as production does it: between any two yields others may act, or the worker dies."""
        while True:
            then = link.memory
            self._reach((yield))
            stay = link.issue.stay
            yield
            if progress.overtaken(link.memory, then):
                continue
            step = self._decide(link, stay)
            if step.hop is None:
                break
            answer = self._ask(link, step.hop, (yield))
            yield
            if answer is Answer.NOT_OPEN:  # read again, plan again
                continue
            if answer is Answer.REFUSED:
                self._record_refusal(link, step, stay)
                break
            link.seen = answer
            arrived = progress.arrived(step)
            link.memory = progress.answered(link.memory, step)
            if arrived:
                self.ledger.arrived(link, step)
                break
        link.done = max(link.done, wanted)

    def _reach(self, fate: Fate) -> None:
        if fate is not Fate.FINE:
            raise Unavailable

    def _decide(self, link: Link, stay: Stay) -> Step:
        """One transaction: decide by what the ticket is now, and store what must be known before acting."""
        local = link.ticket.status
        step = progress.next_step(
            link.memory,
            local,
            stay.status,
            board=self.board_at(link.issue),
            policy=self.policy_of(link),
            route=self.workflow_at(link.issue).route,
        )
        self.ledger.decided(link, stay, step)
        link.memory, link.shown, link.seen = step.memory, step.decision, stay
        if isinstance(step.decision, SetLocal):
            link.ticket.status = step.decision.status
            link.ticket.sets[link] += 1
            self._want(each for each in self.links if each.ticket is link.ticket and each is not link)
        return step

    def _ask(self, link: Link, hop: str, fate: Fate) -> Answer | Stay:
        """Ask for a hop; the issue's stay there is the answer if it was taken."""
        way, answer = (link.issue.stay.status, hop), Answer.NOT_OPEN
        workflow = self.workflow_at(link.issue)
        if way in workflow.refused:
            answer = Answer.REFUSED
        elif way in workflow.moves and fate is not Fate.FAILED:
            self.ledger.hopping(link, hop)
            answer = self.enter(link.issue, hop, link)
        if fate is not Fate.FINE:
            raise Unavailable
        return answer

    def _record_refusal(self, link: Link, step: Step, stay: Stay) -> None:
        self.ledger.refused(link, stay, step)
        after = progress.refused(link.memory, step, stay.status)
        link.memory, link.shown = after.memory, after.decision
