"""Refusals that concern more than one question: work waits instead of being given up one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.errors import Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.sync import backlog, holds
from helpdesk_core.sync.holds import LOOK, REFUSED, put
from helpdesk_core.sync.models import Hold, Link, LinkState
from helpdesk_core.sync.work import register
from tests.core.fake_tracker import BETA
from tests.core.linking_world import connect, link_issue, read_link
from tests.databases import KINDS

both = pytest.mark.parametrize("kind", KINDS)

WHOLE = Rejected("The secret is wrong.", cure="Enter it anew.", code="client_refused", extent=Extent.CONNECTION)
KIND = Rejected("A scope is missing.", cure="Tick it.", code="scope_missing", extent=Extent.OPERATION)
SINGLE = Rejected("You may not do this.", cure="Ask Jo.", code="no_permission")
LIMIT = TemporarilyUnavailable("Slower.", retry_after=60, extent=Extent.OPERATION)


@pytest.fixture
def acme(host) -> int:
    return connect(host)


def refused(host, connection_id, operation, error) -> Exception:
    """Ask what is refused, and return what is raised."""

    def question(_view):
        raise error

    with pytest.raises((Rejected, TemporarilyUnavailable)) as caught:
        put(host, connection_id, operation, question)
    return caught.value


def waits(host, connection_id, operation) -> TemporarilyUnavailable:
    """Return the pause of an operation; it must not be asked."""
    with pytest.raises(TemporarilyUnavailable) as caught:
        put(host, connection_id, operation, lambda _view: pytest.fail("it was asked"))
    return caught.value


def goes(host, connection_id, operation) -> bool:
    return put(host, connection_id, operation, lambda _view: True)


def held_operations(host, connection_id) -> list[str]:
    with host.database.read() as session:
        return sorted(session.scalars(select(Hold.operation).where(Hold.connection_id == connection_id)))


@both
@pytest.mark.parametrize(("error", "elsewhere"), [(WHOLE, False), (KIND, True)], ids=["connection", "operation"])
def test_such_a_refusal_becomes_a_pause_of_five_minutes_with_its_reason_and_cure(host, clock, acme, error, elsewhere):
    raised = refused(host, acme, "open", error)
    assert isinstance(raised, TemporarilyUnavailable)
    assert (str(raised), raised.retry_after) == (f"{error.reason} {error.cure}", LOOK.total_seconds())
    assert raised.extent is error.extent
    assert raised.__cause__ is error
    clock.advance(minutes=2)
    pause = waits(host, acme, "open")
    assert (str(pause), pause.retry_after) == (str(raised), LOOK.total_seconds())
    if elsewhere:
        assert goes(host, acme, "hop")
    else:
        waits(host, acme, "hop")
    clock.advance(minutes=3)
    assert goes(host, acme, "open")


def test_other_connections_are_not_touched(host, acme):
    beta = connect(host, BETA)
    refused(host, acme, "open", WHOLE)
    assert goes(host, beta, "open")


def test_a_refusal_of_one_call_stays_a_refusal_and_holds_nothing(host, acme):
    assert refused(host, acme, "open", SINGLE) is SINGLE
    assert goes(host, acme, "open")
    assert held_operations(host, acme) == []


@both
def test_release_frees_what_was_refused_and_not_what_is_to_be_slower(host, acme):
    beta = connect(host, BETA)
    refused(host, acme, "open", KIND)
    refused(host, acme, "hop", LIMIT)
    refused(host, acme, "fetch", WHOLE)
    refused(host, beta, "open", KIND)
    with host.database.write() as session:
        holds.release(session, acme)
    assert goes(host, acme, "open")
    waits(host, acme, "hop")
    waits(host, beta, "open")


def test_an_answer_after_the_pause_forgets_the_refusal_and_another_refusal_renews_it(host, clock, acme):
    refused(host, acme, "subscribe", KIND)
    refused(host, acme, "open", KIND)
    clock.advance(seconds=REFUSED.total_seconds())
    refused(host, acme, "open", KIND)
    assert goes(host, acme, "subscribe")
    assert held_operations(host, acme) == ["open"]
    waits(host, acme, "open")


def test_an_answer_of_any_kind_forgets_that_everything_was_refused(host, clock, acme):
    refused(host, acme, "subscribe", WHOLE)
    clock.advance(seconds=REFUSED.total_seconds())
    assert goes(host, acme, "open")
    assert held_operations(host, acme) == []


def test_a_limit_that_is_over_is_left_to_be_written_over(host, clock, acme):
    refused(host, acme, "open", LIMIT)
    clock.advance(seconds=60)
    assert goes(host, acme, "open")
    assert held_operations(host, acme) == ["open"]


def test_links_wait_and_are_not_stopped_until_the_cause_is_gone(host, work, gateway, clock, acme):
    register(work, host)
    gateway.add("1")
    link = link_issue(host, acme, "1")
    host.jobs.run_all()
    gateway.outage = WHOLE
    with host.database.write() as session:
        backlog.want(host.jobs, session, [session.get_one(Link, link)], now=clock())
    before = gateway.calls["open"]
    for _ in range(3):
        host.jobs.run_all()
        clock.advance(seconds=30)
        host.jobs.wake()
    stands = read_link(host, link)
    assert (stands.state, stands.busy) == (LinkState.WAITING, True)
    assert gateway.calls["open"] == before + 1, "while it waits nobody asks"
    gateway.outage = None
    with host.database.write() as session:
        holds.release(session, acme)
    host.jobs.wake()
    host.jobs.run_all()
    assert not read_link(host, link).busy
