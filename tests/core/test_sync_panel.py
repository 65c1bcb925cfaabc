"""The panel on a ticket's page: find, link, see how it stands, retry, choose, unlink; and no API's words for agents."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select

from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.connections.models import ConnectionState
from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.service import create_ticket, get_ticket
from helpdesk_core.values import TransitionField
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, map_statuses

API_WORDS = "HTTP 418: errorMessages[0]"


@pytest.fixture
def client(signed_in, agent):
    return signed_in(agent)


@pytest.fixture
def acme(host, work) -> int:
    """A connection with a board, whose work is done by `host.jobs`."""
    register(work, host)
    connection_id = connect(host)
    map_statuses(host, connection_id)
    return connection_id


@pytest.fixture
def ticket(host, acme) -> int:
    """The number of an open ticket."""
    with host.database.write() as session:
        return create_ticket(
            session, title="Printer on fire", body="", requester_name="Rae", by="Kim", now=host.now()
        ).id


@pytest.fixture
def linked(client, host, gateway, acme, ticket) -> int:
    """The id of the ticket's link with an issue that is in step with it."""
    gateway.add("1", "todo", title="Smoke")
    gateway.statuses |= {"todo", "doing", "done"}
    answer = client.post(f"/tickets/{ticket}/issues/{acme}", data={"issue_id": "1", "follow": "ticket_follows"})
    assert answer.status_code == 302, answer.text
    host.jobs.run_all()
    return link_row(host).id


def link_row(host) -> Link | None:
    with host.database.read() as session:
        return session.scalar(select(Link).order_by(Link.id))


def ticket_status(host, number=1) -> str:
    with host.database.read() as session:
        return get_ticket(session, number).status


def panel(client, number=1, connection_id=1) -> Tag | None:
    page = BeautifulSoup(client.get(f"/tickets/{number}").text, "html.parser")
    return page.select_one(f'[data-panel="{connection_id}"]')


def words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def standing(client, number=1) -> str:
    return panel(client, number).select_one("[data-standing]")["data-standing"]


def agent_changes(client, status: str, number=1) -> None:
    assert client.post(f"/tickets/{number}/status", data={"status": status}).status_code == 302


# ── finding and linking ─────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_who_is_not_signed_in_links_anything(app, acme, ticket):
    stranger = app.test_client()
    assert stranger.get(f"/tickets/{ticket}/issues/{acme}?q=1").location.startswith("/sign-in")
    for path in (f"issues/{acme}", "links/1/retry", "links/1/choose", "links/1/unlink"):
        assert stranger.post(f"/tickets/{ticket}/{path}").location.startswith("/sign-in")


def test_without_a_plugin_that_reads_issues_there_is_no_panel(client, host, tracker, ticket, registry):
    object.__setattr__(registry.get("fake"), "ticket_gateway", None)
    assert panel(client) is None


def test_what_is_found_says_what_linking_would_mean(client, gateway, acme, ticket):
    gateway.add("1", "todo", title="Smoke")
    gateway.add("2", "done", title="Smoke again")
    gateway.add("3", "lost", title="Smoke gone")
    page = BeautifulSoup(client.get(f"/tickets/{ticket}/issues/{acme}?q=smoke").text, "html.parser")
    same, other, new = (page.select_one(f'[data-issue="P-1-{n}"]') for n in (1, 2, 3))
    assert "linking changes nothing" in words(same)
    assert same.select("input[type=radio]") == []
    assert "it becomes Done" in words(other)
    assert [each["value"] for each in other.select("input[checked]")] == ["ticket_follows"]
    assert "it stays Open, because the mapping says nothing of Lost" in words(new)
    assert page.select_one("#q")["value"] == "smoke"


def test_the_ticket_follows_unless_said_otherwise(client, host, gateway, acme, ticket):
    gateway.add("2", "done")
    answer = client.post(f"/tickets/{ticket}/issues/{acme}", data={"issue_id": "2"}, follow_redirects=True)
    assert "The ticket is linked with P-1-2 now." in answer.text
    assert ticket_status(host) == "done"
    assert standing(client) == "in_step"


