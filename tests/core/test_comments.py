"""Changing what was said on a ticket: who may, what is kept, who is told. At once: test_tickets_at_once.py."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.tickets import service
from helpdesk_core.tickets.models import MAX_NAME, MAX_TEXT, Comment, EventKind, Ticket, TicketEvent, Visibility
from helpdesk_core.values import Secret
from tests.conftest import PASSWORD


@pytest.fixture
def ticket(host, agent) -> Ticket:
    with host.database.write() as session:
        return service.create_ticket(
            session, title="Printer on fire", body="", requester_name="Rae", by="Seed", now=host.now()
        )


@pytest.fixture
def say(host, ticket):
    """Return a function that adds a comment and gives its id."""

    def add(by, body="We come.", *, visibility=Visibility.PUBLIC, **more) -> int:
        with host.database.write() as session:
            there = service.get_ticket(session, ticket.id)
            return service.add_comment(session, there, body, visibility=visibility, by=by, now=host.now(), **more).id

    return add


@pytest.fixture
def colleague(host) -> User:
    with host.database.write() as session:
        return create_user(
            session, email="kim@acme.example", name="Kim", password=Secret(PASSWORD), role=Role.AGENT, now=host.now()
        )


@pytest.fixture
def do(host):
    """Return a function that changes a comment by one of the three ways, in a transaction of its own."""

    def change(way: str, comment_id: int, *, by, body="Other words", **more) -> bool:
        with host.database.write() as session:
            comment = session.get_one(Comment, comment_id)
            if way == "edit":
                return service.edit_comment(session, comment, body, by=by, now=host.now(), **more)
            ways = {"hide": service.make_internal, "delete": service.delete_comment}
            return ways[way](session, comment, by=by, now=host.now(), **more)

    return change


def look(host, comment_id: int) -> Comment:
    with host.database.read() as session:
        return session.get_one(Comment, comment_id)


def as_written(comment: Comment) -> bool:
    """Whether nothing was changed on what `say` has said."""
    told = (comment.body, comment.visibility, comment.edited_at, comment.deleted_at)
    return told == ("We come.", Visibility.PUBLIC, None, None)


WAYS = pytest.mark.parametrize("way", ["edit", "hide", "delete"])

# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_keeps_who_and_when_and_leaves_the_author(host, clock, agent, admin, ticket, say, do):
    said = say(agent)
    clock.advance(minutes=5)
    assert do("edit", said, by=admin, body=" Kim\r\ncomes. ")
    comment = look(host, said)
    assert (comment.body, comment.by_name, comment.visibility) == ("Kim\ncomes.", "Alex Agent", "public")
    assert (comment.edited_at, comment.edited_by_name) == (host.now(), "Dana Admin")
    assert comment.at < host.now()
    with host.database.read() as session:
        assert service.get_ticket(session, ticket.id).updated_at == host.now()


def test_the_same_words_are_no_edit(host, agent, say, do):
    said = say(agent)
    assert not do("edit", said, by=agent, body="We come.\r\n")
    assert as_written(look(host, said))


def test_a_deleted_comment_keeps_its_place_and_loses_its_words(host, clock, agent, ticket, say, do):
    said = say(agent, "My password is swordfish")
    clock.advance(minutes=5)
    assert do("delete", said, by=agent)
    with host.database.read() as session:
        (comment,) = service.read_history(session, service.get_ticket(session, ticket.id))
    assert (comment.id, comment.body, comment.is_deleted, comment.by_name) == (said, "", True, "Alex Agent")
    assert (comment.deleted_at, comment.deleted_by_name) == (host.now(), "Alex Agent")


def test_deleting_again_changes_nothing(host, clock, agent, admin, say, do):
    said = say(agent)
    do("delete", said, by=agent)
    before = host.now()
    clock.advance(minutes=5)
    assert not do("delete", said, by=admin)
    comment = look(host, said)
    assert (comment.deleted_at, comment.deleted_by_name) == (before, "Alex Agent")


def test_history_tells_that_an_internal_note_was_public_once(host, agent, admin, ticket, say, do):
    said = say(agent)
    assert do("hide", said, by=admin)
    assert look(host, said).is_internal
    with host.database.read() as session:
        event = session.scalars(select(TicketEvent)).one()
    assert (event.kind, event.before, event.after) == (EventKind.VISIBILITY, "public", "internal")
    assert (event.by_name, event.reason) == ("Dana Admin", "Alex Agent wrote it as a public reply.")


def test_an_internal_note_stays_internal(host, agent, say, do):
    said = say(agent, visibility=Visibility.INTERNAL)
    assert not do("hide", said, by=agent)
    do("edit", said, by=agent)
    assert look(host, said).is_internal
    with host.database.read() as session:
        assert session.scalars(select(TicketEvent)).all() == []


@pytest.mark.parametrize(("body", "reason"), [(" \n", "comment is empty"), ("x" * (MAX_TEXT + 1), "Shorten it")])
def test_an_edit_is_refused_as_a_new_comment_would_be(host, agent, say, do, body, reason):
    said = say(agent)
    with pytest.raises(Refused, match=reason):
        do("edit", said, by=agent, body=body)
    assert as_written(look(host, said))


@pytest.mark.parametrize("way", ["edit", "hide"])
def test_what_was_deleted_is_changed_no_more(host, agent, admin, say, do, way):
    said = say(agent)
    do("delete", said, by=admin)
    with pytest.raises(Refused, match="Dana Admin deleted this comment"):
        do(way, said, by=agent)
    comment = look(host, said)
    assert (comment.body, comment.edited_at, comment.is_internal) == ("", None, False)


def test_a_comment_is_found_on_its_own_ticket_only(host, agent, ticket, say):
    said = say(agent)
    with host.database.read() as session:
        assert service.get_comment(session, ticket.id, said).body == "We come."
        for number, comment_id in ((ticket.id + 1, said), (ticket.id, 0), (ticket.id, 99), (ticket.id, 10**30)):
            with pytest.raises(NotFound, match="no such comment"):
                service.get_comment(session, number, comment_id)


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@WAYS
def test_an_author_and_an_admin_may(host, agent, admin, say, do, way):
    for by in (agent, admin):
        said = say(agent)
        assert service.refusal(look(host, said), by=by) == ""
        assert do(way, said, by=by)
        assert not as_written(look(host, said))


@WAYS
def test_another_agent_may_not(host, agent, colleague, say, do, way):
    said = say(agent)
    with pytest.raises(Refused, match="Only Alex Agent, who wrote this comment, or an admin"):
        do(way, said, by=colleague)
    assert as_written(look(host, said))


@WAYS
def test_nobody_who_signs_in_changes_what_an_integration_brought(host, admin, say, do, way):
    said = say("Wanda", source="jira")
    with pytest.raises(Refused, match="not written here: it is a copy"):
        do(way, said, by=admin)
    assert as_written(look(host, said))


@WAYS
def test_an_integration_changes_what_it_brought(host, say, do, way):
    said = say("Wanda", source="jira")
    assert do(way, said, by="Wanda", source="jira")
    comment = look(host, said)
    assert not as_written(comment)
    assert (comment.by_id, comment.source) == (None, "jira")


@WAYS
@pytest.mark.parametrize("source", ["", "other"])
def test_an_integration_leaves_alone_what_another_brought(host, say, do, way, source):
    said = say("Wanda", source="jira")
    with pytest.raises(Refused, match="only comments that it brought"):
        do(way, said, by="Wanda", source=source)
    assert as_written(look(host, said))


@WAYS
@pytest.mark.parametrize("source", ["", "jira"])
def test_an_integration_leaves_alone_what_a_person_wrote(host, agent, say, do, way, source):
    said = say(agent)
    with pytest.raises(Refused, match="only comments that it brought"):
        do(way, said, by="Jira", source=source)
    assert as_written(look(host, said))


def test_a_name_of_another_system_is_cut_to_what_is_stored(host, say, do):
    said = say("W" * 300, source="jira")
    do("edit", said, by="E\x00" * 200, source="jira")
    comment = look(host, said)
    assert (comment.by_name, comment.edited_by_name) == ("W" * MAX_NAME, "E" * MAX_NAME)


# ── who is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Witness:
    """An observer that looks, by the change's own session, at what the database holds."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool, bool]] = []

    def __call__(self, session, comment, *, now) -> None:
        query = select(Comment.body, Comment.visibility, Comment.deleted_at).where(Comment.id == comment.id)
        body, visibility, deleted = session.execute(query).one()
        self.told.append((body, visibility == Visibility.INTERNAL, deleted == now))


