"""What every question leaves on record: whether it was answered, since when not, and what that cost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from helpdesk_core.connections import contact
from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, Contact
from helpdesk_core.db import Database
from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.tally import EVERY, Counted, Tally
from helpdesk_core.values import Credentials, Secret, Usage
from tests.core.linking_world import connect
from tests.databases import KINDS

both = pytest.mark.parametrize("kind", KINDS)

OUTAGE = TemporarilyUnavailable("Fake does not answer.")
LIMIT = TemporarilyUnavailable("The budget is spent.", extent=Extent.CONNECTION, is_outage=False)
SINGLE = Rejected("You may not do this.", cure="Ask Jo.", code="no_permission")
WHOLE = Rejected("The secret is wrong.", cure="Enter it anew.", code="client_refused", extent=Extent.CONNECTION)


@pytest.fixture
def acme(host) -> int:
    return connect(host)


def stored(host, connection_id) -> Contact | None:
    with host.database.read() as session:
        return session.get(Contact, connection_id)


def well(host, connection_id) -> None:
    assert ask(host, connection_id, lambda _view: "yes") == "yes"


def badly(host, connection_id, error) -> None:
    def question(_view):
        raise error

    with pytest.raises(type(error)):
        ask(host, connection_id, question)


@contextmanager
def a_busy_database(monkeypatch):
    """Let every transaction meet a lock that is held too long."""

    def busy(_self):
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", busy)
        yield


# ── answers and failures ──────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_on_record_of_a_connection_that_was_never_asked(host, acme):
    contact.write_all_down(host)
    assert stored(host, acme) is None


@both
def test_an_answer_is_written_down_at_once_and_then_at_most_each_half_minute(host, clock, acme):
    began = clock()
    well(host, acme)
    assert stored(host, acme).answered_at == began
    clock.advance(seconds=EVERY.total_seconds() - 1)
    well(host, acme)
    assert stored(host, acme).answered_at == began
    clock.advance(seconds=1)
    well(host, acme)
    assert stored(host, acme).answered_at == clock()


@both
def test_an_outage_is_on_record_from_its_first_question_until_the_first_answer(host, clock, acme):
    well(host, acme)
    clock.advance(minutes=1)
    began = clock()
    for _ in range(3):
        badly(host, acme, OUTAGE)
        clock.advance(seconds=5)
    row = stored(host, acme)
    assert (row.failing_since, row.failure, row.sentence, row.cure) == (began, contact.OUTAGE, str(OUTAGE), "")
    well(host, acme)  # sooner than answers are written down otherwise
    row = stored(host, acme)
    assert (row.failing_since, row.failure, row.sentence, row.answered_at) == (None, "", "", clock())


def test_a_refusal_of_the_whole_connection_is_kept_with_its_cure(host, clock, acme):
    badly(host, acme, WHOLE)
    row = stored(host, acme)
    assert (row.failing_since, row.failure) == (clock(), "client_refused")
    assert (row.sentence, row.cure) == ("The secret is wrong.", "Enter it anew.")
    assert row.refused_at is None


def test_what_fails_last_is_told_and_since_when_stays(host, clock, acme):
    badly(host, acme, OUTAGE)
    began = clock()
    clock.advance(minutes=1)
    badly(host, acme, WHOLE)
    assert (stored(host, acme).failure, stored(host, acme).failing_since) == ("client_refused", began)


@pytest.mark.parametrize("extent", [Extent.CALL, Extent.OPERATION])
def test_a_single_refusal_is_no_failure_and_its_moment_is_kept(host, clock, acme, extent):
    badly(host, acme, Rejected("No.", cure="Ask.", extent=extent))
    row = stored(host, acme)
    assert (row.failing_since, row.refused_at) == (None, clock())


def test_a_limit_is_no_failure(host, acme):
    well(host, acme)
    badly(host, acme, LIMIT)
    assert stored(host, acme).failing_since is None


def test_an_outage_that_ended_before_it_was_written_down_elsewhere_is_not_ended_by_an_older_answer(host, clock, acme):
    """Another process wrote the outage down while this one held an answer from before it."""
    well(host, acme)
    clock.advance(seconds=5)
    well(host, acme)  # counted, not written
    clock.advance(seconds=5)
    badly(replace(host, tally=Tally()), acme, OUTAGE)
    contact.write_down(host, acme)
    assert stored(host, acme).failing_since == clock()


def test_one_line_is_logged_when_it_goes_down_and_one_when_it_is_up(host, clock, acme, caplog):
    well(host, acme)
    other = replace(host, tally=Tally())
    for process in (host, other, host, other):
        badly(process, acme, OUTAGE)
        clock.advance(seconds=10)
    well(other, acme)
    well(host, acme)
    clock.advance(minutes=1)
    well(other, acme)
    said = [each.getMessage() for each in caplog.records if each.name == contact.__name__]
    assert said == [
        f"connection {acme} is not answered: {OUTAGE}",
        f"connection {acme} is answered again, after 0:00:40",
    ]


# ── counting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_calls_points_refreshes_and_the_budget_of_two_processes_add_up(host, clock, requests_mock):
    requests_mock.get("https://acme.example/thing", json={})
    acme = connect(host)
    other = replace(host, tally=Tally())

    left = iter((60, 55, 50, 45))

    def question(view):
        view.http.get("https://acme.example/thing")
        view.http.get("https://acme.example/thing")
        view.spend(Usage(points=2, left=next(left), limit=100, resets_in=600))
        view.spend(Usage(points=1))
        return True

    for process in (host, other, host, other):
        ask(process, acme, question)
    host.tally.refresh(acme)
    other.tally.refresh(acme)
    for process in (host, other):
        contact.write_all_down(process)
    row = stored(host, acme)
    assert (row.calls, row.points, row.refreshes) == (8, 12, 2)
    assert (row.budget_left, row.budget_limit, row.budget_until) == (45, 100, clock() + timedelta(seconds=600))
    contact.write_all_down(host)
    assert stored(host, acme).calls == 8, "nothing is written down twice"


def test_a_renewal_is_counted_by_whoever_makes_it(host, tracker, acme):
    tracker.refreshes = lambda _request: Credentials(access_token=Secret("new"))
    with host.database.write() as session:
        store_new(host, session, acme, Credentials(access_token=Secret("old"), refresh_token=Secret("again")))

    def question(view):
        if view.credentials.access_token.reveal() == "old":
            raise AuthorizationLost("It ended.")
        return True

    assert ask(host, acme, question)
    contact.write_down(host, acme)
    row = stored(host, acme)
    assert (row.refreshes, row.failing_since) == (1, None)


# ── what must not get lost ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_database_loses_neither_an_answer_nor_what_it_cost(host, clock, acme, monkeypatch, caplog):
    def question(view):
        view.spend(Usage(points=3, left=10, limit=20))
        return "yes"

    with a_busy_database(monkeypatch):
        assert ask(host, acme, question) == "yes"
    assert "waits to be written down: Exception" in caplog.text
    well(host, acme)
    assert stored(host, acme) is None, "it is not tried again at once"
    clock.advance(seconds=EVERY.total_seconds())
    well(host, acme)
    row = stored(host, acme)
    assert (row.points, row.budget_left, row.answered_at) == (3, 10, clock())


def test_a_busy_database_does_not_hide_why_a_question_failed(host, acme, monkeypatch, caplog):
    with a_busy_database(monkeypatch):
        badly(host, acme, OUTAGE)
        badly(host, acme, SINGLE)
    assert caplog.text.count("trouble of connection") == 2


def test_what_could_not_be_written_down_gives_way_to_what_is_newer(clock):
    tally = Tally()
    old = Counted(calls=1, points=2, refreshes=1, left=9, limit=10, answered_at=clock())
    tally.call(7)
    tally.give_back(7, old)
    assert tally.take(7, now=clock()) == replace(old, calls=2)
    tally.spend(7, Usage(points=1, left=8, limit=10), now=clock())
    tally.give_back(7, old)
    assert tally.take(7, now=clock()) == replace(old, points=3, left=8)


def test_of_a_connection_that_was_forgotten_nothing_is_kept(host, acme):
    def question(view):
        with host.database.write() as session:
            session.execute(delete(Connection).where(Connection.id == acme))
        view.spend(Usage(points=1))
        return True

    assert ask(host, acme, question)
    assert stored(host, acme) is None
    assert host.tally.connections() == []
    contact.failed(host, acme, OUTAGE)
    contact.failed(host, acme, SINGLE)
    assert stored(host, acme) is None
