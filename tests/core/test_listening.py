"""Subscriptions: made, renewed and made anew when it is due, without a call when it is not; and why there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.connections.models import ConnectionState
from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.mapping.vocabulary import choose_projects, store_vocabulary
from helpdesk_core.sync.listening import ask_to_listen, listen, watch
from helpdesk_core.sync.models import Link, LinkState, Listening
from helpdesk_core.sync.work import register
from helpdesk_core.values import RemoteProject, Vocabulary
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, link_issue

REFUSED = Rejected("It does not reach this address.", cure="Give the helpdesk a public one.", code="address_unsuitable")


@pytest.fixture
def acme(host, work, gateway):
    """Return the id of a connection with two projects, of which one is in use."""
    register(work, host)
    connection_id = connect(host)
    know_projects(host, connection_id, "p-1", "p-2")
    use_projects(host, connection_id, "p-1")
    return connection_id


def know_projects(host, connection_id, *ids) -> None:
    projects = tuple(RemoteProject(id=one, key=one.upper(), name=one) for one in ids)
    with host.database.write() as session:
        store_vocabulary(session, connection_id, Vocabulary(projects=projects, statuses=()), now=host.now())


def use_projects(host, connection_id, *ids) -> None:
    with host.database.write() as session:
        choose_projects(session, connection_id, ids)


def look(host) -> None:
    """Let the moment of the schedule come, and its jobs be done; polls are not."""
    host.jobs.tick("sync.listen")
    host.jobs.run("schedule:sync.listen")
    run_jobs(host)


def run_jobs(host) -> None:
    while keys := [key for key in host.jobs.runnable() if key.endswith("/listen")]:
        host.jobs.run(keys[0])


def ask(host, connection_id) -> None:
    with host.database.write() as session:
        ask_to_listen(host.jobs, session, connection_id)


def remembered(host, connection_id) -> Listening:
    with host.database.read() as session:
        return session.get_one(Listening, connection_id)


def orders(receiver, workspace="w-1"):
    return receiver.standing.get(workspace, {})


# ── what is due ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_connection_is_subscribed_to_its_projects_at_our_address(host, acme, receiver, clock):
    look(host)
    ((id_, order),) = orders(receiver).items()
    assert order.url == "http://helpdesk.test/webhooks/fake"
    assert order.project_ids == ("p-1",)
    assert order.known_ids == ()
    listening = remembered(host, acme)
    assert (listening.subscription_id, listening.project_ids) == (id_, ["p-1"])
    assert listening.expires_at == clock() + timedelta(days=30)


def test_nothing_due_is_no_call_and_no_job(host, acme, receiver, clock):
    look(host)
    for _ in range(22):
        clock.advance(days=1)
        host.jobs.tick("sync.listen")
        host.jobs.run("schedule:sync.listen")
        assert not [key for key in host.jobs.runnable() if key.endswith("/listen")]
    assert receiver.calls == {"subscribe": 1}


def test_it_is_renewed_when_a_week_is_left(host, acme, receiver, clock):
    look(host)
    clock.advance(days=23)
    look(host)
    look(host)
    assert receiver.calls == {"subscribe": 1, "renew": 1}
    assert remembered(host, acme).expires_at == clock() + timedelta(days=30)


def test_what_the_remote_system_has_forgotten_is_ordered_anew_and_the_gap_polled(host, acme, receiver, clock):
    look(host)
    receiver.standing.clear()
    clock.advance(days=25)
    look(host)
    assert receiver.calls == {"subscribe": 2, "renew": 1}
    assert remembered(host, acme).subscription_id == "s-2"
    assert f"connection/{acme}/poll" in host.jobs.runnable()


def test_what_has_ended_is_not_renewed_but_ordered_anew(host, acme, receiver, clock):
    look(host)
    clock.advance(days=31)
    look(host)
    assert receiver.calls == {"subscribe": 2}
    assert orders(receiver)["s-2"].known_ids == ("s-1",)


def test_a_subscription_without_an_end_is_left_alone(host, acme, receiver, clock):
    look(host)
    with host.database.write() as session:
        session.get_one(Listening, acme).expires_at = None
    clock.advance(days=400)
    look(host)
    assert receiver.calls == {"subscribe": 1}


def test_other_projects_in_use_are_ordered_anew(host, acme, receiver):
    look(host)
    use_projects(host, acme, "p-1", "p-2")
    look(host)
    assert orders(receiver)["s-2"].project_ids == ("p-1", "p-2")
    use_projects(host, acme, "p-2")
    look(host)
    assert remembered(host, acme).project_ids == ["p-2"]


def test_projects_of_linked_issues_are_heard_of_too_as_long_as_they_are_there(host, acme, receiver, gateway):
    gateway.add("1", project="p-7")
    link_id = link_issue(host, acme, "1")
    look(host)
    assert orders(receiver)["s-1"].project_ids == ("p-1", "p-7")
    with host.database.write() as session:
        session.get_one(Link, link_id).state = LinkState.GONE
    look(host)
    assert remembered(host, acme).project_ids == ["p-1"]


def test_a_project_in_use_that_vanished_does_not_spoil_the_order_of_the_others(host, acme, receiver):
    use_projects(host, acme, "p-1", "p-2")
    know_projects(host, acme, "p-2")
    look(host)
    assert orders(receiver)["s-1"].project_ids == ("p-2",)


def test_without_any_project_there_is_nothing_to_order_and_what_was_is_ended(host, acme, receiver):
    look(host)
    use_projects(host, acme)
    look(host)
    look(host)
    assert receiver.calls == {"subscribe": 1, "unsubscribe": 1}
    assert orders(receiver) == {}
    assert remembered(host, acme).subscription_id is None


# ── asked ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_asks_gets_an_order_in_any_case(host, acme, receiver):
    """After connecting anew, what is remembered may be long gone there."""
    look(host)
    receiver.standing.clear()
    ask(host, acme)
    run_jobs(host)
    assert list(orders(receiver)) == ["s-2"]


def test_asking_is_part_of_the_transaction_that_gives_the_reason(host, acme):
    with host.database.write() as session:
        ask_to_listen(host.jobs, session, acme)
        session.rollback()
    assert host.jobs.runnable() == []


# ── trouble ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", [REFUSED, TemporarilyUnavailable("It is down for maintenance.")])
def test_why_there_is_no_subscription_is_said_and_asked_again_after_an_hour(host, acme, receiver, clock, trouble):
    receiver.trouble = trouble
    look(host)
    assert remembered(host, acme).trouble == str(trouble)
    for _ in range(11):
        clock.advance(minutes=5)
        look(host)
    assert receiver.calls == {"subscribe": 1}
    clock.advance(minutes=5)
    receiver.trouble = None
    look(host)
    assert receiver.calls == {"subscribe": 2}
    listening = remembered(host, acme)
    assert (listening.subscription_id, listening.trouble) == ("s-1", "")


def test_the_cure_of_a_refusal_is_told(host, acme, receiver):
    receiver.trouble = REFUSED
    look(host)
    assert REFUSED.cure in remembered(host, acme).trouble


def test_who_asks_does_not_wait_for_the_hour(host, acme, receiver):
    receiver.trouble = REFUSED
    look(host)
    receiver.trouble = None
    ask(host, acme)
    run_jobs(host)
    assert remembered(host, acme).subscription_id == "s-1"


def test_who_asks_is_not_put_off_by_a_refusal_that_came_in_between(host, acme, receiver):
    ask(host, acme)
    receiver.trouble = REFUSED
    listen(host, acme)
    receiver.trouble = None
    run_jobs(host)
    assert remembered(host, acme).subscription_id == "s-1"


def test_a_refused_change_keeps_the_order_that_stands(host, acme, receiver):
    look(host)
    use_projects(host, acme, "p-1", "p-2")
    receiver.trouble = REFUSED
    look(host)
    listening = remembered(host, acme)
    assert (listening.subscription_id, listening.project_ids) == ("s-1", ["p-1"])
    assert listening.trouble == str(REFUSED)


def test_changes_of_which_no_delivery_tells_let_the_order_be_checked_once_an_hour(host, acme, receiver, clock):
    look(host)
    receiver.standing.clear()
    with host.database.write() as session:
        session.get_one(Listening, acme).missed_at = clock()
    look(host)
    assert receiver.calls == {"subscribe": 2, "renew": 1}
    for _ in range(12):
        look(host)
        clock.advance(minutes=5)
    assert receiver.calls == {"subscribe": 2, "renew": 1}
    look(host)
    assert receiver.calls == {"subscribe": 2, "renew": 2}, "still nothing is heard"
    with host.database.write() as session:
        session.get_one(Listening, acme).heard_at = clock()
    clock.advance(hours=2)
    look(host)
    assert receiver.calls == {"subscribe": 2, "renew": 2}


def test_refused_credentials_are_the_connections_own_trouble(host, acme, receiver):
    receiver.trouble = AuthorizationLost("The sign-in was revoked.")
    look(host)
    with host.database.read() as session:
        assert session.get(Listening, acme) is None


# ── when not ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_paused_connection_stays_subscribed(host, acme, receiver, clock):
    look(host)
    change_connection(host, acme, paused_at=clock())
    clock.advance(days=23)
    look(host)
    assert receiver.calls == {"subscribe": 1, "renew": 1}


def test_what_cannot_be_asked_is_not(host, acme, receiver, clock):
    change_connection(host, acme, state=ConnectionState.REAUTHORIZE)
    look(host)
    change_connection(host, acme, state=ConnectionState.CONNECTED)
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=False)
    look(host)
    ask(host, acme)
    run_jobs(host)
    assert not receiver.calls


def test_a_disconnected_connections_subscription_is_forgotten(host, acme, receiver):
    beta = connect(host, BETA)
    use_projects(host, beta, "p-1")
    look(host)
    change_connection(host, acme, state=ConnectionState.DISCONNECTED)
    look(host)
    assert remembered(host, acme).subscription_id is None
    assert remembered(host, acme).project_ids == []
    assert remembered(host, beta).subscription_id == "s-2"
    change_connection(host, acme, state=ConnectionState.CONNECTED)
    look(host)
    assert remembered(host, acme).subscription_id == "s-3"


def test_a_connection_that_is_gone_is_nothing_to_do(host, acme, receiver):
    listen(host, 99, asked=True)
    assert not receiver.calls


def test_one_job_at_a_time_is_enqueued_for_a_connection(host, acme):
    for _ in range(3):
        watch(host)
    with host.database.read() as session:
        assert host.jobs.counts(session, prefix=f"connection/{acme}/listen").unfinished == 1


def test_one_connections_refusal_keeps_no_other_from_being_subscribed(host, acme, receiver, monkeypatch):
    beta = connect(host, BETA)
    use_projects(host, beta, "p-1")
    subscribe = receiver.subscribe

    def partly(request):
        if request.connection.workspace.id == "w-1":
            raise REFUSED
        return subscribe(request)

    monkeypatch.setattr(receiver, "subscribe", partly)
    look(host)
    assert remembered(host, acme).trouble
    assert remembered(host, beta).subscription_id == "s-1"
