"""On every real workflow: suggest, judge, save; then a ticket goes through all five statuses in every order.

Whatever the judgement says of a move must come true. Moves are tried from every situation into which any order brings a
ticket and its issue, so that all orders are covered without walking the same stretch again and again. What a validator
demands stands nowhere; so the first refusal of such a move may come as a surprise, and no second one.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from helpdesk_core.db import Database
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping.judgement import Goal, Judgement, landing
from helpdesk_core.mapping.paths import Plan, Unknown
from helpdesk_core.sync import linking
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.merge import Reason
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import Follow
from helpdesk_core.sync.work import register
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import Evidence
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from tests.conftest import note_failure
from tests.databases import our_tables
from tests.judgement.site import Mapped, Situation, copy_of, map_by_suggestion, new_issue, world_of
from tests.simulator.conftest import folder
from tests.sync.stand import make_host, settings_for

FOLDER = folder("HELPDESK_WORKFLOWS", "workflows")
FILES = sorted(FOLDER.glob("*.json"))
WORKFLOWS = [
    pytest.param(file, id=file.stem, marks=[pytest.mark.soak] if n % 4 else []) for n, file in enumerate(FILES)
]
KEYS = ("open", "in_progress", "waiting", "done", "closed")
SECTION = "judgement: what was said of each move, and what came true"
HEADS = (
    "known",
    "learnt",
    "unknown",
    "questions",
    "tried",
    "moved",
    "announced",
    "surprises",
    "false alarms",
    "orders",
)

pytestmark = [
    pytest.mark.judgement,
    pytest.mark.skipif(not FILES, reason=f"no workflow files in {FOLDER}; name their folder in HELPDESK_WORKFLOWS"),
]


@pytest.fixture
def mapped(file: Path, readable: bool, registry, sqlite_files, tmp_path, vault_key):
    """Serve the world of a workflow, and map it as an admin would who accepts everything."""
    world = world_of(numbered(file), readable=readable, seeds=not readable)
    work = Work(failed=note_failure)
    database = Database(sqlite_files.copy(our_tables, tmp_path / "judged.db"))
    with Simulator(world).serve() as simulator:
        host = make_host(
            database=database,
            jobs=MemoryJobs(work, lambda: datetime.now(UTC)),
            key=Vault.new_key(),
            registry=registry,
            jira=settings_for(simulator),
            now=lambda: datetime.now(UTC),
        )
        register(work, host)
        yield map_by_suggestion(host, simulator, readable=readable)
    database.dispose()


@pytest.mark.parametrize("readable", [True, False], ids=["readable", "ordinary"])
@pytest.mark.parametrize("file", WORKFLOWS)
def test_what_is_said_comes_true(file, readable, mapped, tell):
    count = Counter(dict.fromkeys(HEADS, 0), questions=mapped.asked)
    judgement = mapped.judgement()
    count_ways(judgement, count)
    walk = Walk(mapped, judgement, count)
    walk.everywhere()
    count["orders"] = sum(walk.covers(order) for order in permutations(KEYS))
    tell.row(SECTION, f"{file.stem} ({'readable' if readable else 'ordinary'})", dict(count))
    assert count["unknown"] == 0
    assert count["false alarms"] == 0
    assert count["surprises"] == len(walk.surprises), f"each at most once: {walk.surprises}"
    assert walk.surprises <= validated(file), "nothing but a validator comes as a surprise"
    assert count["orders"] == 120


def count_ways(judgement: Judgement, count: Counter[str]) -> None:
    """Count how the ways to all targets are known."""
    for way in (way for goal in judgement.goals for way in goal.ways):
        count["known"] += way.evidence is Evidence.KNOWN
        count["learnt"] += way.evidence is Evidence.LEARNT
        count["unknown"] += isinstance(way.outcome, Unknown)


def numbered(file: Path) -> dict[str, Any]:
    """Read a workflow, with numbers for ids as Jira has them: two files have words there."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    ids = [str(status["id"]) for status in content["statuses"]]
    called = {id_: id_ if id_.isdecimal() else str(90001 + n) for n, id_ in enumerate(ids)}
    for status in content["statuses"]:
        status["id"] = called[str(status["id"])]
    for move in content["transitions"]:
        move["to"] = called[str(move["to"])]
        move["from"] = move["from"] if move["from"] == "any" else [called[str(each)] for each in move["from"]]
    initial = content.get("initial")
    return content | ({"initial": called.get(str(initial), initial)} if isinstance(initial, str | int) else {})


