"""Polling and reconciling: how often is asked, how far back, what is read, what it finds, and what it costs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from helpdesk_core.connections.models import ConnectionState
from helpdesk_core.errors import NotFound, Rejected, TemporarilyUnavailable
from helpdesk_core.sync.deliveries import accept
from helpdesk_core.sync.models import Link, LinkState, Listening
from helpdesk_core.sync.polling import expected_delay, minutes_to_ask, poll
from helpdesk_core.sync.reconciling import Progress, reconcile
from helpdesk_core.sync.work import register
from tests.core.fake_gateway import FakeReceiver
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, link_alike, link_issue, read_link, wishes
from tests.databases import KINDS

both = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def acme(host, work, gateway, clock):
    """Return the id of a connection with one link, which was polled two minutes ago."""
    register(work, host)
    connection_id = connect(host)
    gateway.add("1")
    link_issue(host, connection_id, "1")
    clock.advance(minutes=10)
    poll(host, connection_id)
    host.jobs.run_all()
    clock.advance(minutes=2)
    gateway.calls.clear()
    gateway.asked.clear()
    return connection_id


def listening(host, connection_id) -> Listening:
    with host.database.read() as session:
        return session.get_one(Listening, connection_id)


def rely(host, connection_id, **changes) -> None:
    """Let deliveries be relied on, unless the changes say otherwise."""
    good = {"subscription_id": "s-1", "project_ids": ["p-1"], "heard_at": host.now(), "missed_at": None, "trouble": ""}
    with host.database.write() as session:
        row = session.get(Listening, connection_id) or Listening(connection_id=connection_id)
        for name, value in {**good, **changes}.items():
            setattr(row, name, value)
        session.add(row)


def polled_after(host, clock, connection_id) -> int:
    """Return after how many minutes of the schedule the next poll is enqueued."""
    key = f"connection/{connection_id}/poll"
    with host.database.write() as session:
        session.get_one(Listening, connection_id).polled_at = clock()
    for minute in range(1, 60):
        clock.advance(minutes=1)
        host.jobs.tick("sync.poll")
        host.jobs.run("schedule:sync.poll")
        if key in host.jobs.runnable():
            return minute
    return 0


def delay(host, connection_id) -> str:
    with host.database.read() as session:
        return expected_delay(session, connection_id, product="Fake", now=host.now(), delivers=True)


# ── what it finds ─────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_a_change_that_nobody_told_is_found_and_followed(host, acme, gateway, clock):
    gateway.move("1", "doing")
    poll(host, acme)
    assert gateway.calls == {"changed": 1, "fetch": 1}
    host.jobs.run_all()
    assert read_link(host, 1).remote_status == "doing"
    assert listening(host, acme).missed_at == clock()
    assert listening(host, acme).polled_at == clock()


def test_where_nothing_changed_it_costs_one_call(host, acme, gateway):
    poll(host, acme)
    assert gateway.calls == {"changed": 1}


def test_what_is_not_linked_costs_nothing_and_wants_nothing(host, acme, gateway):
    for number in range(2, 9):
        gateway.add(str(number))
    before = wishes(host)
    poll(host, acme)
    assert gateway.calls == {"changed": 1}
    assert wishes(host) == before


@both
def test_all_that_changed_is_fetched_by_one_request_and_only_what_differs_is_looked_at(host, acme, gateway):
    ids = [str(number) for number in range(2, 112)]
    links = link_alike(host, 1, [gateway.add(id_) for id_ in ids])
    gateway.calls.clear()
    before = wishes(host)
    for id_ in ids[:70]:
        gateway.move(id_, "doing")
    poll(host, acme)
    assert gateway.calls == {"changed": 1, "fetch": 1}
    (fetched,) = [request.issue_ids for method, request in gateway.asked if method == "fetch"]
    assert sorted(fetched) == sorted(ids), "the search names what changed of late; the status decides"
    assert Counter(wishes(host)) - Counter(before) == {links[id_]: 1 for id_ in ids[:70]}


def test_the_question_names_the_projects_of_the_links_and_a_time_that_overlaps_the_last(host, acme, gateway):
    gateway.add("2", project="p-2")
    link_issue(host, acme, "2")
    gateway.asked.clear()
    poll(host, acme)
    request = gateway.asked[0][1]
    assert (request.project_ids, request.minutes) == (("p-1", "p-2"), 5)


@pytest.mark.parametrize(
    ("ago", "minutes"),
    [
        (None, 60),
        (timedelta(), 5),
        (timedelta(seconds=60), 5),
        (timedelta(minutes=2), 5),
        (timedelta(minutes=2, seconds=1), 6),
        (timedelta(minutes=15), 18),
        (timedelta(hours=10), 603),
        (timedelta(days=90), 30 * 24 * 60),
    ],
)
def test_how_far_back_is_asked(clock, ago, minutes):
    assert minutes_to_ask(clock() - ago if ago is not None else None, clock()) == minutes


def test_an_issue_that_moved_to_another_project_is_renamed_and_judged_anew(host, acme, gateway):
    before = wishes(host)[1]
    gateway.edit("1", key="P-2-9", project_id="p-1", title="A better name")
    poll(host, acme)
    assert (read_link(host, 1).issue_key, read_link(host, 1).issue_title) == ("P-2-9", "A better name")
    assert wishes(host)[1] == before, "by its name nothing is decided"
    gateway.edit("1", kind_id="k-2")
    poll(host, acme)
    assert read_link(host, 1).kind_id == "k-2"
    assert wishes(host)[1] == before + 1, "another kind has another workflow"


def test_a_link_at_work_is_left_to_its_look(host, acme, gateway):
    with host.database.write() as session:
        session.get_one(Link, 1).wanted += 1
    gateway.edit("1", title="A better name")
    poll(host, acme)
    assert read_link(host, 1).issue_title == "Issue 1"
    assert read_link(host, 1).busy


def test_an_issue_that_is_deleted_between_question_and_reading_is_looked_at(host, acme, gateway):
    gateway.edit("1", title="Soon gone")
    gateway.before = lambda method, request: method == "fetch" and gateway.delete("1")
    poll(host, acme)
    gateway.before = None
    host.jobs.run_all()
    assert read_link(host, 1).state == LinkState.GONE


@pytest.mark.parametrize("method", ["changed", "fetch"])
@pytest.mark.parametrize(
    "trouble", [TemporarilyUnavailable("It is down."), Rejected("No such project.", cure="Mend it.", code="invalid")]
)
def test_what_cannot_be_asked_now_is_caught_up_later(host, acme, gateway, clock, method, trouble):
    before = listening(host, acme).polled_at
    gateway.move("1", "doing")
    gateway.refusals[method] = trouble
    poll(host, acme)
    assert listening(host, acme).polled_at == before
    assert not read_link(host, 1).busy
    gateway.refusals.clear()
    clock.advance(hours=5)
    poll(host, acme)
    assert read_link(host, 1).busy


def test_it_is_noted_up_to_when_was_looked_before_the_question_not_after(host, acme, gateway, clock):
    asked_at = clock()
    gateway.before = lambda method, request: clock.advance(minutes=1)
    poll(host, acme)
    assert listening(host, acme).polled_at == asked_at


@pytest.mark.parametrize(
    "changes", [{"paused_at": True}, {"state": ConnectionState.REAUTHORIZE}, {"state": ConnectionState.DISCONNECTED}]
)
def test_a_connection_that_does_not_work_is_not_polled(host, acme, gateway, clock, changes):
    change_connection(host, acme, **{name: clock() if value is True else value for name, value in changes.items()})
    assert polled_after(host, clock, acme) == 0
    poll(host, acme)
    assert not gateway.calls


# ── misses ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_of_which_a_delivery_told_is_no_miss(host, acme, gateway):
    gateway.move("1", "doing")
    accept(host, "fake", *FakeReceiver.delivery({"issue_id": "1", "status_id": "doing"}))
    poll(host, acme)  # before anybody has worked the delivery off
    assert listening(host, acme).missed_at is None
    assert read_link(host, 1).busy


def test_a_delivery_from_before_the_question_reaches_back_is_no_excuse(host, acme, gateway, clock):
    accept(host, "fake", *FakeReceiver.delivery({"issue_id": "1", "status_id": "todo"}))
    host.jobs.run_all()
    clock.advance(minutes=10)
    poll(host, acme)
    clock.advance(minutes=10)
    gateway.move("1", "doing")
    poll(host, acme)
    assert listening(host, acme).missed_at == clock()


def test_our_own_move_is_no_miss(host, acme, gateway):
    with host.database.write() as session:
        link = session.get_one(Link, 1)
        link.own, link.attempt = ["doing"], None
    gateway.move("1", "doing")
    poll(host, acme)
    assert listening(host, acme).missed_at is None


def test_what_is_known_and_not_in_step_is_no_new_miss(host, acme, gateway):
    gateway.move("1", "doing")
    with host.database.write() as session:
        session.get_one(Link, 1).remote_status = "doing"  # as where an agent is asked what holds
    poll(host, acme)
    assert listening(host, acme).missed_at is None


# ── how often ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_is_heard_it_is_asked_each_minute_while_there_is_life_and_seldom_later(host, acme, clock):
    assert polled_after(host, clock, acme) == 1
    host.jobs.run_all()
    clock.advance(hours=2)
    assert polled_after(host, clock, acme) == 5


def test_where_deliveries_arrive_it_is_asked_seldom(host, acme, clock):
    rely(host, acme)
    assert polled_after(host, clock, acme) == 15


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subscription_id": None, "trouble": "Nobody reaches it. Mend that."}, "Nobody reaches it. Mend that."),
        ({"subscription_id": None}, "not subscribed"),
        ({"expires_at": -1}, "ended"),
        ({"project_ids": ["p-2"]}, "does not cover all linked projects"),
        ({"heard_at": None}, "None has arrived yet"),
        ({"missed_at": 1}, "of which none had told"),
    ],
)
def test_what_makes_deliveries_unreliable_is_said_with_the_delay(host, acme, clock, changes, why):
    moments = {name: clock() + timedelta(days=value) for name, value in changes.items() if isinstance(value, int)}
    rely(host, acme, **{**changes, **moments})
    assert delay(host, acme).startswith("Changes in Fake arrive within about 1 minute, because deliveries cannot be")
    assert why in delay(host, acme)
    assert polled_after(host, clock, acme) == 1
    clock.advance(hours=2)
    assert "about 5 minutes" in delay(host, acme)


def test_where_they_can_be_relied_on_changes_arrive_within_seconds(host, acme, clock):
    rely(host, acme, expires_at=clock() + timedelta(days=1), missed_at=clock() - timedelta(days=1))
    assert delay(host, acme) == "Changes in Fake arrive within seconds."


def test_after_a_miss_a_delivery_restores_trust(host, acme, gateway, clock):
    rely(host, acme)
    clock.advance(minutes=1)
    gateway.move("1", "doing")
    poll(host, acme)
    host.jobs.run_all()
    assert "none had told" in delay(host, acme)
    clock.advance(minutes=1)
    accept(host, "fake", *FakeReceiver.delivery({"issue_id": "1", "status_id": "doing"}))
    host.jobs.run_all()
    assert delay(host, acme) == "Changes in Fake arrive within seconds."


def test_a_connection_without_links_or_that_was_just_asked_is_not_polled(host, acme, clock):
    beta = connect(host, BETA)
    rely(host, beta)
    assert polled_after(host, clock, beta) == 0


def test_one_poll_at_a_time_is_enqueued_and_the_engine_runs_it(host, acme, gateway, clock):
    gateway.move("1", "doing")
    for _ in range(3):
        clock.advance(minutes=1)
        host.jobs.tick("sync.poll")
        host.jobs.run("schedule:sync.poll")
    with host.database.read() as session:
        assert host.jobs.counts(session, prefix=f"connection/{acme}/poll").unfinished == 1
    host.jobs.run_all()
    assert read_link(host, 1).remote_status == "doing"


# ── reconciling ───────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_every_link_is_compared_a_hundred_issues_a_call(host, acme, gateway):
    ids = [str(number) for number in range(2, 130)]
    links = link_alike(host, 1, [gateway.add(id_) for id_ in ids])
    twin = link_issue(host, acme, "2")
    host.jobs.run_all()
    gateway.calls.clear()
    before = wishes(host)
    gateway.move("2", "doing")
    gateway.edit("3", title="Only renamed")
    gateway.delete("4")
    steps = list(reconcile(host, acme))
    assert steps[0] == Progress(done=0, total=129, differing=0)
    assert steps[-1] == Progress(done=129, total=129, differing=3)
    assert [step.done for step in steps] == [0, 100, 129]
    assert gateway.calls == {"fetch": 2}
    assert Counter(wishes(host)) - Counter(before) == {links["2"]: 1, twin: 1, links["4"]: 1}
    host.jobs.run_all()
    assert read_link(host, links["4"]).state == LinkState.GONE
    assert list(reconcile(host, acme))[-1].differing == 0, "that it is gone is known"


def test_an_outage_stops_it_and_what_was_compared_is_done(host, acme, gateway):
    gateway.move("1", "doing")
    gateway.outage = TemporarilyUnavailable("It is down.")
    steps = reconcile(host, acme)
    assert next(steps).total == 1
    with pytest.raises(TemporarilyUnavailable):
        next(steps)
    gateway.outage = None
    assert list(reconcile(host, acme))[-1].differing == 1


def test_a_connection_without_links_is_reconciled_at_once(host, acme, gateway):
    assert list(reconcile(host, connect(host, BETA))) == [Progress(done=0, total=0, differing=0)]
    assert not gateway.calls
    with pytest.raises(NotFound):
        next(reconcile(host, 99))
