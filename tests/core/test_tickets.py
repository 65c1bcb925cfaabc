"""Writing tickets: what is kept, what is refused, what the history tells."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import change_user, get_user
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.tickets import service
from helpdesk_core.tickets.models import MAX_TEXT, MAX_TITLE, Comment, Ticket, TicketEvent, Visibility


@pytest.fixture
def make_ticket(host):
    """Return a function that adds a ticket and gives its number."""

    def make(title="Printer on fire", **texts) -> int:
        texts = {"body": "It burns.", "requester_name": "Rae", "by": "Seed", "now": host.now()} | texts
        with host.database.write() as session:
            return service.create_ticket(session, title=title, **texts).id

    return make


def test_a_ticket_is_kept_as_it_was_written(host, agent, make_ticket):
    number = make_ticket("  Printer on fire ", body="One\r\ntwo", requester_email="rae@acme.example", by=agent)
    with host.database.read() as session:
        ticket = service.get_ticket(session, number)
    assert (ticket.title, ticket.body, ticket.requester_email) == ("Printer on fire", "One\ntwo", "rae@acme.example")
    assert (ticket.status, ticket.assignee, ticket.created_by_name) == ("open", None, "Alex Agent")
    assert ticket.created_at == ticket.updated_at == host.now()


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"title": " "}, "title is empty"),
        ({"title": "x" * (MAX_TITLE + 1)}, r"title has 256 characters. Shorten it to 255"),
        ({"body": "x" * (MAX_TEXT + 1)}, "description has"),
        ({"requester_name": ""}, "requester's name is empty"),
        ({"requester_email": "x" * 255}, "e-mail address has"),
    ],
)
def test_a_text_that_is_missing_or_too_long_is_refused_by_name(make_ticket, texts, reason):
    with pytest.raises(Refused, match=reason):
        make_ticket(**texts)


def test_a_ticket_cannot_begin_with_a_status_that_does_not_exist(make_ticket):
    with pytest.raises(NotFound, match="no ticket status 'lost'"):
        make_ticket(status="lost")


def test_a_character_that_postgresql_refuses_is_dropped(host, make_ticket):
    number = make_ticket("Nul\x00l")
    with host.database.read() as session:
        assert service.get_ticket(session, number).title == "Null"


@pytest.mark.parametrize("number", [0, -1, 99, 2**63, 10**30])
def test_a_number_that_no_ticket_has_is_not_found(host, number):
    with host.database.read() as session, pytest.raises(NotFound, match=f"no ticket {number}"):
        service.get_ticket(session, number)


def test_a_change_of_status_says_who_when_from_what_to_what_and_why(host, clock, agent, make_ticket):
    number = make_ticket()
    clock.advance(minutes=5)
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        service.change_status(session, ticket, "waiting", by=agent, now=host.now(), reason="Rae is away.")
        service.change_status(session, ticket, "done", by="Jira", now=host.now())
    with host.database.read() as session:
        ticket = service.get_ticket(session, number)
        history = service.read_history(session, ticket)
    assert [(event.by_id, event.by_name, event.before, event.after, event.reason) for event in history] == [
        (agent.id, "Alex Agent", "Open", "Waiting", "Rae is away."),
        (None, "Jira", "Waiting", "Done", ""),
    ]
    assert ticket.status == "done"
    assert ticket.updated_at == history[0].at == host.now()


def test_changing_to_the_present_status_changes_nothing(host, clock, agent, make_ticket):
    number = make_ticket()
    clock.advance(minutes=5)
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        assert service.change_status(session, ticket, "open", by=agent, now=host.now()) is None
        assert service.read_history(session, ticket) == []
        assert ticket.updated_at < host.now()


def test_an_unknown_status_leaves_the_ticket_alone(host, agent, make_ticket):
    number = make_ticket()
    with host.database.write() as session, pytest.raises(NotFound, match="'lost'"):
        service.change_status(session, service.get_ticket(session, number), "lost", by=agent, now=host.now())
    with host.database.read() as session:
        assert service.get_ticket(session, number).status == "open"


def test_assigning_is_written_down(host, agent, admin, make_ticket):
    number = make_ticket()
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        for person in (agent, agent, admin, None):
            service.assign(session, ticket, person and get_user(session, person.id), by=admin, now=host.now())
        history = service.read_history(session, ticket)
    assert [(event.before, event.after) for event in history] == [
        ("", "Alex Agent"),
        ("Alex Agent", "Dana Admin"),
        ("Dana Admin", ""),
    ]


def test_a_ticket_is_not_assigned_to_somebody_who_may_not_sign_in(host, agent, admin, make_ticket):
    number = make_ticket()
    with host.database.write() as session:
        former = get_user(session, agent.id)
        change_user(session, former, name=former.name, role=Role.AGENT, active=False)
        with pytest.raises(Refused, match="Alex Agent may not sign in"):
            service.assign(session, service.get_ticket(session, number), former, by=admin, now=host.now())


def test_comments_and_changes_are_told_in_the_order_in_which_they_happened(host, clock, agent, make_ticket):
    number = make_ticket()
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        for visibility, status in ((Visibility.PUBLIC, "waiting"), (Visibility.INTERNAL, "done")):
            clock.advance(minutes=1)
            service.add_comment(session, ticket, "Said", visibility=visibility, by=agent, now=host.now())
            clock.advance(minutes=1)
            service.change_status(session, ticket, status, by=agent, now=host.now())
        history = service.read_history(session, ticket)
    assert [type(entry) for entry in history] == [Comment, TicketEvent, Comment, TicketEvent]
    assert [entry.is_internal for entry in history if isinstance(entry, Comment)] == [False, True]
    assert ticket.updated_at == host.now()


@pytest.mark.parametrize(("body", "reason"), [(" \n ", "comment is empty"), ("x" * (MAX_TEXT + 1), "Shorten it")])
def test_a_comment_that_is_empty_or_too_long_is_refused(host, agent, make_ticket, body, reason):
    number = make_ticket()
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        with pytest.raises(Refused, match=reason):
            service.add_comment(session, ticket, body, visibility=Visibility.PUBLIC, by=agent, now=host.now())


def test_reading_an_assignee_row_by_row_is_impossible(host, make_ticket):
    """A page that forgets to load the assignees with the tickets fails here instead of making a query for each."""
    make_ticket()
    with host.database.read() as session, pytest.raises(Exception, match="lazy='raise'"):
        _ = session.scalars(select(Ticket)).one().assignee
