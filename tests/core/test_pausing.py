"""Pausing loses nothing: what both sides did meanwhile waits, is counted, and is brought in step on resuming."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import Refused
from helpdesk_core.sync import pausing
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.deliveries import accept
from helpdesk_core.sync.models import LinkEvent, LinkState
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.service import change_status, get_ticket
from tests.core.fake_gateway import FakeReceiver
from tests.core.linking_world import change_connection, connect, link_issue, map_statuses, read_link

SETTINGS = "/settings/integrations/fake/1/sync"


@pytest.fixture
def acme(host, work, gateway, admin) -> int:
    """A connection with two links in step."""
    register(work, host)
    connection_id = connect(host)
    map_statuses(host, connection_id)
    gateway.statuses |= {"todo", "doing", "done"}
    for id_ in ("1", "2"):
        gateway.add(id_)
        link_issue(host, connection_id, id_)
    host.jobs.run_all()
    gateway.calls.clear()
    return connection_id


def change_ticket(host, number: int, status: str) -> None:
    with host.database.write() as session:
        ticket, observers = get_ticket(session, number), (TicketChanged(host.jobs),)
        change_status(session, ticket, status, by="Kim", now=host.now(), observers=observers)


def ticket_status(host, number: int) -> str:
    with host.database.read() as session:
        return get_ticket(session, number).status


def deliver(host, issue_id: str, status_id: str) -> None:
    headers, body = FakeReceiver.delivery({"issue_id": issue_id, "status_id": status_id})
    accept(host, "fake", headers, body)


def events(host) -> int:
    with host.database.read() as session:
        return session.scalar(select(func.count()).select_from(LinkEvent))


def test_while_paused_nothing_is_asked_or_written_on_either_side(host, acme, gateway):
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Dana")
    change_ticket(host, 1, "in_progress")
    gateway.move("2", "done")
    deliver(host, "2", "done")
    before = events(host)
    host.jobs.run_all()
    assert gateway.calls == {}
    assert gateway.issues["1"].status_id == "todo"
    assert ticket_status(host, 2) == "open"
    assert events(host) == before


def test_resuming_counts_first_and_then_brings_both_in_step(host, acme, gateway, signed_in, admin):
    client = signed_in(admin)
    client.post(f"{SETTINGS}/pause")
    change_ticket(host, 1, "in_progress")
    gateway.move("2", "done")
    deliver(host, "2", "done")
    host.jobs.run_all()
    with host.database.read() as session:
        assert pausing.waiting(session, acme) == pausing.Waiting(links=1, deliveries=1)
    assert "1 link and 1 delivery" in client.get(SETTINGS).text
    client.post(f"{SETTINGS}/resume")
    host.jobs.run_all()
    assert gateway.issues["1"].status_id == "doing"
    assert ticket_status(host, 2) == "done"
    assert {read_link(host, each).state for each in (1, 2)} == {LinkState.IN_STEP}
    with host.database.read() as session:
        assert pausing.waiting(session, acme) == pausing.Waiting(links=0, deliveries=0)


def test_a_pause_outlives_authorizing_again(host, acme, gateway):
    change_connection(
        host, acme, paused_at=host.now(), paused_by_name="Dana", state=ConnectionState.REAUTHORIZE, trouble="Refused."
    )
    change_connection(host, acme, state=ConnectionState.CONNECTED, trouble="")
    change_ticket(host, 1, "in_progress")
    host.jobs.run_all()
    assert gateway.calls == {}


def test_what_is_disconnected_is_not_paused(host, acme, admin):
    change_connection(host, acme, state=ConnectionState.DISCONNECTED)
    with host.database.write() as session, pytest.raises(Refused, match="is disconnected"):
        pausing.pause(session.get_one(Connection, acme), by=admin, now=host.now())


def test_the_card_and_the_pages_of_the_connection_say_who_paused_it(host, acme, signed_in, admin):
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Kim")
    client = signed_in(admin)
    for address in ("/settings/integrations", "/settings/integrations/fake/1", SETTINGS, f"{SETTINGS[:-5]}/activity"):
        assert "aused by Kim" in " ".join(client.get(address).text.split()).replace("Paused</span> by", "Paused by")
