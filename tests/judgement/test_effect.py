"""What the preview of an edited board says is exactly what then changes: on 300 linked tickets, again and again."""

from __future__ import annotations

from collections import Counter
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk_core.db import Database
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping.board import Board, Leave, Override, SameAs, Tray, problems
from helpdesk_core.mapping.observing import Choice, IssueChange, TicketChange
from helpdesk_core.mapping.versions import add_version, latest
from helpdesk_core.mapping.vocabulary import choose_projects, store_detail, store_vocabulary
from helpdesk_core.mapping.workflows import store_workflow
from helpdesk_core.sync.applying import ApplyBoard
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.effects import preview
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.merge import Policy
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import change_status, list_statuses
from helpdesk_core.values import (
    Evidence,
    ProjectDetail,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Step,
    Transition,
    Vocabulary,
    Workflow,
)
from helpdesk_core.vault import Vault
from tests.conftest import Clock, note_failure
from tests.core.fake_gateway import FakeGateway
from tests.core.fake_tracker import FakeTracker, admit
from tests.core.linking_world import connect, link_alike, link_issue
from tests.databases import our_tables

pytestmark = pytest.mark.judgement

LINKS, CHANGES = 300, 60
KEYS = ("open", "in_progress", "waiting", "done", "closed")
REMOTES = tuple("abcdefgh")
DONE = frozenset("gh")
PROJECTS = ("p-1", "p-2")
MOST = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def board_of(random: Random) -> Board:
    """Make any board that the helpdesk would save."""
    places = (*KEYS, *KEYS, Tray.NEW, Tray.IGNORED)
    placed = {remote: random.choice(places) for remote in random.sample(REMOTES, len(REMOTES))}
    columns = {key: tuple(r for r, place in placed.items() if place == key) for key in KEYS}
    ignored = frozenset(r for r, place in placed.items() if place is Tray.IGNORED)
    heads = {key: random.choice([Leave(), SameAs(random.choice(KEYS))]) for key in random.sample(KEYS, 2)}
    override = Override(placements={random.choice(REMOTES): random.choice(places)})
    return Board(columns=columns, ignored=ignored, heads=heads, overrides={"p-2": override})


def workflow_of(random: Random) -> dict[str, tuple[str, ...]]:
    return {remote: tuple(random.sample(REMOTES, random.randint(0, 4))) for remote in REMOTES}


class Stand:
    """A helpdesk with 300 linked tickets in random states, some of them stopped."""

    def __init__(self, url: str, random: Random) -> None:
        self.random, clock, work = random, Clock(), Work(failed=note_failure)
        self.gateway = FakeGateway(clock, moves=workflow_of(random))
        registry = IntegrationRegistry()
        admit(registry, FakeTracker(gateway=self.gateway))
        self.host = Host(
            database=Database(url),
            jobs=MemoryJobs(work, clock),
            vault=Vault([Vault.new_key()]),
            registry=registry,
            base_url="http://helpdesk.test",
            now=clock,
        )
        register(work, self.host)
        self.connection_id = connect(self.host)
        self._describe()
        self.save(self.fit(board_of(random)), Choice.LEAVE)
        self._link()

    def _describe(self) -> None:
        """Tell the helpdesk what the remote system's projects, statuses and workflows are."""
        statuses = tuple(
            RemoteStatus(
                id=each, name=each, category=StatusCategory.DONE if each in DONE else StatusCategory.IN_PROGRESS
            )
            for each in REMOTES
        )
        projects = tuple(RemoteProject(id=each, key=each.upper(), name=each) for each in PROJECTS)
        moves = self.gateway.moves or {}
        steps = tuple(
            Step(
                from_id=source,
                transition=Transition(id=f"{source}>{to}", name=f"To {to}", to_id=to),
                evidence=Evidence.KNOWN,
            )
            for source, ways in moves.items()
            for to in ways
        )
        workflow = Workflow(status_ids=REMOTES, steps=steps, explored=frozenset(REMOTES))
        now = self.host.now()
        with self.host.database.write() as session:
            store_vocabulary(session, self.connection_id, Vocabulary(projects=projects, statuses=statuses), now=now)
            choose_projects(session, self.connection_id, PROJECTS)
            for each in PROJECTS:
                kind = RemoteKind(id="k-1", name="Task", status_ids=REMOTES)
                detail = ProjectDetail(project_id=each, kinds=(kind,), statuses=statuses)
                store_detail(session, self.connection_id, each, detail, now=now)
                store_workflow(session, self.connection_id, each, "k-1", workflow, now=now)
            set_policy(
                session,
                self.connection_id,
                Policy(
                    may_reopen=self.random.random() < 0.5,
                    inward=self.random.random() < 0.8,
                    outward=self.random.random() < 0.8,
                ),
            )

    def fit(self, board: Board) -> Board:
        """Take the heads away that would not be saved."""
        with self.host.database.read() as session:
            statuses = tuple(list_statuses(session))
        return board if not problems(board, statuses) else Board(columns=board.columns, ignored=board.ignored)

    def _link(self) -> None:
        """Link tickets that are in any state with issues in any status, then let people change some of them."""
        random = self.random
        self.gateway.add("0", "a")
        first = link_issue(self.host, self.connection_id, "0")
        self.host.jobs.run_all()
        issues = [
            self.gateway.add(str(n), random.choice(REMOTES), project=random.choice(PROJECTS)) for n in range(1, LINKS)
        ]
        for n in range(50, LINKS - 1, 50):  # several tickets on one issue
            issues[n] = issues[n - 1]
        link_alike(self.host, first, issues)
        with self.host.database.write() as session:
            for link in session.scalars(select(Link)):
                ticket = session.get_one(Ticket, link.ticket_id)
                ticket.status = random.choice(KEYS)
                link.project_id = self.gateway.issues[link.issue_id].project_id
                link.base_ticket, link.base_remote = ticket.status, link.remote_status
        with self.host.database.write() as session:
            for ticket in random.sample(list(session.scalars(select(Ticket).order_by(Ticket.id))), CHANGES):
                observers = (TicketChanged(self.host.jobs),)
                change_status(session, ticket, random.choice(KEYS), by="Kim", now=self.host.now(), observers=observers)
        self.host.jobs.run_all()

    def save(self, board: Board, choice: Choice) -> None:
        """Put a board into force, as the review page does."""
        with self.host.database.write() as session:
            seen = latest(session, self.connection_id).number
            add_version(session, self.connection_id, board, seen=seen, by="Dana", now=self.host.now())
            ApplyBoard(self.host.jobs)(session, self.connection_id, choice, "Dana")
        self.host.jobs.run_all()

    def tickets(self) -> dict[int, str]:
        with self.host.database.read() as session:
            return dict(session.execute(select(Ticket.id, Ticket.status)).all())

    def issues(self) -> dict[str, str]:
        return {issue.key: issue.status_id for issue in self.gateway.issues.values()}


