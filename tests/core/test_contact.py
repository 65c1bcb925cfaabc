"""What is on record of asking a remote system: costs that are never lost, and a spent budget, which is no outage."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from helpdesk_core.connections import contact
from helpdesk_core.connections.models import Contact
from helpdesk_core.errors import Extent, TemporarilyUnavailable
from helpdesk_core.tally import Counted, Tally
from helpdesk_core.values import Usage
from tests.core.linking_world import connect


@contextmanager
def busy():
    raise OperationalError("BEGIN IMMEDIATE", None, RuntimeError("database is locked"))
    yield


def on_record(host, connection_id: int) -> Contact | None:
    with host.database.read() as session:
        return session.get(Contact, connection_id)


def test_what_a_busy_database_does_not_take_is_written_down_later(host, clock, monkeypatch):
    acme = connect(host)
    host.tally.call(acme)
    host.tally.spend(acme, Usage(points=5, left=95, limit=100, resets_in=60), now=clock())
    with monkeypatch.context() as patch:
        patch.setattr(host.database, "write", busy)
        contact.write_all_down(host)
    assert on_record(host, acme) is None
    host.tally.call(acme)
    contact.write_all_down(host)
    row = on_record(host, acme)
    assert (row.calls, row.points, row.budget_left, row.budget_limit) == (2, 5, 95, 100)


def test_what_is_given_back_is_older_than_what_was_counted_meanwhile(clock):
    tally = Tally()
    tally.spend(1, Usage(points=5, left=95, limit=100, resets_in=60), now=clock())
    tally.answered(1, now=clock())
    taken = tally.take(1, now=clock())
    clock.advance(seconds=1)
    tally.spend(1, Usage(points=5, left=90, limit=100, resets_in=60), now=clock())
    tally.answered(1, now=clock())
    newer = tally.take(1, now=clock())
    tally.give_back(1, newer)
    tally.give_back(1, Counted())
    assert tally.take(1, now=clock()) == newer
    tally.spend(1, Usage(points=5, left=90, limit=100, resets_in=60), now=clock())
    tally.give_back(1, taken)
    both = tally.take(1, now=clock())
    assert (both.points, both.left, both.answered_at) == (10, 90, taken.answered_at)


def test_a_spent_budget_is_no_outage(host):
    acme = connect(host)
    contact.failed(host, acme, TemporarilyUnavailable("Fewer calls, please.", extent=Extent.CONNECTION))
    assert on_record(host, acme) is None


def test_an_outage_is_on_record_until_a_question_is_answered(host, clock):
    acme = connect(host)
    contact.failed(host, acme, TemporarilyUnavailable("It is down."))
    assert (on_record(host, acme).failing_since, on_record(host, acme).sentence) == (clock(), "It is down.")
    contact.answered(host, acme)
    assert (on_record(host, acme).failing_since, on_record(host, acme).answered_at) == (None, clock())
