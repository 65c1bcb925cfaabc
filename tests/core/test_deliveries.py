"""Deliveries: stored before the answer, worked off later; late, twice, at once, for nobody, and while nothing works."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.connections.models import ConnectionState
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.sync import deliveries as module
from helpdesk_core.sync.deliveries import accept, count_waiting, drain, unroutable
from helpdesk_core.sync.models import DeliveryState, Link, LinkState, Listening
from helpdesk_core.sync.work import register
from helpdesk_core.values import Workspace
from tests.core.fake_gateway import FakeReceiver
from tests.core.fake_tracker import ACME, BETA
from tests.core.linking_world import change_connection, connect, deliveries, link_issue, read_link, wishes
from tests.databases import KINDS

DONE, WAITING, UNROUTABLE = DeliveryState.DONE, DeliveryState.WAITING, DeliveryState.UNROUTABLE


both = pytest.mark.parametrize("kind", KINDS)
"""For what differs between the databases: who sees what, who waits for whom."""


@pytest.fixture
def acme(host, work, gateway):
    """Return the id of a connection whose links' jobs are not run, so that wishes can be counted."""
    register(work, host)
    return connect(host)


def send(host, *notices, **options):
    return accept(host, "fake", *FakeReceiver.delivery(*notices, **options))


def inbox(host) -> list[str]:
    return [key for key in host.jobs.runnable() if key.startswith("inbox/")]


def work_off(host) -> None:
    while keys := inbox(host):
        host.jobs.run(keys[0])


def states(host) -> list[DeliveryState]:
    return [each.state for each in deliveries(host)]


# ── accepting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_a_delivery_is_stored_and_one_job_is_enqueued_however_many_follow(host, acme, gateway):
    for number in range(5):
        accepted = send(host, {"delivery_id": f"d-{number}", "issue_id": "1", "status_id": "doing"})
        assert (accepted.notices, accepted.new) == (1, 1)
    assert states(host) == [WAITING] * 5
    with host.database.read() as session:
        assert host.jobs.counts(session, prefix="inbox/").unfinished == 1
    assert not gateway.calls, "the sender waits: nobody is asked anything"


def test_after_a_drain_the_next_delivery_enqueues_a_job_again(host, acme):
    send(host, {"issue_id": "1"})
    work_off(host)
    assert inbox(host) == []
    send(host, {"issue_id": "1", "delivery_id": "d-2"})
    assert inbox(host) == ["inbox/fake"]


@both
def test_a_repetition_is_stored_once_also_when_the_first_is_done(host, acme):
    send(host, {"issue_id": "1"})
    assert send(host, {"issue_id": "1"}).new == 0
    work_off(host)
    assert send(host, {"issue_id": "1"}).new == 0
    assert inbox(host) == []
    assert states(host) == [DONE]


def test_the_same_number_at_another_workspace_or_issue_is_another_delivery(host, acme):
    send(host, {"issue_id": "1"}, {"issue_id": "2"})
    assert send(host, {"issue_id": "1", "workspace_hint": "w-2"}).new == 1
    assert len(deliveries(host)) == 3


@both
def test_duplicates_at_the_same_moment_are_one_row_and_one_job(host, acme):
    start = threading.Barrier(8)

    def arrive(number: int) -> int:
        start.wait()
        notices = [{"issue_id": str(issue), "delivery_id": f"d-{number % 2}"} for issue in range(4)]
        return send(host, *(notices if number % 4 else reversed(notices))).new

    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(arrive, range(8)))
    assert sum(new) == 8
    assert len(deliveries(host)) == 8
    with host.database.read() as session:
        assert host.jobs.counts(session, prefix="inbox/").unfinished == 1


def test_what_concerns_no_issue_is_accepted_and_stored_nowhere(host, acme):
    accepted = send(host)
    assert (accepted.notices, accepted.new) == (0, 0)
    assert inbox(host) == []


def test_an_unverified_delivery_is_refused_and_leaves_nothing(host, acme):
    with pytest.raises(Rejected) as refused:
        send(host, {"issue_id": "1"}, signature="somebody")
    assert refused.value.code == "unverified"
    assert deliveries(host) == []


def test_verifying_happens_outside_of_any_transaction(host, acme, receiver, monkeypatch):
    at_work = []
    receive = receiver.receive

    def watched(delivery):
        with host.database.write():  # on SQLite a second writer would wait for the first for ever
            at_work.append(delivery.settings)
        return receive(delivery)

    monkeypatch.setattr(receiver, "receive", watched)
    send(host, {"issue_id": "1"})
    assert at_work == [{}]


def test_a_broken_plugin_is_told_from_a_bad_delivery(host, acme, receiver):
    receiver.fault = RuntimeError("with a token in it")
    with pytest.raises(Rejected) as refused:
        send(host, {"issue_id": "1"})
    assert refused.value.code == "plugin_fault"