def changed(before: dict, after: dict) -> dict:
    """Return what is different now: (before, after) by key."""
    return {key: (was, after[key]) for key, was in before.items() if after[key] != was}


def live_through(url: str, seed: int, choice: Choice, seen: Counter[str]) -> None:
    """Edit a board, look at the preview, save with a choice, and compare."""
    random = Random(seed)
    stand = Stand(url, random)
    board = stand.fit(board_of(random))
    with stand.host.database.read() as session:
        if board == latest(session, stand.connection_id).board:
            return
        effect = preview(session, stand.connection_id, board)
    tickets, issues = stand.tickets(), stand.issues()
    stand.save(board, choice)
    chosen = {Choice.TICKETS: effect.tickets, Choice.ISSUES: effect.issues, Choice.LEAVE: ()}[choice]
    said = [*chosen, *(effect.retried if choice is not Choice.LEAVE else ())]
    assert changed(tickets, stand.tickets()) == {
        each.ticket_id: (each.before, each.after) for each in said if isinstance(each, TicketChange)
    }
    moves = [each for each in said if isinstance(each, IssueChange)]
    assert changed(issues, stand.issues()) == {
        each.issue_key: (each.before, each.after) for each in moves if not each.stops
    }
    if choice is not Choice.LEAVE:
        with stand.host.database.read() as session:
            rows = session.scalars(select(Link).where(Link.ticket_id.in_([e.ticket_id for e in moves if e.stops])))
            reasons = {(each.issue_key, each.ticket_id): each.reason for each in rows}
        assert reasons == {(each.issue_key, each.ticket_id): each.stops for each in moves if each.stops}
    stand.host.database.dispose()
    seen.update(
        boards=1,
        tickets=len(effect.tickets),
        moves=len(effect.moving),
        stops=len(effect.issues) - len(effect.moving),
        retried=len(effect.retried),
        kept=effect.kept,
    )


@pytest.mark.parametrize("choice", Choice)
def test_what_is_said_is_what_then_changes(choice, sqlite_files, tmp_path, tell, sampled):
    numbers, seen = count(), Counter[str]()

    @settings(MOST, max_examples=2 if sampled else 15)
    @given(seed=st.integers(0, 2**32))
    def histories(seed):
        live_through(sqlite_files.copy(our_tables, tmp_path / f"{next(numbers)}.db"), seed, choice, seen)

    histories()
    assert min(seen.values()) > 0, seen
    tell.row("effect: what was said and then changed, on 300 linked tickets each", f"then: {choice.value}", dict(seen))
