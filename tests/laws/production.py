"""The same histories and the same ledger, over the whole production code on SQLite: rows, services, transactions.

`synchronize` runs in a greenlet that hands over at each request to the remote system and after its answer. So between
any two of its transactions others act, answers are lost and the worker is killed, just as in the world in memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
from greenlet import greenlet
from sqlalchemy import select

from helpdesk_core import hookimpl
from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import create_user
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.db import Database
from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.paths import Hop, Terms, next_hop
from helpdesk_core.models import Base
from helpdesk_core.sync import backlog, carrying, linking, progress
from helpdesk_core.sync.links import get_link, memory_of, set_policy, store_issue
from helpdesk_core.sync.merge import Policy, Reason, SetLocal
from helpdesk_core.sync.models import Link as LinkRow
from helpdesk_core.sync.progress import Follow, Memory, Step
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Ticket as TicketRow
from helpdesk_core.values import Credentials, Evidence, OpenIssue, Secret, SystemStatus, Transition
from helpdesk_core.values import Issue as RemoteIssue
from helpdesk_core.values import Step as Edge
from helpdesk_core.values import Workflow as Graph
from helpdesk_core.vault import Vault
from tests.conftest import PASSWORD, note_failure
from tests.core.fake_tracker import FakeTracker
from tests.laws.world import Answer, Fate, Issue, Link, Stay, Ticket, Unavailable, Workflow, World

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
REMOTES = tuple("abcdef")
CONNECTIONS = (1, 2)
"""One for each side."""


@dataclass(frozen=True)
class Planned(Workflow):
    """A workflow through which the production's planner leads."""

    @classmethod
    def of(cls, workflow: Workflow) -> Planned:
        return cls(**{each: getattr(workflow, each) for each in workflow.__dataclass_fields__})

    def graph(self) -> Graph:
        edges = tuple(
            Edge(from_id=a, transition=each, evidence=Evidence.KNOWN) for a in REMOTES for each in self.transitions(a)
        )
        ids = tuple(each for each in REMOTES if each not in self.absent)
        return Graph(status_ids=ids, steps=edges, explored=frozenset(REMOTES))

    def transitions(self, remote: str) -> tuple[Transition, ...]:
        ways = sorted((a, b) for a, b in self.moves if a == remote and b not in self.absent)
        return tuple(Transition(id=f"{a}{b}", name=f"{a} to {b}", to_id=b) for a, b in ways)

    def route(self, remote: str, targets: tuple[str, ...], underway: bool) -> str | Reason:
        opened = OpenIssue(issue=as_remote("1", remote), transitions=self.transitions(remote))
        outcome = next_hop(self.graph(), opened, Targets(targets), Terms(categories={}), underway=underway)
        match outcome:
            case None:
                return remote
            case Hop(to_id=to_id):
                return to_id
            case _:
                return Reason(outcome.reason.value)


def as_remote(id_: str, status: str) -> RemoteIssue:
    return RemoteIssue(
        id=id_, key=f"KEY-{id_}", title="It", url="https://x", project_id="p", kind_id="k", status_id=status
    )


class Gateway(TicketGateway):
    """The remote system of the world of the moment. Within `synchronize` it hands over around each request."""

    def fetch(self, request):
        raise NotImplementedError

    def find(self, request):
        raise NotImplementedError

    def changed(self, request):
        raise NotImplementedError

    def open(self, request):
        world = Production.current
        link = world.working
        if self._meet() is not Fate.FINE:
            raise TemporarilyUnavailable("It does not answer.")
        issue = world.known[request.issue_id]
        if link:
            world.reads[link] = issue.stay
        opened = OpenIssue(
            issue=as_remote(request.issue_id, issue.stay.status),
            transitions=world.workflow_at(issue).transitions(issue.stay.status),
        )
        self._meet()
        return opened

    def hop(self, request):
        world = Production.current
        link = world.working
        try:
            answer = world._ask(link, request.transition.to_id, self._meet())
        except Unavailable:
            raise TemporarilyUnavailable("The answer is lost.") from None
        self._meet()
        if isinstance(answer, Stay):
            world.reads[link] = answer
        if answer is Answer.NOT_OPEN:
            raise Rejected("Not open any more.", cure="Look again.", code="stale")
        if answer is Answer.REFUSED:
            raise Rejected("No.", cure="Mend it.", code="refused")

    @staticmethod
    def _meet() -> Fate:
        """Let others act; what comes back is what happens to this request."""
        return greenlet.getcurrent().parent.switch() if Production.current.working else Fate.FINE