@both
def test_what_no_column_holds_is_unreadable_on_both_databases_alike(host, acme):
    for name, longest in module.LONGEST.items():
        for bad in ("x" * (longest + 1), "a\0b"):
            with pytest.raises(Rejected) as refused:
                send(host, {"issue_id": "1", name: bad})
            assert refused.value.code == "unreadable"
    assert send(host, {name: "é" * longest for name, longest in module.LONGEST.items()}).new == 1


def test_an_integration_that_is_unknown_or_switched_off_takes_nothing(host, acme):
    with pytest.raises(NotFound):
        accept(host, "nobody", {}, b"")
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=False)
    with pytest.raises(NotFound):
        send(host, {"issue_id": "1"})


# ── working off ───────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_news_of_an_issue_wants_its_links_looked_at_and_what_agrees_does_not(host, acme, gateway):
    gateway.add("1")
    gateway.add("2")
    first, second = link_issue(host, acme, "1"), link_issue(host, acme, "2")
    before = wishes(host)
    send(host, {"issue_id": "1", "status_id": "doing"}, {"issue_id": "2", "status_id": "todo"}, {"issue_id": "3"})
    work_off(host)
    assert Counter(wishes(host)) - Counter(before) == {first: 1}
    assert read_link(host, second).state == LinkState.IN_STEP
    assert states(host) == [DONE] * 3


def test_the_ticket_follows_in_the_end(host, acme, gateway):
    gateway.add("1")
    link_id = link_issue(host, acme, "1")
    gateway.move("1", "doing")
    send(host, {"issue_id": "1", "status_id": "doing"})
    host.jobs.run_all()
    assert read_link(host, link_id).remote_status == "doing"
    assert gateway.calls["open"] == 2, "once for linking, once for the delivery"


def test_a_deleted_issue_is_always_looked_at(host, acme, gateway):
    gateway.add("1")
    link_id = link_issue(host, acme, "1")
    gateway.delete("1")
    send(host, {"issue_id": "1", "event": "issue_deleted", "status_id": None})
    host.jobs.run_all()
    assert read_link(host, link_id).state == LinkState.GONE
    looks = gateway.calls["open"]
    send(host, {"issue_id": "1", "event": "issue_deleted", "delivery_id": "d-2"})
    host.jobs.run_all()
    assert gateway.calls["open"] == looks, "that it is gone is known"
    gateway.add("1")
    send(host, {"issue_id": "1", "status_id": "todo", "delivery_id": "d-3"})
    host.jobs.run_all()
    assert read_link(host, link_id).state == LinkState.IN_STEP, "it is back"


def test_what_agrees_is_looked_at_all_the_same_while_a_look_is_under_way(host, acme, gateway):
    gateway.add("1")
    link_id = link_issue(host, acme, "1")
    with host.database.write() as session:
        session.get_one(Link, link_id).wanted += 1
    before = wishes(host)[link_id]
    send(host, {"issue_id": "1", "status_id": "todo"})
    work_off(host)
    assert wishes(host)[link_id] == before + 1


def test_several_tickets_of_one_issue_are_all_looked_at_once_per_batch(host, acme, gateway):
    gateway.add("1")
    links = {link_issue(host, acme, "1"), link_issue(host, acme, "1")}
    host.jobs.run_all()
    before = wishes(host)
    for number in range(3):
        send(host, {"issue_id": "1", "status_id": "doing", "delivery_id": f"d-{number}"})
    work_off(host)
    assert Counter(wishes(host)) - Counter(before) == dict.fromkeys(links, 1)


@both
def test_more_than_a_batch_is_worked_off_by_one_job(host, acme, gateway):
    gateway.add("1")
    link_issue(host, acme, "1")
    count = 2 * module.BATCH + 1
    send(host, *({"issue_id": "1", "status_id": "doing", "delivery_id": f"d-{n}"} for n in range(count)))
    host.jobs.run("inbox/fake")
    assert states(host) == [DONE] * count


def test_it_is_noted_when_the_last_delivery_arrived_also_if_it_is_worked_off_later(host, acme, clock):
    send(host, {"issue_id": "1"})
    arrived = clock()
    clock.advance(hours=1)
    work_off(host)
    with host.database.read() as session:
        assert session.get_one(Listening, acme).heard_at == arrived


# ── routes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TWO_ON_ONE_HOST = (
    Workspace(id="w-1", name="one", url="https://shared.example/one"),
    Workspace(id="w-2", name="two", url="https://shared.example/two"),
)