def test_observers_are_told_of_each_change_and_find_it_in_their_transaction(agent, say, do):
    witness = Witness()
    said = say(agent, observers=[witness])
    do("edit", said, by=agent, observers=[witness])
    do("hide", said, by=agent, observers=[witness])
    do("delete", said, by=agent, observers=[witness])
    assert witness.told == [
        ("We come.", False, False),
        ("Other words", False, False),
        ("Other words", True, False),
        ("", True, True),
    ]


def test_observers_are_not_told_of_what_changes_nothing(agent, say, do):
    witness = Witness()
    said = say(agent, visibility=Visibility.INTERNAL)
    do("edit", said, by=agent, body="We come.", observers=[witness])
    do("hide", said, by=agent, observers=[witness])
    do("delete", said, by=agent)
    do("delete", said, by=agent, observers=[witness])
    assert witness.told == []


@WAYS
def test_observers_are_not_told_of_what_is_refused(agent, colleague, say, do, way):
    witness = Witness()
    said = say(agent)
    with pytest.raises(Refused):
        do(way, said, by=colleague, observers=[witness])
    with pytest.raises(Refused):
        say(agent, " ", observers=[witness])
    assert witness.told == []


@WAYS
def test_an_observer_that_objects_prevents_the_change(host, agent, say, do, way):
    def object_to(session, comment, *, now) -> None:
        raise Refused("Not now.")

    said = say(agent)
    with pytest.raises(Refused, match="Not now"):
        do(way, said, by=agent, observers=[object_to])
    assert as_written(look(host, said))
    with host.database.read() as session:
        assert session.scalars(select(TicketEvent)).all() == []


def test_observers_of_new_tickets_are_told_before_the_transaction_ends(host, agent):
    told = []

    def observe(session, ticket, *, now) -> None:
        told.append((session.scalar(select(Ticket.title).where(Ticket.id == ticket.id)), now))
        with host.database.read() as other:
            assert other.get(Ticket, ticket.id) is None, "not committed yet"

    texts = {"body": "", "requester_name": "Rae", "by": agent, "now": host.now(), "observers": [observe]}
    with host.database.write() as session:
        service.create_ticket(session, title="Printer on fire", **texts)
    assert told == [("Printer on fire", host.now())]
    with host.database.write() as session, pytest.raises(Refused):
        service.create_ticket(session, title=" ", **texts)
    assert len(told) == 1