@dataclass
class Production(World):
    """A world whose links and tickets are rows, and whose work is the production's."""

    current: ClassVar[Production]
    template: ClassVar[Path]
    numbers: ClassVar[Iterator[int]] = count()

    working: Link | None = field(init=False, default=None)
    reads: dict[Link, Stay] = field(init=False, default_factory=dict)
    """The issue as a link's work has last seen it, or brought it."""
    rows: dict[object, int] = field(init=False, default_factory=dict)
    """The database's ids of tickets and links."""
    known: dict[str, Issue] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        Production.current = self
        self.host = open_host(self.template, self.template.with_name(f"history-{next(self.numbers)}.db"))
        for ticket in self.tickets:
            self._add(ticket)
        self.policy, self.workflow = self.policy, self.workflow

    def __setattr__(self, name: str, value: object) -> None:
        if name == "workflow" and not isinstance(value, Planned):
            value = Planned.of(value)
        super().__setattr__(name, value)
        if name == "policy" and hasattr(self, "host"):
            self.store_policy(value, 0)

    def store_policy(self, policy: Policy, side: int) -> None:
        with self.host.database.write() as session:
            set_policy(session, CONNECTIONS[side], policy)

    def close(self) -> None:
        self.host.database.dispose()

    # ── what people do, by the production's services ──

    def change_ticket(self, ticket: Ticket, status: str) -> None:
        if ticket.status != status:
            ticket.changes += 1
            observers = (backlog.TicketChanged(self.host.jobs),)
            with self.host.database.write() as session:
                row = session.get_one(TicketRow, self.rows[ticket])
                tickets.change_status(session, row, status, by="Kim", now=NOW, observers=observers)
            self._pull()

    def link(self, ticket: Ticket, issue: Issue, follow: Follow) -> None:
        if not self.may_link(ticket, issue):
            return
        id_ = next((known for known, each in self.known.items() if each is issue), str(len(self.known) + 1))
        self.known[id_] = issue
        before = ticket.status
        made = linking.link(
            self.host,
            ticket_id=self.rows[ticket],
            connection_id=CONNECTIONS[issue.side],
            issue_id=id_,
            follow=follow,
            by="Kim",
        )
        link = Link(ticket, issue, memory_of(made), issue.stay)
        self.rows[link] = made.id
        self.links.append(link)
        self._decided_by_a_person(link, before)

    def create_out(self, ticket: Ticket, issue: Issue) -> None:
        """Nothing yet: issues are linked, not created."""

    def create_in(self, issue: Issue) -> None:
        """Nothing yet, as above."""

    def unlink(self, link: Link) -> None:
        if link.work is None:
            self.links.remove(link)
            linking.unlink(self.host, self.rows.pop(link), by="Kim")
            self._pull()

    def choose(self, link: Link, follow: Follow, *, live: bool = False) -> None:
        if live:
            link.seen = link.issue.stay
            with self.host.database.write() as session:
                row = get_link(session, self.rows[link])
                store_issue(row, as_remote(row.issue_id, link.seen.status))
        before = link.ticket.status
        linking.choose(self.host, self.rows[link], follow, by="Kim")
        self._decided_by_a_person(link, before)

    def retry(self, link: Link) -> None:
        linking.retry(self.host, self.rows[link], by="Kim")
        self.ledger.mended(link)
        self._pull()

    # ── what the machinery does ──

    def _want(self, links) -> None:
        with self.host.database.write() as session:
            rows = [get_link(session, self.rows[link]) for link in links]
            backlog.want(self.host.jobs, session, rows, now=NOW)
        self._pull()

    def _work(self, link: Link, _wanted: int) -> Generator[None, Fate, None]:
        work = greenlet(lambda _first: carrying.synchronize(self.host, self.rows[link]))
        fate = Fate.FINE
        while True:
            self.working = link
            try:
                work.switch(fate)
            finally:
                self.working = None
                self._pull()
            if work.dead:
                return
            fate = yield

    # ── what the ledger is told ──

    def decided(self, link: Link, step: Step) -> None:
        self.ledger.decided(link, self.reads[link], step)
        link.shown, link.seen = step.decision, self.reads[link]
        if isinstance(step.decision, SetLocal):
            link.ticket.sets[link] += 1

    def answered(self, link: Link, step: Step, after: Memory) -> None:
        link.memory, link.seen = after, self.reads[link]
        if progress.arrived(step):
            self.ledger.arrived(link, step)

    def refused(self, link: Link, step: Step, after: Step) -> None:
        self.ledger.refused(link, self.reads[link], step)
        link.shown = after.decision

    # ── within ──

    def _decided_by_a_person(self, link: Link, before: str) -> None:
        self._pull()
        link.ticket.changes += link.ticket.status != before
        self.ledger.started(link)

    def _add(self, ticket: Ticket) -> None:
        with self.host.database.write() as session:
            row = tickets.create_ticket(
                session, title="It", body="", requester_name="Rae", status=ticket.status, by="Kim", now=NOW
            )
            self.rows[ticket] = row.id

    def _pull(self) -> None:
        """See what the rows say by now."""
        with self.host.database.read() as session:
            links = {row.id: row for row in session.scalars(select(LinkRow))}
            statuses = {row.id: row.status for row in session.scalars(select(TicketRow))}
        for link in self.links:
            row = links[self.rows[link]]
            link.memory, link.wanted, link.done = memory_of(row), row.wanted, row.done
        for ticket in self.tickets:
            ticket.status = statuses[self.rows[ticket]]


