"""Comments on the ticket's page: what is offered to whom, what the forms refuse, and what the page tells afterwards."""

from __future__ import annotations

import re

import pytest

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import create_user
from helpdesk_core.errors import Refused
from helpdesk_core.tickets import service
from helpdesk_core.tickets.models import Comment, Visibility
from helpdesk_core.tickets.observing import EXTENSION, Observers
from helpdesk_core.values import Secret
from tests.conftest import PASSWORD

NEW = {"title": "Printer on fire", "body": "It burns.", "requester_name": "Rae", "requester_email": "", "assignee": ""}
SCRIPT = "<script>alert(1)</script>"
TICKET, COMMENT = "/tickets/1", "/tickets/1/comments/1"
WAYS = ("edit", "internal", "delete")


@pytest.fixture
def client(signed_in, agent):
    """Return a client of the agent who wrote ticket 1 and its public comment 1."""
    client = signed_in(agent)
    assert client.post("/tickets/new", data=NEW).location == TICKET
    answer = client.post(f"{TICKET}/comments", data={"body": "We come.", "visibility": "public"})
    assert answer.location == f"{TICKET}#comment-1"
    return client


@pytest.fixture
def colleague(host, signed_in, client):
    """Return a client of another agent."""
    with host.database.write() as session:
        kim = create_user(
            session, email="kim@acme.example", name="Kim", password=Secret(PASSWORD), role=Role.AGENT, now=host.now()
        )
    return signed_in(kim)


@pytest.fixture
def observed(app):
    """Return what the observers of the application are told, as the pages pass them on."""
    told = []

    def observe_ticket(session, ticket, *, now):
        told.append(("ticket", ticket.title))

    def observe_comment(session, comment, *, now):
        told.append((comment.body, comment.visibility, comment.is_deleted))

    app.extensions[EXTENSION] = Observers(ticket_created=(observe_ticket,), comment_changed=(observe_comment,))
    return told


def look(host) -> Comment:
    """Return comment 1 as it is stored."""
    with host.database.read() as session:
        return session.get_one(Comment, 1)


def card(client, comment_id: int = 1) -> str:
    """Return one comment as the ticket's page shows it, as words with single spaces between them."""
    text = client.get(TICKET).text.partition(f'id="comment-{comment_id}"')[2].partition("</article>")[0]
    return " ".join(text.split())


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def say_for_an_integration(host, key: str, body: str = "From afar") -> None:
    with host.database.write() as session:
        ticket = service.get_ticket(session, 1)
        service.add_comment(session, ticket, body, visibility=Visibility.PUBLIC, by="Wanda", now=host.now(), source=key)


# ── what an author does ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_author_edits_and_the_page_tells_it(client, clock, host):
    assert "We come.</textarea>" in client.get(f"{COMMENT}/edit").text
    assert "edited by" not in card(client)
    clock.advance(minutes=5)
    answer = client.post(f"{COMMENT}/edit", data={"body": "Kim comes."})
    assert answer.location == f"{TICKET}#comment-1"
    assert "Kim comes." in card(client)
    assert "edited by Alex Agent at 24 Nov 2026, 09:05 UTC" in words(card(client))


def test_an_author_deletes_and_the_page_tells_who_and_when(client, clock):
    client.post(f"{COMMENT}/edit", data={"body": "Never mind."})
    clock.advance(minutes=5)
    answer = client.post(f"{COMMENT}/delete")
    assert answer.location == f"{TICKET}#comment-1"
    told = words(card(client))
    assert "deleted by Alex Agent at 24 Nov 2026, 09:05 UTC" in told
    assert "Never mind." not in client.get(TICKET).text
    assert "edited by" not in told
    assert "Change" not in told, "nothing is left to change"


