"""Several people change tickets and statuses at the same moment, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from sqlalchemy import select

from helpdesk_core.db import Database
from helpdesk_core.errors import NotFound
from helpdesk_core.models import Base
from helpdesk_core.tickets import service
from helpdesk_core.tickets.models import Ticket, TicketEvent
from helpdesk_core.values import SystemStatus

WORKERS = 8
VENDOR = "vendor"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def add_tickets(host, count: int, status: str = "open") -> list[int]:
    with host.database.write() as session:
        return [
            service.create_ticket(
                session, title="T", body="", requester_name="Rae", status=status, by="Seed", now=host.now()
            ).id
            for _ in range(count)
        ]


def test_changes_of_one_ticket_are_all_written_down_as_one_chain(host):
    """Each change begins where the one before it ended, whoever had read the ticket earlier."""
    (number,) = add_tickets(host, 1)
    keys = [system.value for system in SystemStatus]

    def work(worker: int) -> int:
        changed = 0
        for step in range(10):
            with host.database.read() as session:
                stale = service.get_ticket(session, number)
            with host.database.write() as session:
                ticket = session.merge(stale, load=False)
                key = keys[(worker + step) % len(keys)]
                changed += bool(service.change_status(session, ticket, key, by=f"w{worker}", now=host.now()))
        return changed

    with ThreadPoolExecutor(WORKERS) as pool:
        changed = sum(pool.map(work, range(WORKERS)))
    with host.database.read() as session:
        events = session.scalars(select(TicketEvent).order_by(TicketEvent.id)).all()
        last = service.get_status(session, service.get_ticket(session, number).status).name
    assert len(events) == changed > 0
    assert all(earlier.after == later.before for earlier, later in pairwise(events))
    assert (events[0].before, events[-1].after) == ("Open", last)


def test_no_ticket_gets_a_status_that_is_being_deleted(host):
    """Every change either comes before the deletion and is replaced, or is refused; nobody waits for ever."""
    with host.database.write() as session:
        service.create_status(session, name="Vendor", system=SystemStatus.WAITING)
    numbers = add_tickets(host, WORKERS * 5)
    start = Barrier(WORKERS + 1)

    def work(worker: int) -> None:
        start.wait()
        for number in numbers[worker::WORKERS]:
            try:
                with host.database.write() as session:
                    ticket = service.get_ticket(session, number)
                    service.change_status(session, ticket, VENDOR, by="w", now=host.now())
            except NotFound:
                return

    def delete() -> None:
        start.wait()
        with host.database.write() as session:
            service.delete_status(session, VENDOR, replacement="waiting", by="Dana", now=host.now())

    with ThreadPoolExecutor(WORKERS + 1) as pool:
        for done in [*(pool.submit(work, worker) for worker in range(WORKERS)), pool.submit(delete)]:
            done.result()
    with host.database.read() as session:
        assert set(session.scalars(select(Ticket.status))) <= {"open", "waiting"}


def test_deleting_a_status_does_not_pull_back_a_ticket_that_moved_on(host):
    with host.database.write() as session:
        service.create_status(session, name="Vendor", system=SystemStatus.WAITING)
    numbers = add_tickets(host, WORKERS * 5, VENDOR)
    start = Barrier(WORKERS + 1)

    def work(worker: int) -> None:
        start.wait()
        for number in numbers[worker::WORKERS]:
            with host.database.write() as session:
                ticket = service.get_ticket(session, number)
                service.change_status(session, ticket, "done", by="w", now=host.now())

    def delete() -> None:
        start.wait()
        with host.database.write() as session:
            service.delete_status(session, VENDOR, replacement="waiting", by="Dana", now=host.now())

    with ThreadPoolExecutor(WORKERS + 1) as pool:
        for done in [*(pool.submit(work, worker) for worker in range(WORKERS)), pool.submit(delete)]:
            done.result()
    with host.database.read() as session:
        assert set(session.scalars(select(Ticket.status))) == {"done"}