# ── the host, and what is watched ─────────────────────────────────────────────────────────────────────────────────────


def make_template(file: Path) -> Path:
    """Make a database with a connection and the statuses of these histories."""
    host = open_host(None, file)
    Base.metadata.create_all(host.database.engine)
    with host.database.write() as session:
        dana = create_user(
            session, email="dana@acme.example", name="Dana", password=Secret(PASSWORD), role=Role.ADMIN, now=NOW
        )
        tickets.create_status(session, name="Vendor", system=SystemStatus.WAITING)
        tickets.create_status(session, name="Archived", system=SystemStatus.CLOSED)
        session.add_all(
            Connection(
                id=connection_id,
                integration="fake",
                workspace_id=f"w-{connection_id}",
                workspace_name="acme",
                workspace_url="https://acme.example",
                state=ConnectionState.CONNECTED,
                state_since=NOW,
                account_id="a-1",
                account_name="Bot",
                connected_by_id=dana.id,
                connected_at=NOW,
            )
            for connection_id in CONNECTIONS
        )
        session.flush()
        for connection_id in CONNECTIONS:
            store_new(host, session, connection_id, Credentials(access_token=Secret("token")))
    host.database.dispose()
    return file


KEY = Vault.new_key()


def open_host(template: Path | None, file: Path) -> Host:
    if template:
        shutil.copy(template, file)
    registry = IntegrationRegistry()
    registry.admit("fake", plugin(), Origin(distribution="helpdesk-fake", version="1.0"))
    return Host(
        database=Database(f"sqlite:///{file}"),
        jobs=MemoryJobs(Work(failed=note_failure)),
        vault=Vault([KEY]),
        registry=registry,
        base_url="http://helpdesk.test",
        now=lambda: NOW,
    )


def a_place(connection_id: int) -> Issue:
    """Return an issue on the side of a connection: what is asked of a side is the same for all of them."""
    return Issue(Stay(""), CONNECTIONS.index(connection_id))


def plugin() -> ModuleType:
    module, gateway = FakeTracker().module(), Gateway()
    module.helpdesk_ticket_gateway = hookimpl(specname="helpdesk_ticket_gateway")(lambda: gateway)
    return module


@contextmanager
def watched(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tell the ledger of the world of the moment what the production decides, and let its board and workflow hold."""
    next_step, answered, refused = carrying.next_step, carrying.answered, carrying.refused

    def watched_next_step(*args, **kwargs):
        step = next_step(*args, **kwargs)
        Production.current.decided(Production.current.working, step)
        return step

    def watched_answered(memory, step):
        after = answered(memory, step)
        Production.current.answered(Production.current.working, step, after)
        return after

    def watched_refused(memory, step, remote, reason):
        after = refused(memory, step, remote, reason)
        Production.current.refused(Production.current.working, step, after)
        return after

    def board(_session, connection_id, *_more):
        return Production.current.board_at(a_place(connection_id))

    def graph(_session, connection_id, *_more):
        return Production.current.workflow_at(a_place(connection_id)).graph()

    with patch.context() as patched:
        patched.setattr(carrying, "next_step", watched_next_step)
        patched.setattr(carrying, "answered", watched_answered)
        patched.setattr(carrying, "refused", watched_refused)
        patched.setattr(carrying, "resolved_board", board)
        patched.setattr(linking, "resolved_board", board)
        patched.setattr(carrying, "known_workflow", graph)
        yield