def test_the_issue_may_follow(client, host, gateway, acme, ticket):
    gateway.add("2", "done")
    gateway.statuses |= {"todo"}
    client.post(f"/tickets/{ticket}/issues/{acme}", data={"issue_id": "2", "follow": "issue_follows"})
    assert standing(client) == "waiting"
    host.jobs.run_all()
    assert gateway.issues["2"].status_id == "todo"
    assert ticket_status(host) == "open"
    assert standing(client) == "in_step"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TemporarilyUnavailable(API_WORDS), "Fake cannot be asked at the moment. Try again in a minute."),
        (AuthorizationLost(API_WORDS), "Ask an admin to authorize it again."),
        (Rejected(API_WORDS, cure=API_WORDS, code="gone"), "Fake has no such issue"),
        (Rejected(API_WORDS, cure=API_WORDS), "Fake could not do this."),
    ],
    ids=["outage", "authorization", "gone", "refused"],
)
@pytest.mark.parametrize("method", ["find", "open"])
def test_trouble_is_one_plain_sentence_and_what_was_typed_stays(
    client, host, gateway, acme, ticket, error, sentence, method
):
    gateway.add("1")
    gateway.refusals[method] = error
    address = f"/tickets/{ticket}/issues/{acme}?q=my+words"
    answer = client.get(address) if method == "find" else client.post(address, data={"issue_id": "1"})
    page = BeautifulSoup(answer.text, "html.parser")
    assert sentence in words(page.select_one("[data-problem]"))
    assert API_WORDS not in answer.text
    assert page.select_one("#q")["value"] == "my words"
    assert link_row(host) is None


def test_nothing_found_says_what_to_try(client, acme, ticket):
    assert "No issue fits “nothing”" in client.get(f"/tickets/{ticket}/issues/{acme}?q=nothing").text


def test_a_second_link_on_a_connection_is_refused(client, host, gateway, acme, ticket, linked):
    gateway.add("2")
    answer = client.post(f"/tickets/{ticket}/issues/{acme}", data={"issue_id": "2"}, follow_redirects=True)
    assert "linked with P-1-1 already" in answer.text
    assert link_row(host).issue_id == "1"


@pytest.mark.parametrize("data", [{}, {"issue_id": "1", "follow": "everybody"}])
def test_a_form_that_was_tampered_with_links_nothing(client, host, gateway, acme, ticket, data):
    gateway.add("1")
    assert "Choose an issue" in client.post(f"/tickets/{ticket}/issues/{acme}", data=data).text
    assert link_row(host) is None


def test_what_an_issue_is_called_is_no_markup(client, gateway, acme, ticket):
    gateway.add("1", title="<script>alert(1)</script>")
    address = f"/tickets/{ticket}/issues/{acme}"
    assert "<script>alert(1)" not in client.get(f"{address}?q=alert").text
    client.post(address, data={"issue_id": "1"})
    assert "&lt;script&gt;alert(1)" in client.get(f"/tickets/{ticket}").text


@pytest.mark.parametrize("path", ["1/issues/99?q=x", "99/issues/1?q=x"])
def test_what_is_not_there_is_not_found(client, acme, ticket, path):
    assert client.get(f"/tickets/{path}").status_code == 404


# ── how it stands ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_waits_and_then_the_panel_says_what_became_of_it(client, host, gateway, linked):
    agent_changes(client, "in_progress")
    assert standing(client) == "waiting"
    assert "are in step" not in words(panel(client))
    host.jobs.run_all()
    assert standing(client) == "in_step"
    assert gateway.issues["1"].status_id == "doing"
    said = words(panel(client))
    assert "The issue moved to Doing, because the ticket is In Progress." in said
    assert panel(client).select_one('a[href="https://acme.example/browse/P-1-1"]')


def test_a_stop_says_why_and_retry_goes_on(client, host, gateway, linked):
    gateway.hop_errors["done"] = Rejected("The door is shut.", cure="Open it.", code="refused")
    agent_changes(client, "done")
    host.jobs.run_all()
    assert standing(client) == "stopped"
    assert "The door is shut." in words(panel(client))
    assert "What helps:" in words(panel(client))
    gateway.hop_errors.clear()
    answer = client.post(f"/tickets/1/links/{linked}/retry")
    assert answer.location.endswith("/tickets/1#connection-1")
    host.jobs.run_all()
    assert standing(client) == "in_step"
    assert gateway.issues["1"].status_id == "done"
    assert "Alex Agent" in words(panel(client)), "the history names who pressed Retry"


@pytest.mark.parametrize(
    ("choice", "ticket_is", "issue_is"),
    [("ticket_follows", "done", "done"), ("issue_follows", "in_progress", "doing"), ("neither", "in_progress", "done")],
)
def test_in_a_conflict_the_agent_chooses(client, host, gateway, linked, choice, ticket_is, issue_is):
    with host.database.write() as session:
        set_policy(session, 1, Policy(winner=Winner.ASK))
    gateway.move("1", "done")
    agent_changes(client, "in_progress")
    host.jobs.run_all()
    assert standing(client) == "conflict"
    assert "It becomes Done." in words(panel(client))
    client.post(f"/tickets/1/links/{linked}/choose", data={"follow": choice})
    host.jobs.run_all()
    assert (ticket_status(host), gateway.issues["1"].status_id) == (ticket_is, issue_is)
    assert standing(client) == "in_step"


def test_choosing_nothing_decides_nothing(client, host, gateway, linked):
    answer = client.post(f"/tickets/1/links/{linked}/choose", follow_redirects=True)
    assert "Choose which side holds first." in answer.text
    assert link_row(host).decided == 0


