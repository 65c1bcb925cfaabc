"""How long an admin waits for the judgement of a large mapping, and for the preview of what it changes.

50 projects, each with a workflow of its own of 30 states, and 10,000 linked tickets in random states. The yardstick, in
the same run, is reading the same rows: the stored workflows and the counted links, without a thought about them.

    make bench        or        python -m benchmarks.judgement

It exits with 1 if the judgement takes longer than a second at the median, or asks the remote system anything.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlalchemy import insert

from helpdesk_core.app import make_ready
from helpdesk_core.db import Database
from helpdesk_core.host import Host, utc_now
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.judging import judge_board, read_subjects
from helpdesk_core.mapping.verdicts import show
from helpdesk_core.mapping.versions import add_version, make_names
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored, store_detail, store_vocabulary
from helpdesk_core.mapping.workflows import store_workflow
from helpdesk_core.sync.effects import live, preview
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Ticket
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
from tests.core.fake_gateway import FakeGateway
from tests.core.fake_tracker import FakeTracker, admit
from tests.core.linking_world import connect, link_issue

PROJECTS, STATES, WAYS, LINKS, ROUNDS = 50, 30, 4, 10_000, 7
LIMIT_S = 1.0
KEYS = ("open", "in_progress", "waiting", "done", "closed")
CATEGORIES = (StatusCategory.NEW, *[StatusCategory.IN_PROGRESS] * 2, *[StatusCategory.DONE] * 2)


def main() -> int:
    """Measure, print, and say whether the promise holds."""
    random = Random(1)  # noqa: S311 - the same figures in each run
    with tempfile.TemporaryDirectory(prefix="judgement-") as folder:
        host, gateway = make_host(f"sqlite:///{Path(folder) / 'bench.db'}")
        connection_id = connect(host)
        board = describe(host, connection_id, random)
        link_many(host, gateway, connection_id, random)
        edited = Board(columns={**board.columns, "waiting": board.columns["in_progress"][:STATES]} | rest_of(board))
        gateway.calls.clear()
        reading = median(lambda: read(host, connection_id))
        judging = median(lambda: judge(host, connection_id, edited))
        previewing = median(lambda: foresee(host, connection_id, edited))
        calls = sum(gateway.calls.values())
        host.database.dispose()
    print(f"{PROJECTS} projects with workflows of {STATES} states, {LINKS:,} linked tickets, median of {ROUNDS} rounds")
    print(f"  reading the same rows            {reading * 1000:7.0f} ms")
    print(f"  judgement, in words              {judging * 1000:7.0f} ms   {judging / reading:4.1f} times")
    print(f"  preview of an edited board       {previewing * 1000:7.0f} ms   {previewing / reading:4.1f} times")
    print(f"  calls to the remote system       {calls:7}")
    return 0 if judging < LIMIT_S and calls == 0 else 1


def make_host(url: str) -> tuple[Host, FakeGateway]:
    """Make a helpdesk on a fresh database, whose remote system counts what it is asked."""
    gateway, registry, work = FakeGateway(utc_now), IntegrationRegistry(), Work(failed=lambda *_: None)
    admit(registry, FakeTracker(gateway=gateway))
    host = Host(
        database=Database(url),
        jobs=MemoryJobs(work, utc_now),
        vault=Vault([Vault.new_key()]),
        registry=registry,
        base_url="http://helpdesk.test",
        now=utc_now,
    )
    make_ready(host)
    return host, gateway


def describe(host: Host, connection_id: int, random: Random) -> Board:
    """Store projects, statuses and workflows, and save a board that places them all; return it."""
    projects = tuple(RemoteProject(id=f"p{n}", key=f"P{n}", name=f"Project {n}") for n in range(PROJECTS))
    statuses = {each.id: [status(each.id, n) for n in range(STATES)] for each in projects}
    everything = tuple(one for some in statuses.values() for one in some)
    columns = {key: tuple(one.id for one in everything if number(one.id) % 5 == n) for n, key in enumerate(KEYS)}
    board = Board(columns=columns)
    with host.database.write() as session:
        vocabulary = Vocabulary(projects=projects, statuses=everything)
        store_vocabulary(session, connection_id, vocabulary, now=host.now())
        choose_projects(session, connection_id, [each.id for each in projects])
        for each in projects:
            ids = tuple(one.id for one in statuses[each.id])
            kind = RemoteKind(id="k-1", name="Task", status_ids=ids)
            detail = ProjectDetail(project_id=each.id, kinds=(kind,), statuses=tuple(statuses[each.id]))
            store_detail(session, connection_id, each.id, detail, now=host.now())
            store_workflow(session, connection_id, each.id, "k-1", workflow(ids, random), now=host.now())
        add_version(session, connection_id, board, seen=0, by="Dana", now=host.now())
    return board


def status(project: str, n: int) -> RemoteStatus:
    """Return one status; its number decides its column and its category."""
    return RemoteStatus(id=f"{project}-{n}", name=f"Status {n}", category=CATEGORIES[n % 5], project_id=project)


def number(status_id: str) -> int:
    """Return the number of a status within its project."""
    return int(status_id.rpartition("-")[2])


def workflow(ids: tuple[str, ...], random: Random) -> Workflow:
    """Make a workflow: a circle through all states, and some ways more out of each."""
    steps = [
        Step(
            from_id=source,
            transition=Transition(id=f"{source}>{to}", name=f"To {to}", to_id=to),
            evidence=Evidence.KNOWN,
        )
        for position, source in enumerate(ids)
        for to in {ids[(position + 1) % len(ids)], *random.sample(ids, WAYS)} - {source}
    ]
    return Workflow(status_ids=ids, steps=tuple(steps), explored=frozenset(ids))


def link_many(host: Host, gateway: FakeGateway, connection_id: int, random: Random) -> None:
    """Link tickets in random states with issues in random states, by copying one link."""
    gateway.add("0", "p0-0", project="p0")
    first = link_issue(host, connection_id, "0")
    with host.database.write() as session:
        link, ticket = session.get_one(Link, first), session.get_one(Ticket, 1)
        of_link = {c.name: getattr(link, c.name) for c in Link.__table__.columns if c.name != "id"}
        of_ticket = {c.name: getattr(ticket, c.name) for c in Ticket.__table__.columns if c.name != "id"}
        tickets = [{**of_ticket, "id": n, "status": random.choice(KEYS)} for n in range(2, LINKS + 1)]
        session.execute(insert(Ticket), tickets)
        rows = []
        for each in tickets:
            project, remote = random.randrange(PROJECTS), random.randrange(STATES)
            here = {"project_id": f"p{project}", "remote_status": f"p{project}-{remote}"}
            base = {"base_ticket": each["status"], "base_remote": here["remote_status"]}
            rows.append({**of_link, **here, **base, "ticket_id": each["id"], "issue_id": str(each["id"])})
        session.execute(insert(Link), rows)


def rest_of(board: Board) -> dict[str, tuple[str, ...]]:
    """Return the columns of the edited board that give up what *Waiting* takes."""
    return {"in_progress": board.columns["in_progress"][STATES:], "open": board.columns["open"][:-STATES]}


def read(host: Host, connection_id: int) -> None:
    """Read what the judgement reads."""
    with host.database.read() as session:
        read_subjects(session, connection_id, read_stored(session, connection_id))
        live(session, connection_id)


def judge(host: Host, connection_id: int, board: Board) -> None:
    """Judge a board as the board's page does."""
    with host.database.read() as session:
        stored = read_stored(session, connection_id)
        found = judge_board(session, connection_id, board, live=live(session, connection_id), stored=stored)
        show(found, make_names(session, stored), "Fake")


def foresee(host: Host, connection_id: int, board: Board) -> None:
    """Say which tickets and issues it would change, as the review does."""
    with host.database.read() as session:
        preview(session, connection_id, board)


def median(work: Callable[[], None]) -> float:
    """Return the seconds that something takes, at the median of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
