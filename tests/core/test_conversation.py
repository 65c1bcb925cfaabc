"""Comments travel as an admin chose, and once. No internal note leaves, and what comes in is internal by default."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk_core.channels.work import register
from helpdesk_core.conversation.deciding import (
    Change,
    Edit,
    Known,
    Post,
    Said,
    TakeIn,
    Terms,
    digest,
    edition_of,
    incoming,
    outgoing,
)
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.sync.deliveries import accept
from helpdesk_core.sync.linking import link, unlink
from helpdesk_core.sync.models import LinkEvent
from helpdesk_core.sync.polling import poll
from helpdesk_core.sync.progress import Follow
from helpdesk_core.sync.work import register as register_sync
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Comment, Visibility
from helpdesk_core.values import RemoteComment
from tests.core.fake_conversation import FakeConversation
from tests.core.fake_gateway import FakeReceiver
from tests.core.fake_tracker import FakeTracker
from tests.core.linking_world import change_connection, connect, link_issue, map_statuses, read_link

PUBLIC, INTERNAL = Visibility.PUBLIC, Visibility.INTERNAL

# ── the rules, over everything ────────────────────────────────────────────────────────────────────────────────────────

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TIMES = st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))
TEXTS = st.sampled_from(["a", "b", ""])
IDS = st.integers(1, 4)
SAID = st.builds(
    Said, id=IDS, text=TEXTS, author=st.just("Kim"), at=TIMES, public=st.booleans(), from_here=st.booleans()
)
KNOWN = st.builds(
    Known,
    comment_id=IDS,
    remote_id=st.sampled_from(["", "r-1", "r-2", "r-3"]),
    marker=st.sampled_from(["", "m-1", "m-2"]),
    text=TEXTS.map(digest),
    edition=st.just("e"),
    refused=st.sampled_from(["", digest("a")]),
    gone=st.booleans(),
)
REMOTE = st.builds(
    RemoteComment,
    id=st.sampled_from(["r-1", "r-2", "r-3"]),
    author=st.just("Jo"),
    body=TEXTS,
    internal=st.booleans(),
    created_at=TIMES,
    updated_at=TIMES,
    marker=st.sampled_from(["", "m-1", "m-9"]),
)
TERMS = st.builds(
    Terms,
    outward=st.booleans(),
    inward=st.booleans(),
    public=st.booleans(),
    outward_since=st.just(NOW),
    inward_since=st.just(NOW),
)


def lists(of, key):
    return st.lists(of, max_size=4, unique_by=key)


@given(lists(SAID, lambda s: s.id), lists(KNOWN, lambda k: k.comment_id), TERMS)
def test_nothing_leaves_but_what_a_person_said_in_public_where_it_may(said, known, terms):
    for step in outgoing(said, known, terms):
        assert terms.outward
        if isinstance(step, Post | Edit):
            assert step.said.public
            assert step.said.from_here


@given(lists(REMOTE, lambda r: r.id), lists(KNOWN, lambda k: k.comment_id), TERMS)
def test_nothing_comes_in_public_unless_both_sides_say_so(remote, known, terms):
    for step in incoming(remote, known, terms):
        if isinstance(step, TakeIn):
            assert terms.inward
            assert not step.remote.marker, "what we wrote does not come back"
            assert not step.public or (terms.public and not step.remote.internal)
        if isinstance(step, Change):
            assert step.hide or not step.remote.internal


@given(lists(SAID, lambda s: s.id), TERMS)
def test_what_was_done_is_not_done_again(said, terms):
    done = [
        Known(comment_id=step.said.id, remote_id=f"r-{step.said.id}", marker="m", text=digest(step.said.text))
        for step in outgoing(said, [], terms)
    ]
    assert outgoing(said, done, terms) == []


@given(lists(REMOTE, lambda r: r.id), TERMS)
def test_what_was_taken_in_is_not_taken_in_again(remote, terms):
    done = [
        Known(comment_id=number, remote_id=step.remote.id, edition=edition_of(step.remote))
        for number, step in enumerate(incoming(remote, [], terms))
    ]
    assert incoming(remote, done, terms) == []


# ── carried ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def talk(gateway) -> FakeConversation:
    return FakeConversation(gateway)


@pytest.fixture
def tracker(gateway, receiver, talk) -> FakeTracker:
    return FakeTracker(gateway=gateway, receiver=receiver, conversation=talk)


@pytest.fixture
def acme(host, work) -> int:
    register(work, host)
    register_sync(work, host)
    id_ = connect(host)
    map_statuses(host, id_)
    return id_


@pytest.fixture
def terms(host, acme):
    """Return a function that lets an admin choose; at first both ways, as internal notes."""

    def terms(*, outward: bool = True, inward: Inward = Inward.NOTES) -> None:
        with host.database.write() as session:
            choose(session, acme, outward=outward, inward=inward, now=host.now())

    terms()
    return terms


@pytest.fixture
def linked(host, acme, gateway, terms) -> int:
    gateway.add("1")
    id_ = link_issue(host, acme, "1")
    host.jobs.run_all()
    return id_


class Desk:
    """What people do on a ticket."""

    def __init__(self, host, ticket_id, kim):
        self.host, self.ticket_id, self.kim = host, ticket_id, kim
        self.told = (CommentChanged(host.jobs),)

    def say(self, text, visibility=PUBLIC) -> int:
        with self.host.database.write() as session:
            ticket = tickets.get_ticket(session, self.ticket_id)
            return tickets.add_comment(
                session, ticket, text, visibility=visibility, by=self.kim, now=self.host.now(), observers=self.told
            ).id

    def edit(self, id_, text) -> None:
        self._change(tickets.edit_comment, id_, text)

    def hide(self, id_) -> None:
        self._change(tickets.make_internal, id_)

    def delete(self, id_) -> None:
        self._change(tickets.delete_comment, id_)

    def _change(self, change, id_, *words) -> None:
        with self.host.database.write() as session:
            comment = session.get_one(Comment, id_)
            change(session, comment, *words, by=self.kim, now=self.host.now(), observers=self.told)

    @property
    def comments(self) -> list[tuple[str, str, str]]:
        """Author, visibility and words of each comment."""
        with self.host.database.read() as session:
            rows = session.scalars(select(Comment).order_by(Comment.id))
            return [(each.by_name, str(each.visibility), each.body) for each in rows]


@pytest.fixture
def desk(host, linked, agent) -> Desk:
    return Desk(host, read_link(host, linked).ticket_id, agent)


@pytest.fixture
def hear(host, acme):
    """Return a function that delivers that something was said on issue 1, and lets the work be done."""
    count = iter(range(100))

    def hear() -> None:
        notice = {"delivery_id": f"c-{next(count)}", "issue_id": "1", "about": "comments"}
        headers, body = FakeReceiver.delivery(notice)
        accept(host, "fake", headers, body)
        host.jobs.run_all()

    return hear


def test_a_reply_goes_out_with_its_author_and_a_note_stays(host, desk, talk, agent):
    desk.say("We look into it.")
    desk.say("The customer is angry.", INTERNAL)
    host.jobs.run_all()
    assert talk.bodies("1") == [f"{agent.name}: We look into it."]
    assert talk.calls == {"post": 1}


def test_an_edit_follows_and_a_deletion_and_hiding_withdraw(host, desk, talk):
    first, second = desk.say("One"), desk.say("Two")
    host.jobs.run_all()
    desk.edit(first, "One, mended")
    host.jobs.run_all()
    assert talk.bodies("1")[0].endswith("One, mended")
    desk.delete(first)
    desk.hide(second)
    host.jobs.run_all()
    assert talk.bodies("1") == []
    assert talk.calls == {"post": 2, "edit": 1, "withdraw": 2}


def test_hidden_before_it_was_carried_it_never_leaves(host, desk, talk):
    id_ = desk.say("Oops, the password is …")
    desk.hide(id_)
    host.jobs.run_all()
    assert talk.calls == {}


@pytest.mark.parametrize("write", ["post", "edit", "withdraw"])
def test_a_lost_answer_doubles_nothing(host, desk, talk, write):
    id_ = desk.say("One")
    if write != "post":
        host.jobs.run_all()
    talk.lose_answers = 1
    if write == "edit":
        desk.edit(id_, "Two")
    if write == "withdraw":
        desk.delete(id_)
    for _ in range(3):
        host.jobs.run_all()
        host.jobs.wake()
    there = {"post": ["Alex Agent: One"], "edit": ["Alex Agent: Two"], "withdraw": []}
    assert talk.bodies("1") == there[write]


def test_an_outage_is_waited_for_in_order(host, desk, talk):
    talk.outage = TemporarilyUnavailable("It is down.")
    desk.say("One")
    desk.say("Two")
    host.jobs.run_all()
    talk.outage = None
    host.jobs.wake()
    host.jobs.run_all()
    assert [each.split(": ")[1] for each in talk.bodies("1")] == ["One", "Two"]


def test_a_refusal_is_told_once_and_tried_again_when_the_words_change(host, desk, talk):
    talk.refusal = Rejected("The text is too long.", cure="Shorten it.", code="refused")
    id_ = desk.say("One")
    host.jobs.run_all()
    desk.say("Two")
    host.jobs.run_all()
    with host.database.read() as session:
        told = [e.sentence for e in session.scalars(select(LinkEvent)) if "could not be carried" in e.sentence]
    assert len(told) == 2
    assert "The text is too long." in told[0]
    talk.refusal = None
    desk.edit(id_, "Short")
    host.jobs.run_all()
    assert [each.split(": ")[1] for each in talk.bodies("1")] == ["Short"]


def test_what_is_said_there_comes_as_a_note_with_its_author(hear, desk, talk, gateway):
    looks = gateway.calls["open"]
    talk.say("1", "It is fixed in **2.1**.")
    hear()
    assert desk.comments == [("Jo", "internal", "It is fixed in **2.1**.")]
    hear()
    assert len(desk.comments) == 1
    assert talk.calls == {"read": 2}
    assert gateway.calls["open"] == looks, "that somebody said something is no reason to look at the status"


@pytest.mark.parametrize(("internal", "visibility"), [(False, "public"), (True, "internal")])
def test_where_an_admin_says_public_only_what_is_for_everybody_is(hear, desk, talk, terms, internal, visibility):
    terms(inward=Inward.PUBLIC)
    talk.say("1", "Hello", internal=internal)
    hear()
    assert desk.comments == [("Jo", visibility, "Hello")]


def test_edited_restricted_and_deleted_there_the_copy_follows(hear, desk, talk, terms):
    terms(inward=Inward.PUBLIC)
    id_ = talk.say("1", "One")
    hear()
    talk.change("1", id_, body="Two")
    hear()
    assert desk.comments == [("Jo", "public", "Two")]
    talk.change("1", id_, internal=True)
    hear()
    assert desk.comments == [("Jo", "internal", "Two")]
    talk.change("1", id_, internal=False)
    hear()
    assert desk.comments == [("Jo", "internal", "Two")], "what was hidden once does not become public by itself"
    talk.remove("1", id_)
    hear()
    assert desk.comments == [("Jo", "internal", "")]


def test_what_went_out_does_not_come_back_and_deleted_there_it_stays_here(host, hear, desk, talk):
    desk.say("One")
    host.jobs.run_all()
    hear()
    assert len(desk.comments) == 1
    talk.remove("1", "r-1")
    hear()
    desk.edit(1, "One, mended")
    host.jobs.run_all()
    assert desk.comments[0][2] == "One, mended"
    assert talk.bodies("1") == [], "somebody deleted it there, so it is not written again"


def test_with_several_tickets_on_one_issue_each_gets_what_is_said_there_once(host, acme, hear, desk, talk):
    other = link_issue(host, acme, "1")
    talk.say("1", "For both")
    hear()
    hear()
    with host.database.read() as session:
        by_ticket = [row.ticket_id for row in session.scalars(select(Comment))]
    assert sorted(by_ticket) == sorted({desk.ticket_id, read_link(host, other).ticket_id})


def test_relinking_recognizes_what_was_carried(host, acme, hear, linked, desk, talk, clock):
    desk.say("One")
    host.jobs.run_all()
    talk.say("1", "Two")
    hear()
    unlink(host, linked, by="Kim")
    clock.advance(minutes=1)
    link(host, ticket_id=desk.ticket_id, connection_id=acme, issue_id="1", follow=Follow.NEITHER, by="Kim")
    desk.say("Three")
    hear()
    assert [each.split(": ")[-1] for each in talk.bodies("1")] == ["One", "Two", "Three"]
    assert [words for *_, words in desk.comments] == ["One", "Two", "Three"]


def test_what_was_said_before_the_link_is_not_carried(host, acme, gateway, terms, talk, agent, clock):
    gateway.add("1")
    talk.say("1", "Before, there")
    clock.advance(minutes=1)
    link_id = link_issue(host, acme, "1")
    desk = Desk(host, read_link(host, link_id).ticket_id, agent)
    desk.say("After")
    poll(host, acme)
    host.jobs.run_all()
    assert [words for *_, words in desk.comments] == ["After"]


def test_a_poll_finds_what_no_delivery_told(host, acme, desk, talk, gateway):
    talk.say("1", "Quietly")
    gateway.edit("1", title="Changed")
    poll(host, acme)
    host.jobs.run_all()
    assert [words for *_, words in desk.comments] == ["Quietly"]


@pytest.mark.parametrize("way", [{"outward": False}, {"inward": Inward.NOT}])
def test_each_way_can_be_closed(host, hear, desk, talk, terms, way):
    terms(**way)
    desk.say("Out")
    talk.say("1", "In")
    hear()
    assert ("Alex Agent: Out" in talk.bodies("1")) == way.get("outward", True)
    assert ("In" in [words for *_, words in desk.comments]) == ("inward" not in way)


def test_while_paused_nothing_is_written_and_nothing_lost(host, clock, acme, desk, talk):
    change_connection(host, acme, paused_at=clock(), paused_by_name="Dana")
    desk.say("One")
    host.jobs.run_all()
    assert talk.calls == {}
    change_connection(host, acme, paused_at=None)
    host.jobs.wake()
    host.jobs.run_all()
    assert len(talk.bodies("1")) == 1


def test_a_comment_without_text_says_where_to_look(hear, desk, talk):
    talk.say("1", "")
    hear()
    assert desk.comments == [("Jo", "internal", "(There is no text that can be shown here. Look at the issue.)")]


# ── the settings and the ticket's page ────────────────────────────────────────────────────────────────────────────────


def test_an_admin_chooses_on_the_page_and_a_reply_travels(host, admin, acme, gateway, talk, signed_in):
    gateway.add("1")
    ticket = read_link(host, link_issue(host, acme, "1")).ticket_id
    client, page = signed_in(admin), f"/settings/integrations/fake/{acme}/sync"
    assert "Internal notes never leave the helpdesk." in client.get(page).text
    sent = {"winner": "ask", "inward": "y", "outward": "y", "replies": "y", "comments": "notes"}
    assert "Saved." in client.post(page, data=sent, follow_redirects=True).text
    html = client.get(page).text
    assert re.search(r'<input[^>]*checked[^>]*id="replies"', html)
    assert re.search(r'<input[^>]*checked[^>]*value="notes"', html)
    client.post(f"/tickets/{ticket}/comments", data={"body": "Hello", "visibility": "public"})
    host.jobs.run_all()
    assert talk.bodies("1") == [f"{admin.name}: Hello"]


def test_by_default_nothing_is_carried(host, acme, gateway, talk, agent):
    gateway.add("1")
    desk = Desk(host, read_link(host, link_issue(host, acme, "1")).ticket_id, agent)
    desk.say("One")
    host.jobs.run_all()
    assert talk.calls == {}
