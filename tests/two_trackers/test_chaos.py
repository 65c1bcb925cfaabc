"""Chaos at Jira and workers killed, while the same tickets are kept in step with a real Roundup, which is well."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from helpdesk_core.app import make_ready
from helpdesk_core.connections.models import Connection, ConnectionState, Contact
from helpdesk_core.db import Database
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.listening import ask_to_listen
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.reconciling import reconcile
from helpdesk_core.tickets.models import EventKind, Ticket, TicketEvent
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from tests.chaos.story import (
    DELIVERY_FAULTS,
    FAULTS,
    STATUSES,
    TICKET_STATUSES,
    calm,
    free_port,
    late,
    pages,
    repeats,
    rightly_stopped,
    taken_away,
    until,
    waiting_links,
)
from tests.chaos.workers import Workers
from tests.sync.stand import connect, keys_of_more, make_host, make_world, settings_for
from tests.two_trackers.both import PEOPLE_SAY, Both, connect_roundup, roundup
from tests.two_trackers.plugins import both_plugins

pytestmark = pytest.mark.chaos

NAMES = tuple(name for names in PEOPLE_SAY.values() for name in names)
Pairs = dict[str, tuple[int, str]]


def test_chaos_at_jira_does_not_touch_roundup(tmp_path, tell, caplog, sampled):
    caplog.set_level(logging.CRITICAL)  # hundreds of faults are warned of, and all are meant
    pairs, changes = (8, 60) if sampled else (30, 300)
    with running(tmp_path, pairs) as (both, workers):
        with both.host.database.write() as session:
            for connection_id in (both.jira.connection_id, both.roundup_id):
                set_policy(session, connection_id, Policy(winner=Winner.REMOTE))
            ask_to_listen(both.host.jobs, session, both.jira.connection_id)
        linked = {key: both.link(key) for key in keys_of_more(pairs)}
        tumult(both, workers, linked, Random(7), changes)
        calm(both.jira)
        until(lambda: compared(both), "Roundup's links could be compared")
        until(lambda: waiting_links(both.jira) == 0, "no link was waiting")
        report = judge(both, linked)
        tell.line("chaos", f"two trackers, sqlite: {changes} changes, {workers.killed} kills: {report}")
        assert workers.killed >= 1


@contextmanager
def running(folder: Path, pairs: int) -> Iterator[tuple[Both, Workers]]:
    """Run the simulator, a Roundup server, the helpdesk's pages and a worker."""
    key, base_url = Vault.new_key(), f"http://127.0.0.1:{free_port()}"
    url = f"sqlite:///{folder / 'two.db'}"
    with Simulator(make_world(pairs)).serve() as simulator, roundup(folder) as tracker:
        simulator.control.search_lag(1)
        database = Database(url)
        host = make_host(
            database=database,
            jobs=DbosJobs(database),
            key=key,
            registry=both_plugins(),
            jira=settings_for(simulator),
            now=lambda: datetime.now(UTC),
            base_url=base_url,
        )
        make_ready(host)
        jira = connect(host, simulator)
        both = Both(jira, tracker, connect_roundup(host, tracker))
        orders = {
            "database_url": url,
            "key": key.reveal(),
            "jira": settings_for(simulator),
            "base_url": base_url,
            "roundup": True,
        }
        try:
            with pages(host), Workers(orders, ("web",)) as workers:
                yield both, workers
        finally:
            host.jobs.close()
            database.dispose()


def tumult(both: Both, workers: Workers, linked: Pairs, random: Random, changes: int) -> None:
    """Let people change all three places, while everything that can go wrong does at Jira, and workers die."""
    control = both.jira.simulator.control
    for number in range(changes):
        key = random.choice(list(linked))
        ticket, issue_id = linked[key]
        match random.randrange(3):
            case 0:
                both.jira.change(ticket, random.choice(TICKET_STATUSES))
            case 1:
                both.jira.move(key, random.choice(STATUSES))
            case 2:
                both.roundup.move_issue(issue_id, random.choice(NAMES))
        if number % 10 == 0:
            match_, effect, members = random.choice(FAULTS)
            control.fault(match_, effect, times=random.randint(1, 4), **members)
            control.delivery_fault(random.choice(DELIVERY_FAULTS), times=2, **late(random))
        if number % 50 == 30:
            workers.kill("web")
            workers.start("web")
            workers.ready("web")
        time.sleep(random.random() * 0.05)


def compared(both: Both) -> bool:
    list(reconcile(both.host, both.roundup_id))
    return True


def judge(both: Both, linked: Pairs) -> str:
    """Compare all three by both boards, and look whether anything was done twice, and how Roundup fared."""
    agree = stopped = 0
    with both.host.database.read() as session:
        contact = session.scalars(select(Contact).where(Contact.connection_id == both.roundup_id)).one()
        state = session.get_one(Connection, both.roundup_id).state
        assert (state, contact.failure) == (ConnectionState.CONNECTED, ""), "Roundup was well all the time"
        for key, (ticket_id, issue_id) in linked.items():
            events = people_on(session, ticket_id)
            assert not repeats(both.moves_in_roundup(issue_id) + events), f"{key}: moved twice in Roundup"
            assert not repeats(both.moves_in_jira(key) + events), f"{key}: moved twice in Jira"
            for link in session.scalars(select(Link).where(Link.ticket_id == ticket_id)):
                is_jira = link.connection_id == both.jira.connection_id
                local = session.get_one(Ticket, ticket_id).status
                remote = both.jira.issue(key).status_id if is_jira else status_in_roundup(both, issue_id)
                board = resolved_board(session, link.connection_id)
                place = board.inbound(remote)
                if board.agrees(local, remote) or not isinstance(place, str):
                    agree += 1
                    continue
                words = f"{key}: ticket {local}, issue {remote}, {link.state} {link.reason}: {link.sentence}"
                assert link.state == LinkState.STOPPED, words
                reopens = local == "closed" and place != "closed"
                moves = both.moves_in_jira(key) if is_jira else both.moves_in_roundup(issue_id)
                assert rightly_stopped(link, local, remote, reopens=reopens, taken=taken_away(moves)), words
                stopped += 1
    assert agree >= len(linked)
    return f"{agree} of {2 * len(linked)} links agree, {stopped} are listed as stopped with the right reason"


def people_on(session, ticket_id: int) -> list[tuple[float, bool, str]]:
    """Each change of a ticket: whoever made it, the other tracker's is a reason to move, too."""
    changes = select(TicketEvent.at).where(TicketEvent.ticket_id == ticket_id, TicketEvent.kind == EventKind.STATUS)
    return [(at.timestamp(), False, "") for at in session.scalars(changes)]


def status_in_roundup(both: Both, issue_id: str) -> str:
    with both.roundup.acting("admin") as db:
        return str(db.issue.get(issue_id, "status"))