@pytest.mark.parametrize(
    ("workspaces", "hint", "subscription_ids", "expected"),
    [
        ((ACME, BETA), "w-2", [], 2),
        ((ACME, BETA), "w-2", ["s-1"], 2),
        ((ACME, BETA), "https://beta.example", [], 2),
        ((ACME, BETA), "https://BETA.example/", [], 2),
        ((ACME, BETA), "https://beta.example.evil.example", [], None),
        ((ACME, BETA), "https://bet", [], None),
        ((ACME, BETA), "https://renamed.example", ["s-2"], 2),
        ((ACME, BETA), "https://renamed.example", ["s-9"], None),
        ((ACME, BETA), "https://renamed.example", ["s-1", "s-2"], None),
        ((ACME, BETA), "", ["s-1"], 1),
        ((ACME, BETA), "", [], None),
        ((ACME, BETA), "w-9", ["s-1"], None),
        ((ACME, BETA), "https://[", ["s-1"], 1),
        (TWO_ON_ONE_HOST, "https://shared.example", ["s-2"], 2),
        (TWO_ON_ONE_HOST, "https://shared.example", ["s-9"], None),
        (TWO_ON_ONE_HOST, "https://shared.example/one", [], 1),
        (TWO_ON_ONE_HOST, "https://shared.example/on", ["s-1"], 1),
    ],
)
def test_a_delivery_finds_its_connection(host, work, workspaces, hint, subscription_ids, expected):
    register(work, host)
    for number, workspace in enumerate(workspaces, start=1):
        connection_id = connect(host, workspace)
        with host.database.write() as session:
            session.add(Listening(connection_id=connection_id, subscription_id=f"s-{number}", project_ids=["p"]))
    send(host, {"issue_id": "1", "workspace_hint": hint, "subscription_ids": subscription_ids})
    work_off(host)
    (stored,) = deliveries(host)
    assert stored.connection_id == expected
    assert stored.state == (DONE if expected else UNROUTABLE)


def test_what_belongs_to_nobody_is_kept_and_shown_and_keeps_nobody_waiting(host, acme, gateway):
    gateway.add("1")
    link_id = link_issue(host, acme, "1")
    before = wishes(host)[link_id]
    send(host, {"issue_id": "7", "workspace_hint": "w-9"}, {"issue_id": "1", "status_id": "doing"})
    work_off(host)
    assert wishes(host)[link_id] == before + 1
    with host.database.read() as session:
        (shown,) = unroutable(session, "fake")
        assert (shown.workspace_hint, shown.issue_id) == ("w-9", "7")
        assert unroutable(session, "other") == []


def test_a_disconnected_connection_gets_nothing_more(host, acme):
    change_connection(host, acme, state=ConnectionState.DISCONNECTED)
    send(host, {"issue_id": "1"})
    work_off(host)
    assert states(host) == [UNROUTABLE]


# ── while a connection does not work ──────────────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize("how", ["paused", "reauthorize"])
def test_deliveries_wait_for_a_connection_that_does_not_work_and_block_no_other(host, acme, gateway, clock, how):
    beta = connect(host, BETA)
    gateway.add("1")
    here, there = link_issue(host, acme, "1"), link_issue(host, beta, "1")
    before = wishes(host)
    idle = {"paused_at": clock()} if how == "paused" else {"state": ConnectionState.REAUTHORIZE}
    change_connection(host, acme, **idle)
    count = module.BATCH + 3
    send(host, *({"issue_id": "1", "status_id": "doing", "delivery_id": f"d-{n}"} for n in range(count)))
    send(host, {"issue_id": "1", "status_id": "doing", "workspace_hint": "w-2"})
    work_off(host)
    assert Counter(wishes(host)) - Counter(before) == {there: 1}
    assert Counter(states(host)) == {WAITING: count, DONE: 1}
    with host.database.read() as session:
        assert count_waiting(session, acme) == count
        assert count_waiting(session, beta) == 0
        assert session.get_one(Listening, acme).heard_at == clock(), "it is heard all the same"
    host.jobs.tick("sync.sweep")
    host.jobs.run("schedule:sync.sweep")
    assert inbox(host) == [], "as long as it does not work there is nothing to do"

    change_connection(host, acme, paused_at=None, state=ConnectionState.CONNECTED)
    host.jobs.tick("sync.sweep")
    host.jobs.run("schedule:sync.sweep")
    work_off(host)
    assert set(states(host)) == {DONE}
    assert wishes(host)[here] > before[here]


def test_deliveries_of_a_connection_that_is_ended_while_they_wait_belong_to_nobody(host, acme, clock):
    change_connection(host, acme, paused_at=clock())
    send(host, {"issue_id": "1"})
    work_off(host)
    change_connection(host, acme, state=ConnectionState.DISCONNECTED, paused_at=None)
    host.jobs.tick("sync.sweep")
    host.jobs.run_all()
    assert states(host) == [UNROUTABLE]