def test_an_author_makes_a_reply_internal_and_is_not_offered_the_way_back(client):
    assert "An internal note never becomes public again" in card(client)
    answer = client.post(f"{COMMENT}/internal", follow_redirects=True)
    assert "The comment is an internal note now." in answer.text
    assert "Internal note" in card(client)
    assert "Public reply" not in card(client)
    assert "Make internal" not in card(client)
    history = words(answer.text)
    assert "Alex Agent made a comment internal. Alex Agent wrote it as a public reply." in history


def test_an_edit_does_not_change_who_may_read_it(client, host):
    client.post(f"{COMMENT}/internal")
    client.post(f"{COMMENT}/edit", data={"body": "More.", "visibility": "public"})
    assert (look(host).body, look(host).is_internal) == ("More.", True)


@pytest.mark.parametrize(
    ("body", "message"), [(" \n", "Write something, or go back"), ("x" * 32_768, "longer than 32767")]
)
def test_a_bad_edit_is_named_and_what_was_typed_stays(client, host, body, message):
    answer = client.post(f"{COMMENT}/edit", data={"body": body})
    assert message in answer.text
    assert body.strip() in answer.text
    assert look(host).body == "We come."


def test_what_is_typed_into_an_edit_never_becomes_markup(client, host):
    client.post(f"{COMMENT}/edit", data={"body": f"{SCRIPT}\n[link](javascript:alert(1)) **bold**"})
    for page in (TICKET, f"{COMMENT}/edit"):
        assert SCRIPT not in client.get(page).text
    shown = "&lt;script&gt;alert(1)&lt;/script&gt;<br>[link](javascript:alert(1)) **bold**"
    assert shown in card(client), "Markdown is shown as it was typed"


def test_of_two_who_edit_at_once_the_later_words_stay(client, signed_in, admin, host):
    other = signed_in(admin)
    for one in (client, other):
        assert "We come." in one.get(f"{COMMENT}/edit").text
    client.post(f"{COMMENT}/edit", data={"body": "First"})
    assert other.post(f"{COMMENT}/edit", data={"body": "Second"}).status_code == 302
    comment = look(host)
    assert (comment.body, comment.edited_by_name) == ("Second", "Dana Admin")


def test_who_edits_what_was_deleted_meanwhile_is_told_and_keeps_what_they_typed(client, signed_in, admin, host):
    signed_in(admin).post(f"{COMMENT}/delete")
    answer = client.post(f"{COMMENT}/edit", data={"body": "Typed with care"})
    assert "Dana Admin deleted this comment, so it cannot be changed any more." in answer.text
    assert "Typed with care" in answer.text
    assert look(host).body == ""
    assert "Dana Admin deleted this comment" in client.get(f"{COMMENT}/edit").text
    assert client.post(f"{COMMENT}/internal").status_code == 409


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_admin_is_offered_what_an_author_is_and_another_agent_is_not(client, colleague, signed_in, admin):
    for one, offered in ((client, True), (signed_in(admin), True), (colleague, False)):
        told = card(one)
        assert [f'{COMMENT}/{way}"' in told for way in WAYS] == [offered] * 3


@pytest.mark.parametrize("way", WAYS)
def test_another_agent_is_refused_in_words(client, colleague, host, way):
    answer = colleague.post(f"{COMMENT}/{way}", data={"body": "Mine now"})
    assert "Only Alex Agent, who wrote this comment, or an admin may change it." in answer.text
    comment = look(host)
    assert (comment.body, comment.is_internal, comment.edited_at) == ("We come.", False, None)


def test_another_agent_does_not_get_the_form(client, colleague):
    answer = colleague.get(f"{COMMENT}/edit")
    assert answer.status_code == 409
    assert "<textarea" not in answer.text


@pytest.mark.parametrize("way", WAYS)
def test_what_an_integration_brought_is_changed_by_nobody_who_signs_in(client, signed_in, admin, host, way):
    say_for_an_integration(host, "fake")
    other = signed_in(admin)
    assert "/comments/2/" not in card(other, 2)
    answer = other.post(f"{TICKET}/comments/2/{way}", data={"body": "Ours now"})
    assert "it is a copy, and what was changed on it would not reach the original" in answer.text
    assert "From afar" in card(other, 2)
    assert "Internal note" not in card(other, 2)


