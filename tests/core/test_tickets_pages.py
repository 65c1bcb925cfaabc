"""The ticket pages: who may see them, what a form refuses, and that nothing typed becomes markup."""

from __future__ import annotations

import pytest

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import change_user, get_user
from helpdesk_core.tickets import service

NEW = {"title": "Printer on fire", "body": "It burns.", "requester_name": "Rae", "requester_email": "", "assignee": ""}
SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def client(signed_in, agent):
    return signed_in(agent)


@pytest.fixture
def ticket(client) -> str:
    """The address of a ticket."""
    return client.post("/tickets/new", data=NEW).location


def test_only_people_who_signed_in_see_tickets(app):
    for address in ("/", "/tickets", "/tickets/new", "/tickets/1"):
        assert app.test_client().get(address).location.startswith("/sign-in")
    for address in ("/tickets/new", "/tickets/1/comments", "/tickets/1/status", "/tickets/1/assignee"):
        assert app.test_client().post(address).location.startswith("/sign-in")


def test_an_agent_adds_a_ticket_and_lands_on_it(client, agent):
    answer = client.post("/tickets/new", data=NEW | {"assignee": str(agent.id)}, follow_redirects=True)
    assert answer.request.path == "/tickets/1"
    assert "Ticket 1 is added." in answer.text
    assert "Printer on fire" in client.get("/").text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "  ", "Enter a title."),
        ("title", "x" * 256, "longer than 255"),
        ("requester_name", "", "Enter the name"),
        ("requester_email", "rae", "not an e-mail address"),
        ("assignee", "99", "Not a valid choice"),
        ("body", "x" * 32_768, "longer than 32767"),
    ],
)
def test_a_bad_entry_is_named_and_what_was_typed_stays(client, field, value, message):
    answer = client.post("/tickets/new", data=NEW | {"body": "Typed with care"} | {field: value})
    assert message in answer.text
    assert "Rae" in answer.text or field == "requester_name"
    assert client.get("/tickets/1").status_code == 404


@pytest.mark.parametrize("number", ["99", "0", "9" * 30])
def test_a_ticket_that_does_not_exist_is_not_found(client, number):
    assert client.get(f"/tickets/{number}").status_code == 404
    for form in ("comments", "status", "assignee"):
        data = {"body": "x", "visibility": "public", "status": "done", "assignee": ""}
        assert client.post(f"/tickets/{number}/{form}", data=data).status_code == 404


def test_a_reply_and_a_note_are_told_apart_in_words(client, ticket):
    client.post(f"{ticket}/comments", data={"body": "We come.", "visibility": "public"})
    answer = client.post(f"{ticket}/comments", data={"body": "He smokes.", "visibility": "internal"})
    assert answer.location == f"{ticket}#comment-2"
    text = client.get(ticket).text
    reply, note = text.index('id="comment-1"'), text.index('id="comment-2"')
    assert "Public reply" in text[reply:note]
    assert "Internal note" in text[note : text.index("He smokes.")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"body": " ", "visibility": "public"}, "Write something first."),
        ({"body": "x" * 32_768, "visibility": "public"}, "longer than 32767"),
        ({"body": "Kept text", "visibility": "everybody"}, "Not a valid choice"),
    ],
)
def test_a_bad_comment_is_named_and_not_added(client, ticket, data, message):
    answer = client.post(f"{ticket}/comments", data=data)
    assert message in answer.text
    assert data["body"].strip() in answer.text
    assert 'id="comment-1"' not in client.get(ticket).text


def test_the_page_tells_every_change(client, ticket, agent):
    assert (
        "The ticket is Waiting now."
        in client.post(f"{ticket}/status", data={"status": "waiting"}, follow_redirects=True).text
    )
    client.post(f"{ticket}/assignee", data={"assignee": str(agent.id)})
    answer = client.post(f"{ticket}/assignee", data={"assignee": ""}, follow_redirects=True)
    told = " ".join(answer.text.split())
    assert "<strong>Alex Agent</strong> changed the status from Open to <strong>Waiting</strong>." in told
    assert "<strong>Alex Agent</strong> assigned the ticket to <strong>Alex Agent</strong>" in told
    assert "assigned the ticket to <strong>nobody</strong>, formerly Alex Agent." in told


@pytest.mark.parametrize(("form", "field"), [("status", "status"), ("assignee", "assignee")])
def test_an_unknown_choice_changes_nothing(client, ticket, form, field):
    answer = client.post(f"{ticket}/{form}", data={field: "77"})
    assert "Not a valid choice" in answer.text
    assert "Nothing yet." in client.get(ticket).text


def test_a_ticket_of_somebody_who_left_can_still_be_shown_and_given_away(host, signed_in, admin, agent, ticket):
    client = signed_in(admin)
    client.post(f"{ticket}/assignee", data={"assignee": str(agent.id)})
    with host.database.write() as session:
        user = get_user(session, agent.id)
        change_user(session, user, name=user.name, role=Role.AGENT, active=False)
    assert "Alex Agent (may not sign in any more)" in client.get(ticket).text
    assert client.post(f"{ticket}/assignee", data={"assignee": str(admin.id)}).status_code == 302
    assert "may not sign in any more" not in client.get(ticket).text


def test_what_people_type_never_becomes_markup(client, admin, host):
    data = NEW | {"title": SCRIPT, "body": f"{SCRIPT}\nsecond line", "requester_name": SCRIPT}
    address = client.post("/tickets/new", data=data).location
    client.post(f"{address}/comments", data={"body": f"{SCRIPT}\nmore", "visibility": "public"})
    with host.database.write() as session:
        service.create_status(session, name=SCRIPT, system=service.SystemStatus.WAITING)
    client.post(f"{address}/status", data={"status": "script-alert-1-script"})
    for page in (address, "/", f"/tickets?q={SCRIPT}"):
        text = client.get(page).text
        assert SCRIPT not in text
        assert ESCAPED in text
    assert f"{ESCAPED}<br>second line" in client.get(address).text
    assert f"{ESCAPED}<br>more" in client.get(address).text


def test_no_form_is_taken_without_its_token(app, client, ticket):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(f"{ticket}/status", data={"status": "done"})
    assert answer.status_code == 400
    assert "Please send it again" in answer.text
