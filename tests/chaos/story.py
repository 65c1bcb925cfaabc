"""Everything at once: changes on both sides, every kind of fault, workers killed with -9; then both sides agree.

The helpdesk's pages and the simulator run in the test's process, workers in their own. Nothing is mocked.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import waitress
from sqlalchemy import func, select

from helpdesk_core.app import create_app, make_ready
from helpdesk_core.connections.models import Connection
from helpdesk_core.db import Database
from helpdesk_core.host import Host
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.sync.links import policy_of, set_policy
from helpdesk_core.sync.listening import ask_to_listen
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.reconciling import reconcile
from helpdesk_core.tickets.models import EventKind, Ticket, TicketEvent
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from plugins.registry import build_registry
from tests.chaos.workers import Workers
from tests.sync.stand import (
    ANALYSIS,
    BOT,
    CLOSED,
    IN_PROGRESS,
    OPEN,
    REJECTED,
    REOPENED,
    RESOLVED,
    REVIEW,
    WAITING,
    Stand,
    connect,
    keys_of_more,
    make_host,
    make_world,
    settings_for,
)


@dataclass(frozen=True)
class Scale:
    """How much happens."""

    links: int
    changes: int
    kills: int


WHOLE, SAMPLE = Scale(links=200, changes=600, kills=10), Scale(links=40, changes=120, kills=2)
STATUSES = (OPEN, ANALYSIS, WAITING, IN_PROGRESS, REVIEW, REJECTED, RESOLVED, CLOSED, REOPENED)
TICKET_STATUSES = ("open", "in_progress", "waiting", "done", "closed")
FAULTS = (
    ("doTransition", "lose-answer", {}),
    ("doTransition", "503-html", {}),
    ("doTransition", "drop", {}),
    ("doTransition", "429", {"headers": {"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"}}),
    ("getIssue", "502", {}),
    ("getIssue", "429-html", {}),
    ("getIssue", "slow", {"seconds": 0.5}),
    ("bulkFetchIssues", "500", {}),
    ("searchAndReconsileIssuesUsingJqlPost", "empty-body", {}),
)
DELIVERY_FAULTS = ("twice", "late", "out-of-order", "never", "bad-signature", "expired-token", "broken-json")
PATIENCE_S = 150


@contextmanager
def pages(host: Host) -> Iterator[None]:
    """Serve the helpdesk where deliveries find it."""
    app = create_app(host, session_key="only for tests")
    port = int(host.base_url.rsplit(":", 1)[1])
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(5)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def live_through(backend: str, url: str, slots: tuple[str, ...], scale: Scale = WHOLE) -> str:
    """Let everything happen on one database; return a line that says how it went."""
    key = Vault.new_key()
    base_url = f"http://127.0.0.1:{free_port()}"
    with Simulator(make_world(scale.links)).serve() as simulator:
        simulator.control.search_lag(1)
        database = Database(url)
        host = make_host(
            database=database,
            jobs=DbosJobs(database),
            key=key,
            registry=build_registry(),
            jira=settings_for(simulator),
            now=lambda: datetime.now(UTC),
            base_url=base_url,
        )
        make_ready(host)
        stand = connect(host, simulator)
        orders = {
            "database_url": url,
            "key": key.reveal(),
            "jira": settings_for(simulator),
            "base_url": base_url,
        }
        try:
            with pages(host), Workers(orders, slots) as workers:
                links = begin(stand, scale)
                tumult(stand, workers, links, Random(backend), scale)
                calm(stand)
                report = judge(stand, links)
        finally:
            host.jobs.close()
            database.dispose()
        assert workers.killed >= scale.kills
        return f"{backend}: {scale.changes} changes, {workers.killed} kills: {report}"


def begin(stand: Stand, scale: Scale) -> dict[str, tuple[int, int]]:
    """Link a ticket with each issue, and order deliveries. Return ticket and link by issue key."""
    with stand.host.database.write() as session:
        set_policy(session, stand.connection_id, Policy(winner=Winner.REMOTE))
        ask_to_listen(stand.host.jobs, session, stand.connection_id)
    found = {}
    for key in keys_of_more(scale.links):
        ticket = stand.ticket()
        found[key] = (ticket, stand.link(ticket, key))
    return found


def tumult(stand: Stand, workers: Workers, links: dict[str, tuple[int, int]], random: Random, scale: Scale) -> None:
    """Let people change both sides, while everything that can go wrong does."""
    keys = list(links)
    restarting: list[str] = []
    for number in range(scale.changes):
        key = random.choice(keys)
        if random.random() < 0.5:
            stand.change(links[key][0], random.choice(TICKET_STATUSES))
        else:
            stand.move(key, random.choice(STATUSES))
        if number % 15 == 0:
            match, effect, members = random.choice(FAULTS)
            stand.simulator.control.fault(match, effect, times=random.randint(1, 4), **members)
            stand.simulator.control.delivery_fault(random.choice(DELIVERY_FAULTS), times=2, **late(random))
        if number % 150 == 75:
            # not one that was just renewed: that would mean to the helpdesk that the grant is lost
            stand.simulator.control.expire_access_tokens(older_than=3)
        if number % (scale.changes // (scale.kills + 2)) == 10:  # some may have ended by themselves
            for slot in restarting:
                workers.ready(slot)
            restarting = [random.choice(workers.slots)]
            workers.kill(restarting[0])
            workers.start(restarting[0])
        time.sleep(random.random() * 0.06)
    for slot in restarting:
        workers.ready(slot)


def late(random: Random) -> dict[str, float]:
    return {"seconds": random.random() * 5}


def calm(stand: Stand) -> None:
    """End all faults, compare everything once, and wait until nothing is left to do."""
    control = stand.simulator.control
    control.clear_faults()
    control.clear_delivery_faults()
    until(lambda: compared(stand), "all links could be compared", lambda: explain(stand))
    until(lambda: waiting_links(stand) == 0, "no link was waiting", lambda: explain(stand))


def compared(stand: Stand) -> bool:
    try:
        list(reconcile(stand.host, stand.connection_id))
    except Exception:  # noqa: BLE001 - a limit may still hold
        return False
    return True


def waiting_links(stand: Stand) -> int:
    with stand.host.database.read() as session:
        return session.scalar(select(func.count()).where(Link.wanted > Link.done)) or 0


def explain(stand: Stand) -> str:
    with stand.host.database.read() as session:
        waiting = session.scalars(select(Link).where(Link.wanted > Link.done).limit(5)).all()
        state = session.get_one(Connection, stand.connection_id).trouble
    said = [f"{one.issue_key} {one.state} {one.reason} queued={one.queued}: {one.sentence}" for one in waiting]
    return "; ".join([state, *said])


def until(condition: Callable[[], bool], what: str, tell: Callable[[], str] = str) -> None:
    """Wait for something that must come; how long it takes is not what this is about."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}: {tell()}"
        time.sleep(0.2)