@pytest.mark.parametrize("way", WAYS)
def test_who_did_not_sign_in_changes_nothing(app, client, host, way):
    stranger = app.test_client()
    assert stranger.post(f"{COMMENT}/{way}", data={"body": "x"}).location.startswith("/sign-in")
    assert stranger.get(f"{COMMENT}/edit").location.startswith("/sign-in")
    assert (look(host).body, look(host).is_internal) == ("We come.", False)


@pytest.mark.parametrize("way", WAYS)
def test_no_change_is_taken_without_its_token(app, client, host, way):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(f"{COMMENT}/{way}", data={"body": "Forged"})
    assert answer.status_code == 400
    assert (look(host).body, look(host).is_internal) == ("We come.", False)


def test_the_menus_forms_bring_their_token(app, client, host):
    app.config["WTF_CSRF_ENABLED"] = True
    token = re.search(r'/comments/1/delete">\s*<input type="hidden" name="csrf_token" value="([^"]+)"', card(client))
    assert client.post(f"{COMMENT}/delete", data={"csrf_token": token[1]}).status_code == 302
    assert look(host).is_deleted


@pytest.mark.parametrize("address", ["/tickets/1/comments/9", "/tickets/2/comments/1", f"/tickets/1/comments/{9**30}"])
def test_a_comment_that_this_ticket_does_not_have_is_not_found(client, address):
    client.post("/tickets/new", data=NEW)
    assert client.get(f"{address}/edit").status_code == 404
    for way in WAYS:
        assert client.post(f"{address}/{way}", data={"body": "x"}).status_code == 404


@pytest.mark.parametrize("way", ["internal", "delete"])
def test_following_a_link_changes_nothing(client, host, way):
    assert client.get(f"{COMMENT}/{way}").status_code == 405
    assert (look(host).body, look(host).is_internal) == ("We come.", False)


# ── what an integration brought ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("key", "title"), [("fake", "Fake"), ("removed", "removed")])
def test_a_badge_says_where_a_comment_came_from(client, host, key, title):
    """By the integration's name, or by its key where its plugin is not installed any more."""
    say_for_an_integration(host, key, SCRIPT)
    assert f"Wanda from {title} Public reply" in words(card(client, 2))
    assert SCRIPT not in client.get(TICKET).text
    assert "data-source" not in card(client, 1)


# ── who is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_tell_the_applications_observers(client, observed):
    client.post("/tickets/new", data=NEW | {"title": "Second"})
    client.post("/tickets/2/comments", data={"body": "Said", "visibility": "public"})
    client.post("/tickets/2/comments/2/edit", data={"body": "Edited"})
    client.post("/tickets/2/comments/2/internal")
    client.post("/tickets/2/comments/2/delete")
    assert observed == [
        ("ticket", "Second"),
        ("Said", "public", False),
        ("Edited", "public", False),
        ("Edited", "internal", False),
        ("", "internal", True),
    ]


def test_the_pages_tell_nobody_of_what_they_refuse(client, colleague, observed):
    client.post("/tickets/new", data=NEW | {"title": ""})
    client.post(f"{TICKET}/comments", data={"body": "", "visibility": "public"})
    for way in WAYS:
        colleague.post(f"{COMMENT}/{way}", data={"body": "Mine now"})
    assert observed == []


def test_an_observer_that_objects_keeps_a_ticket_from_being_added(app, client):
    def object_to(session, ticket, *, now):
        raise Refused("Not today.")

    app.extensions[EXTENSION] = Observers(ticket_created=(object_to,))
    assert "Not today." in client.post("/tickets/new", data=NEW).text
    assert client.get("/tickets/2").status_code == 404
