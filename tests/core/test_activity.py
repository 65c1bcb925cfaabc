"""The activity of a connection: counts, what needs a person, replay, giving up with a note, and the history."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from helpdesk_core.errors import Rejected
from helpdesk_core.sync import activity, linking
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.links import get_link, record
from helpdesk_core.sync.models import Happening, Link, LinkEvent, LinkState
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import change_status, get_ticket
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, link_issue, map_statuses, read_link

PAGE = "/settings/integrations/fake/1/activity"
REFUSED = Rejected("The door is shut.", cure="Open it.", code="refused")


@pytest.fixture
def acme(host, work) -> int:
    register(work, host)
    connection_id = connect(host)
    map_statuses(host, connection_id)
    return connection_id


@pytest.fixture
def client(signed_in, admin, acme):
    return signed_in(admin)


def stop_some(host, gateway, connection_id, *issue_ids: str) -> list[int]:
    """Link new tickets with issues that cannot get to where the tickets then want them."""
    gateway.statuses |= {"todo", "doing", "done"}
    links = []
    for id_ in issue_ids:
        gateway.add(id_)
        links.append(link_issue(host, connection_id, id_))
    host.jobs.run_all()
    gateway.hop_errors["done"] = REFUSED
    for link_id in links:
        agent_changes(host, link_id, "done")
    host.jobs.run_all()
    assert {read_link(host, link_id).state for link_id in links} == {LinkState.STOPPED}
    return links


def agent_changes(host, link_id: int, status: str) -> None:
    with host.database.write() as session:
        ticket = get_ticket(session, get_link(session, link_id).ticket_id)
        observers = (TicketChanged(host.jobs),)
        change_status(session, ticket, status, by="Kim", now=host.now(), observers=observers)


def page(client, query: str = "") -> BeautifulSoup:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def count(shown: BeautifulSoup, standing: str) -> str:
    return shown.select_one(f'[data-count="{standing}"] span').text


# ── who, and what is not there ──────────────────────────────────────────────────────────────────────────────────────


def test_it_is_for_admins(signed_in, agent, acme):
    client = signed_in(agent)
    assert client.get(PAGE).status_code == 403
    for path in ("/retry", "/1/retry", "/1/discard"):
        assert client.post(f"{PAGE}{path}").status_code == 403


def test_without_links_it_says_so(client):
    shown = page(client)
    assert "every linked ticket is in step" in shown.text
    assert "Nothing yet." in shown.text
    assert shown.find("button", string=lambda text: text and "Retry" in text) is None


def test_a_connection_that_does_not_exist_is_not_found(client):
    assert client.get("/settings/integrations/fake/9/activity").status_code == 404


# ── counts and attention ────────────────────────────────────────────────────────────────────────────────────────────


def test_it_counts_by_state_and_lists_what_needs_a_person(client, host, gateway, acme):
    first, second = stop_some(host, gateway, acme, "1", "2")
    gateway.hop_errors.clear()
    gateway.add("3")
    link_issue(host, acme, "3")
    gateway.delete("2")
    with host.database.write() as session:
        linking.retry_link(host, session, get_link(session, second), by="Kim")
    host.jobs.run_all()
    shown = page(client)
    assert [count(shown, each) for each in ("in_step", "waiting", "stopped", "conflict", "gone")] == [*"10101"]
    assert [each["data-link"] for each in shown.select("[data-link]")] == [str(first), str(second)]
    row = shown.select_one(f'[data-link="{first}"]')
    assert "The door is shut." in row.text
    assert "What helps:" in row.text
    assert row.select_one(f'a[href="/tickets/{read_link(host, first).ticket_id}#connection-1"]')
    assert row.select_one('a[href="https://acme.example/browse/P-1-1"]')


def test_another_connections_links_are_not_here(client, host, gateway, acme):
    other = connect(host, BETA)
    map_statuses(host, other)
    (link_id,) = stop_some(host, gateway, other, "7")
    assert page(client).select("[data-link]") == []
    for action in ("retry", "discard"):
        assert client.post(f"{PAGE}/{link_id}/{action}", data={"note": "Mine?"}).status_code == 404
    assert read_link(host, link_id).state == LinkState.STOPPED
    client.post(f"{PAGE}/retry")
    assert read_link(host, link_id).state == LinkState.STOPPED


def test_a_paused_connection_says_so_and_still_says_what_is_stopped(client, host, gateway, acme):
    (link_id,) = stop_some(host, gateway, acme, "1")
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Dana")
    shown = page(client)
    assert "Paused by Dana" in shown.text
    assert shown.select_one(f'[data-link="{link_id}"] [data-standing="stopped"]')


# ── replay ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_is_tried_again(client, host, gateway, acme):
    first, second = stop_some(host, gateway, acme, "1", "2")
    gateway.hop_errors.clear()
    client.post(f"{PAGE}/{second}/retry")
    host.jobs.run_all()
    assert [read_link(host, each).state for each in (first, second)] == [LinkState.STOPPED, LinkState.IN_STEP]
    assert gateway.issues["2"].status_id == "done"


def test_all_are_tried_again_in_order_and_counted(client, host, gateway, acme, monkeypatch):
    monkeypatch.setattr(activity, "BATCH", 2)  # more than one transaction
    links = stop_some(host, gateway, acme, "1", "2", "3", "4", "5")
    assert "Retry all 5" in page(client).text
    gateway.hop_errors.clear()
    assert "5 links are tried again." in client.post(f"{PAGE}/retry", follow_redirects=True).text
    with host.database.read() as session:
        retried = select(LinkEvent.link_id).where(LinkEvent.what == Happening.RETRIED).order_by(LinkEvent.id)
        assert session.scalars(retried).all() == links
    host.jobs.run_all()
    assert {read_link(host, each).state for each in links} == {LinkState.IN_STEP}
    assert "0 links are tried again." in client.post(f"{PAGE}/retry", follow_redirects=True).text


def test_a_conflict_is_not_tried_again_but_leads_to_the_ticket(client, host, gateway, acme):
    (link_id,) = stop_some(host, gateway, acme, "1")
    gateway.hop_errors.clear()
    gateway.move("1", "doing")
    linking.retry(host, link_id, by="Kim")
    host.jobs.run_all()
    assert read_link(host, link_id).state == LinkState.CONFLICT
    shown = page(client)
    assert "1 conflict waits for a choice" in " ".join(shown.text.split())
    assert "Choose" in shown.select_one(f'[data-link="{link_id}"]').text
    assert activity.retry_all(host, acme, by="Kim") == 0
    assert read_link(host, link_id).state == LinkState.CONFLICT


# ── giving up ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_discarding_keeps_both_sides_and_the_note(client, host, gateway, acme, admin):
    (link_id,) = stop_some(host, gateway, acme, "1")
    client.post(f"{PAGE}/{link_id}/discard", data={"note": "Agreed with Rae by phone."})
    host.jobs.run_all()
    link = read_link(host, link_id)
    assert link.state == LinkState.IN_STEP
    assert gateway.issues["1"].status_id == "todo"
    with host.database.read() as session:
        assert session.get_one(Ticket, link.ticket_id).status == "done"
        noted = session.scalars(select(LinkEvent).where(LinkEvent.what == Happening.DISCARDED)).one()
    assert "Agreed with Rae by phone." in noted.sentence
    assert noted.by_name == admin.name
    assert page(client).select("[data-link]") == []


def test_discarding_what_is_gone_ends_the_link_and_keeps_the_note(client, host, gateway, acme):
    (link_id,) = stop_some(host, gateway, acme, "1")
    gateway.delete("1")
    linking.retry(host, link_id, by="Kim")
    host.jobs.run_all()
    client.post(f"{PAGE}/{link_id}/discard", data={"note": "It was a duplicate."})
    with host.database.read() as session:
        assert session.scalar(select(Link)) is None
    assert "P-1-1 was unlinked. It was a duplicate." in page(client).text


@pytest.mark.parametrize("note", ["", "   ", "x" * 501])
def test_without_a_note_nothing_is_discarded(client, host, gateway, acme, note):
    (link_id,) = stop_some(host, gateway, acme, "1")
    answer = client.post(f"{PAGE}/{link_id}/discard", data={"note": note}, follow_redirects=True)
    assert "Nothing was discarded." in answer.text
    assert read_link(host, link_id).state == LinkState.STOPPED


# ── the history ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_history_is_paged_newest_first_and_every_event_is_seen_once(client, host, gateway, acme):
    gateway.add("1")
    link_id = link_issue(host, acme, "1")
    with host.database.write() as session:
        link = get_link(session, link_id)
        for number in range(120):
            record(session, link, Happening.RETRIED, f"Event {number}.", now=host.now())
            session.flush()
    seen, address = [], ""
    while address is not None:
        shown = page(client, address)
        seen += shown.select("[data-history] > li")
        older = shown.find("a", string="Older")
        address = older["href"].removeprefix(PAGE).split("#")[0] if older else None
    numbers = [" ".join(each.text.split()).split("Event ")[1] for each in seen if "Event" in each.text]
    assert numbers == [f"{n}." for n in range(119, -1, -1)]
    assert len(seen) == 121, "and that it was linked"


def test_the_history_of_one_ticket(client, host, gateway, acme):
    _, second = stop_some(host, gateway, acme, "1", "2")
    shown = page(client, f"?ticket={read_link(host, second).ticket_id}")
    assert {each.select_one("a").text for each in shown.select("[data-history] > li")} == {
        f"Ticket {read_link(host, second).ticket_id}"
    }
    assert "Nothing happened on ticket 77 here." in page(client, "?ticket=77").text


@pytest.mark.parametrize("query", ["?ticket=x", "?ticket=0", "?ticket=99999999999", "?before=x&ticket=1"])
def test_a_number_that_is_none_shows_everything_and_says_so(client, host, gateway, acme, query):
    stop_some(host, gateway, acme, "1")
    assert page(client, query).select("[data-history] > li")
