"""Several people change tickets, comments and statuses at the same moment, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from sqlalchemy import select

from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.tickets import service
from helpdesk_core.tickets.models import Comment, Ticket, TicketEvent, Visibility
from helpdesk_core.values import SystemStatus
from tests.databases import KINDS

WORKERS = 8
VENDOR = "vendor"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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


@pytest.fixture
def said(host, agent) -> int:
    """A comment that an agent wrote."""
    (number,) = add_tickets(host, 1)
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        return service.add_comment(
            session, ticket, "We come.", visibility=Visibility.PUBLIC, by=agent, now=host.now()
        ).id


def _read(host, comment_id: int) -> Comment:
    with host.database.read() as session:
        return session.get_one(Comment, comment_id)


def test_of_many_who_edit_at_once_the_last_one_told_of_has_its_words_kept(host, agent, said):
    """Each edit is decided by the words as they are under the lock, in the order in which observers hear of them."""
    told, start = [], Barrier(WORKERS)

    def note(session, comment, *, now) -> None:
        told.append(comment.body)

    def work(worker: int) -> None:
        with host.database.read() as session:
            stale = session.get_one(Comment, said)
        start.wait()
        with host.database.write() as session:
            comment = session.merge(stale, load=False)
            service.edit_comment(session, comment, f"Words {worker}", by=agent, now=host.now(), observers=[note])

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    assert sorted(told) == [f"Words {worker}" for worker in range(WORKERS)]
    assert _read(host, said).body == told[-1]


def test_words_never_come_back_after_a_deletion(host, agent, said):
    """Who edits while somebody deletes either comes first or is refused, though they had read the comment before."""
    start, refused = Barrier(WORKERS), []

    def work(worker: int) -> None:
        with host.database.read() as session:
            stale = session.get_one(Comment, said)
        start.wait()
        try:
            with host.database.write() as session:
                comment = session.merge(stale, load=False)
                if worker == 0:
                    service.delete_comment(session, comment, by=agent, now=host.now())
                else:
                    service.edit_comment(session, comment, f"Words {worker}", by=agent, now=host.now())
        except Refused as refusal:
            refused.append(str(refusal))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    comment = _read(host, said)
    assert (comment.body, comment.is_deleted) == ("", True)
    assert all("Alex Agent deleted this comment" in reason for reason in refused)
    with host.database.write() as session, pytest.raises(Refused, match="deleted this comment"):
        service.edit_comment(session, session.get_one(Comment, said), "Again", by=agent, now=host.now())