def test_while_the_integration_is_switched_off_its_deliveries_wait(host, acme):
    send(host, {"issue_id": "1"})
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=False)
    work_off(host)
    host.jobs.tick("sync.sweep")
    host.jobs.run_all()
    assert states(host) == [WAITING]
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=True)
    host.jobs.tick("sync.sweep")
    host.jobs.run_all()
    assert states(host) == [DONE]


# ── killed, and at once ───────────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """A process ends without a word."""


@both
def test_a_drain_may_be_killed_after_any_transaction_and_is_run_again(host, acme, gateway, monkeypatch):
    gateway.add("1")
    link_id = link_issue(host, acme, "1")
    count = 2 * module.BATCH + 1
    send(host, *({"issue_id": "1", "status_id": "doing", "delivery_id": f"d-{n}"} for n in range(count)))
    work_off_a_batch, calls = module._work_off, Counter()

    def dying(*args):
        work_off_a_batch(*args)
        calls["batches"] += 1
        if calls["batches"] in {1, 3}:
            raise Killed

    monkeypatch.setattr(module, "_work_off", dying)
    for _ in range(2):
        with pytest.raises(Killed):
            host.jobs.run("inbox/fake")
    host.jobs.run("inbox/fake")
    assert states(host) == [DONE] * count
    assert read_link(host, link_id).busy


def test_what_a_fault_has_left_lying_is_swept_up(host, acme, monkeypatch):
    send(host, {"issue_id": "1"})
    with monkeypatch.context() as patch:
        patch.setattr(module, "_work_off", lambda *_: None)
        work_off(host)
    assert (inbox(host), states(host)) == ([], [WAITING])
    host.jobs.tick("sync.sweep")
    host.jobs.run_all()
    assert states(host) == [DONE]


@both
def test_drains_racing_one_another_and_deliveries_overlook_none_and_do_none_twice(host, acme, gateway):
    for number in range(6):
        gateway.add(str(number))
    links = [link_issue(host, acme, str(number)) for number in range(6)]
    before = wishes(host)
    start = threading.Barrier(6)

    def deliver(sender: int) -> None:
        start.wait()
        for n in range(20):
            send(host, {"issue_id": str(n % 6), "status_id": "doing", "delivery_id": f"{sender}-{n}"})

    def work(_number: int) -> None:
        start.wait()
        for _ in range(8):
            drain(host, "fake")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: each[0](each[1]), [(deliver, 0), (deliver, 1), (deliver, 2), *[(work, 0)] * 3]))
    work_off(host)
    assert states(host) == [DONE] * 60
    told = Counter(each.issue_id for each in deliveries(host))
    after = wishes(host)
    for number, link in enumerate(links):
        assert 1 <= after[link] - before[link] <= told[str(number)], "each delivery wants a look once at most"


@both
def test_a_drain_between_storing_and_looking_at_the_flag_finds_the_delivery(host, acme, monkeypatch):
    send(host, {"issue_id": "1"})
    look = module._see_to_draining

    def after_a_drain(*args):
        host.jobs.run("inbox/fake")
        look(*args)

    monkeypatch.setattr(module, "_see_to_draining", after_a_drain)
    send(host, {"issue_id": "2"})
    assert states(host) == [DONE, DONE]


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_what_is_stored_while_a_drain_looks_has_a_drain_of_its_own(host, acme, database, monkeypatch):
    """On SQLite nobody stores anything while a drain looks."""
    send(host, {"issue_id": "1"})
    look, late = module._waiting, []

    def too_early(*args):
        found = look(*args)
        if not late:
            late.append(send(host, {"issue_id": "2"}))
        return found

    monkeypatch.setattr(module, "_waiting", too_early)
    host.jobs.run("inbox/fake")
    assert late == [module.Accepted(notices=1, new=1)]
    assert states(host) == [DONE, WAITING]
    assert inbox(host) == ["inbox/fake"]
    work_off(host)
    assert states(host) == [DONE, DONE]


# ── tidying ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_old_deliveries_are_deleted_and_waiting_ones_never(host, acme, clock):
    beta = connect(host, BETA)
    change_connection(host, beta, paused_at=clock())
    send(
        host, {"issue_id": "1"}, {"issue_id": "2", "workspace_hint": "w-9"}, {"issue_id": "3", "workspace_hint": "w-2"}
    )
    work_off(host)
    assert Counter(states(host)) == {DONE: 1, WAITING: 1, UNROUTABLE: 1}
    for days, left in ((6, {DONE, UNROUTABLE, WAITING}), (2, {UNROUTABLE, WAITING}), (30, {WAITING})):
        clock.advance(days=days)
        host.jobs.tick("sync.tidy")
        host.jobs.run("schedule:sync.tidy")
        assert set(states(host)) == left