def validated(file: Path) -> set[tuple[str, str]]:
    """Return the moves on which a validator demands something, by the file."""
    content = numbered(file)
    ids = [str(status["id"]) for status in content["statuses"]]
    return {
        (str(start), str(move["to"]))
        for move in content["transitions"]
        if move.get("required_fields")
        for start in (ids if move["from"] == "any" else move["from"])
    }


class Walk:
    """Changes a ticket from every situation that can come to be, and compares what happens with what was said."""

    def __init__(self, mapped: Mapped, judgement: Judgement, count: Counter[str]) -> None:
        self._mapped, self._judgement, self._count = mapped, judgement, count
        self._board = mapped.resolved
        self.surprises: set[tuple[str, str]] = set()
        self._next: dict[tuple[Situation, str], Situation] = {}
        self._begin = self._link()
        self._start = self._situation(self._begin)

    def everywhere(self) -> None:
        """Try every change from every situation."""
        waiting, seen = deque([self._begin]), {self._start}
        while waiting:
            here = waiting.popleft()
            for key in KEYS:
                situation = self._situation(here)
                if key == situation.local:
                    self._next[situation, key] = situation
                    continue
                moved = copy_of(self._mapped, here)
                self._change(moved, situation, key)
                after = self._situation(moved)
                self._next[situation, key] = after
                if after not in seen:
                    seen.add(after)
                    waiting.append(moved)

    def covers(self, order: tuple[str, ...]) -> bool:
        """Whether every change of this order was tried in the situation in which it comes."""
        here = self._start
        for key in order:
            if (here, key) not in self._next:
                return False
            here = self._next[here, key]
        return True

    def _link(self) -> int:
        _, issue_id = new_issue(self._mapped)
        host, now = self._mapped.host, self._mapped.host.now()
        with host.database.write() as session:
            number = tickets.create_ticket(session, title="It", body="", requester_name="Rae", by="Kim", now=now).id
        link = linking.link(
            host,
            ticket_id=number,
            connection_id=self._mapped.connection_id,
            issue_id=issue_id,
            follow=Follow.TICKET_FOLLOWS,
            by="Kim",
        )
        host.jobs.run_all()
        return link.id

    def _situation(self, link_id: int) -> Situation:
        with self._mapped.host.database.read() as session:
            link = session.get_one(Link, link_id)
            return Situation.of(link, session.get_one(Ticket, link.ticket_id))

    def _change(self, link_id: int, before: Situation, key: str) -> None:
        """Let an agent change the ticket, and compare."""
        host = self._mapped.host
        with host.database.write() as session:
            ticket = session.get_one(Ticket, session.get_one(Link, link_id).ticket_id)
            observers = (TicketChanged(host.jobs),)
            tickets.change_status(session, ticket, key, by="Kim", now=host.now(), observers=observers)
        host.jobs.run_all()
        with host.database.read() as session:
            link = session.get_one(Link, link_id)
        goal = next(goal for goal in self._judgement.goals if goal.key == key)
        self._count["tried"] += 1
        if goal.target is None or before.remote == goal.target or link.reason == Reason.AGREE:
            assert link.remote_status == before.remote, "nothing was to move"
            return
        self._compare(goal, before, link)

    def _compare(self, goal: Goal, before: Situation, link: Link) -> None:
        way = next(way for way in goal.ways if way.start == before.remote)
        said_yes = isinstance(way.outcome, Plan) and not way.rejected
        arrived = link.state == LinkState.IN_STEP
        if isinstance(way.outcome, Plan) and arrived:
            assert link.remote_status == landing(way.outcome, goal.key, self._board)
        self._count["moved"] += arrived
        if arrived:
            self._count["false alarms"] += not said_yes
        elif said_yes:
            self._surprised(link)
        else:
            self._count["announced"] += 1
            if not isinstance(way.outcome, Plan):
                assert link.reason == way.outcome.reason.value

    def _surprised(self, link: Link) -> None:
        assert link.reason == Reason.REJECTED, link.sentence
        assert link.attempt is not None
        refusal = link.attempt["refusal"]
        self._count["surprises"] += 1
        self.surprises.add((refusal["at"], refusal["to"]))
        self._judgement = self._mapped.judgement()  # from now on it announces that