def test_a_deleted_issue_is_gone_and_comes_back_by_retry(client, host, gateway, linked):
    issue = gateway.issues["1"]
    gateway.delete("1")
    agent_changes(client, "done")
    host.jobs.run_all()
    assert standing(client) == "gone"
    gateway.add("1", issue.status_id)
    client.post(f"/tickets/1/links/{linked}/retry")
    host.jobs.run_all()
    assert standing(client) == "in_step"


def test_unlinking_keeps_both_sides_and_the_history(client, host, gateway, linked):
    answer = client.post(f"/tickets/1/links/{linked}/unlink", follow_redirects=True)
    assert "stay as they are" in answer.text
    assert link_row(host) is None
    assert gateway.issues["1"].status_id == "todo"
    assert panel(client).select_one("input[name=q]"), "it can be linked again"
    assert "P-1-1 was unlinked." in words(panel(client))


@pytest.mark.parametrize("action", ["retry", "choose", "unlink"])
def test_a_link_of_another_ticket_is_not_touched(client, host, linked, action):
    agent = {"title": "Other", "body": "", "requester_name": "Rae", "requester_email": "", "assignee": ""}
    client.post("/tickets/new", data=agent)
    answer = client.post(f"/tickets/2/links/{linked}/{action}", data={"follow": "neither"})
    assert answer.status_code == 404
    assert link_row(host).decided == 0


def test_tickets_that_share_an_issue_name_each_other(client, host, gateway, acme, linked):
    for number in (2, 3):
        with host.database.write() as session:
            create_ticket(session, title="Same", body="", requester_name="Rae", by="Kim", now=host.now())
        client.post(f"/tickets/{number}/issues/{acme}", data={"issue_id": "1"})
    said = words(panel(client, 2))
    assert "This issue is driven in Fake, because tickets 1, 2 and 3 share it." in said.replace(" ,", ",")
    assert [a["href"] for a in panel(client, 2).select('a[href^="/tickets/"]')] == ["/tickets/1", "/tickets/3"]


# ── where nothing happens now ───────────────────────────────────────────────────────────────────────────────────────


def test_a_paused_connection_says_who_and_offers_no_work(client, host, gateway, acme, ticket, linked):
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Dana")
    assert standing(client) == "paused"
    assert "Paused by Dana: changes are stored and will be brought in step on resuming." in words(panel(client))
    assert [form["action"] for form in panel(client).select("form")] == [f"/tickets/1/links/{linked}/unlink"]


def test_nothing_is_linked_while_paused(client, host, gateway, acme, ticket):
    gateway.add("1", "done")
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Dana")
    assert panel(client).select_one("form") is None
    assert client.post(f"/tickets/1/issues/{acme}", data={"issue_id": "1"}).status_code == 409
    assert link_row(host) is None
    assert ticket_status(host) == "open"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": ConnectionState.REAUTHORIZE}, "does not accept the helpdesk's sign-in any more"),
        ({"state": ConnectionState.DISCONNECTED}, "is disconnected"),
    ],
)
def test_a_connection_that_does_not_work_says_why_on_linked_tickets_only(client, host, acme, linked, changes, sentence):
    change_connection(host, acme, **changes)
    assert sentence in words(panel(client))
    with host.database.write() as session:
        create_ticket(session, title="Unlinked", body="", requester_name="Rae", by="Kim", now=host.now())
    assert panel(client, 2) is None


def test_a_switched_off_integration_says_so(client, host, linked):
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=False)
    assert "Fake is switched off" in words(panel(client))


def test_two_connections_have_a_panel_each(client, host, linked):
    other = connect(host, BETA)
    assert panel(client, connection_id=other).select_one("input[name=q]")
    assert link_row(host).state == LinkState.IN_STEP


def test_older_events_are_a_click_away(client, host, gateway, linked):
    for status in ("done", "open", "in_progress", "open"):
        agent_changes(client, status)
        host.jobs.run_all()
    shown = panel(client)
    assert len(shown.select("ol")[0].select("li")) == 3
    assert "earlier" in shown.select("details summary")[-1].text
    assert "Linked with P-1-1." in words(shown.select("details")[-1])


def test_what_only_an_admin_can_mend_leads_there(client, host, gateway, linked, signed_in, admin):
    gateway.screens["done"] = (TransitionField(id="resolution", name="Resolution", required=True),)
    agent_changes(client, "done")
    host.jobs.run_all()
    assert standing(client) == "stopped"
    assert "It asks for Resolution" in words(panel(client))
    assert "Admins can do this." in words(panel(client))
    mapping = "/settings/integrations/fake/1/mapping/moves"
    assert panel(client).select_one(f'a[href="{mapping}"]') is None
    boss = signed_in(admin)
    assert panel(boss).select_one(f'a[href="{mapping}"]').text == "Open “What moves need”"