def judge(stand: Stand, links: dict[str, tuple[int, int]]) -> str:
    """Compare both sides by the board, and look whether anything was done twice."""
    agree = stopped = 0
    with stand.host.database.read() as session:
        board = resolved_board(session, stand.connection_id)
        closed = policy_of(session, stand.connection_id).closed
        for key, (ticket_id, link_id) in links.items():
            assert not done_twice(stand, session, key, ticket_id), f"{key} was moved twice for one change"
            link = session.get_one(Link, link_id)
            local, remote = session.get_one(Ticket, ticket_id).status, stand.issue(key).status_id
            place = board.inbound(remote)
            if board.agrees(local, remote) or not isinstance(place, str):
                agree += 1
                continue
            words = f"{key}: ticket {local}, issue {remote}, {link.state} {link.reason}: {link.sentence}"
            assert link.state == LinkState.STOPPED, words
            reopens = local in closed and place not in closed
            assert rightly_stopped(link, local, remote, reopens=reopens, taken=taken_away(moves_of(stand, key))), words
            stopped += 1
    assert agree >= len(links) // 2
    return f"{agree} links agree, {stopped} are listed as stopped with the right reason"


def rightly_stopped(link: Link, local: str, remote: str, *, reopens: bool, taken: bool) -> bool:
    """Whether a link may be stopped for its reason, by what both sides and this workflow are."""
    match link.reason:
        case "reopen_refused":
            return reopens
        case "through_done":  # Open comes first in its column, and the one way into it leads over Rejected
            return local == "open" and remote not in {OPEN, REOPENED, REJECTED}
        case "moved_back":
            return taken
    return False


def moves_of(stand: Stand, key: str) -> list[tuple[float, bool, str]]:
    """Each move of an issue: when, whether it was the helpdesk's, and where to."""
    bot = next(a.id for a in stand.simulator.state.accounts.values() if a.email == BOT)
    return [
        (change.at, change.author == bot, item.new)
        for change in stand.issue(key).changelog
        for item in change.items
        if item.field == "status"
    ]


def taken_away(moves: list[tuple[float, bool, str]]) -> bool:
    """Whether a person moved the issue after the helpdesk had."""
    ours = [whose for _, whose, _ in moves]
    return True in ours and False in ours[ours.index(True) :]


def done_twice(stand: Stand, session, key: str, ticket_id: int) -> bool:
    """Whether the helpdesk brought the issue twice into one status, though no person changed anything in between."""
    people = select(TicketEvent.at).where(
        TicketEvent.ticket_id == ticket_id, TicketEvent.kind == EventKind.STATUS, TicketEvent.by_name == "Kim"
    )
    return repeats(moves_of(stand, key) + [(at.timestamp(), False, "") for at in session.scalars(people)])


def repeats(events: list[tuple[float, bool, str]]) -> bool:
    """Whether the helpdesk brought an issue twice into one status, though nobody else changed anything in between."""
    reached: set[str] = set()
    for _, ours, status in sorted(events):
        if ours and status in reached:
            return True
        reached = reached | {status} if ours else set()
    return False
