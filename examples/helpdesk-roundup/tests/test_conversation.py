"""Messages: carried once however answers are lost, known again, and never moving the issue that they are put on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from losing import Losing
from tracker import STATUSES, Template, Tracker, serving

from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    CommentsRequest,
    ConnectionView,
    EditRequest,
    LinkBackRequest,
    PostRequest,
    RemoteComment,
    WithdrawRequest,
)
from helpdesk_roundup import messages as messages_module
from helpdesk_roundup.connect import workspace_at
from helpdesk_roundup.conversation import RoundupConversation
from helpdesk_roundup.gateway import RoundupTicketGateway

TALK = RoundupConversation()
MARKER = "hd-comment-1-1"
SAID = "Eve Roe wrote:\n\nIt **still** fails."


@pytest.fixture
def losing() -> Losing:
    """What loses answers."""
    return Losing()


@pytest.fixture
def tracker(template: Template, tmp_path: Path, losing: Losing) -> Iterator[Tracker]:
    """A tracker whose answers can be lost."""
    with serving(template, tmp_path / "tracker", losing) as running:
        yield running


@pytest.fixture
def issue(tracker: Tracker) -> str:
    """An issue with a description."""
    return tracker.add_issue("One", "in-progress", "It fails")


def read(connection: ConnectionView, issue: str) -> tuple[RemoteComment, ...]:
    return TALK.read(CommentsRequest(connection=connection, issue_id=issue))


def post(connection: ConnectionView, issue: str, body: str = "It **still** fails.", marker: str = MARKER) -> str:
    request = PostRequest(connection=connection, issue_id=issue, marker=marker, author="Eve Roe", body=body)
    made = TALK.post(request)
    assert made.marker == marker
    return made.id


def edit(connection: ConnectionView, issue: str, comment_id: str, body: str) -> RemoteComment:
    return TALK.edit(
        EditRequest(connection=connection, issue_id=issue, comment_id=comment_id, author="Eve Roe", body=body)
    )


def withdraw(connection: ConnectionView, issue: str, comment_id: str) -> None:
    TALK.withdraw(WithdrawRequest(connection=connection, issue_id=issue, comment_id=comment_id))


def test_the_description_is_no_comment(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    assert read(connection, issue) == ()
    tracker.say(issue, "From *Bob*\n# not a heading", by="bob")
    (comment,) = read(connection, issue)
    assert (comment.author, comment.marker, comment.internal) == ("Bob Ray", "", False)
    assert comment.body == "From \\*Bob\\*\n\\# not a heading"
    assert comment.original == "From *Bob*\n# not a heading"
    assert comment.created_at.tzinfo is not None


def test_without_a_description_the_first_message_of_somebody_else_is_a_comment(
    tracker: Tracker, connection: ConnectionView
) -> None:
    issue = tracker.add_issue("Bare")
    tracker.say(issue, "First", by="bob")
    assert [one.body for one in read(connection, issue)] == ["First"]


def test_what_the_creator_says_later_is_a_comment(tracker: Tracker, connection: ConnectionView) -> None:
    issue = tracker.add_issue("Bare")
    with tracker.acting("admin") as db:
        db.sql("update _issue set _creation = strftime('%Y%m%d%H%M%S.000', 'now', '-1 minutes') where id = ?", (issue,))
    tracker.say(issue, "First")
    assert [one.body for one in read(connection, issue)] == ["First"]


def test_messages_are_internal_where_the_admin_said_so(tracker: Tracker, connect, issue: str) -> None:
    tracker.say(issue, "Hm")
    (comment,) = read(connect(tracker.url, messages="restricted"), issue)
    assert comment.internal
    del comment
    silent = connect(tracker.url, messages="")
    assert all(one.internal for one in read(silent, issue))


def test_a_reply_is_written_and_read_with_its_marker(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    made = post(connection, issue)
    assert tracker.messages(issue) == ["It fails", SAID]
    (comment,) = read(connection, issue)
    assert (comment.id, comment.marker, comment.author) == (made, MARKER, "Acme Helpdesk")


@pytest.mark.parametrize("status", STATUSES)
def test_a_reply_moves_no_issue_though_a_persons_does(
    tracker: Tracker, connection: ConnectionView, status: str
) -> None:
    issue = tracker.add_issue("One", status, "It fails")
    made = post(connection, issue)
    assert tracker.status_of(issue) == status
    withdraw(connection, issue, made)
    assert tracker.status_of(issue) == status
    tracker.say(issue, "And me")
    moved = {"unread": "chatting", "resolved": "chatting", "done-cbb": "chatting"}
    assert tracker.status_of(issue) == moved.get(status, status)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("carried_out", [True, False])
def test_a_lost_answer_never_shows_the_text_twice(
    tracker: Tracker, connection: ConnectionView, issue: str, losing: Losing, number: int, carried_out: bool
) -> None:
    losing.lose(number, carried_out=carried_out)
    with pytest.raises(TemporarilyUnavailable):
        post(connection, issue)
    is_there = number == 2 and carried_out
    assert [one.marker for one in read(connection, issue)] == ([MARKER] if is_there else [])
    made = post(connection, issue)  # the helpdesk does so where it does not find the marker
    assert tracker.messages(issue) == ["It fails", SAID]
    assert len(tracker.all_messages()) == 2
    assert [one.id for one in read(connection, issue)] == [made]
    changes = losing.changes
    assert post(connection, issue) == made
    assert losing.changes == changes


def test_a_text_that_changed_between_the_tries_is_the_one_that_is_shown(
    tracker: Tracker, connection: ConnectionView, issue: str, losing: Losing
) -> None:
    losing.lose(1)
    with pytest.raises(TemporarilyUnavailable):
        post(connection, issue)
    post(connection, issue, "It works now.")
    assert tracker.messages(issue) == ["It fails", "Eve Roe wrote:\n\nIt works now."]


def test_the_same_marker_on_another_issue_is_another_message(
    tracker: Tracker, connection: ConnectionView, issue: str
) -> None:
    other = tracker.add_issue("Two", "in-progress", "Else")
    assert post(connection, issue, "Here") != post(connection, other, "There")
    assert tracker.messages(other) == ["Else", "Eve Roe wrote:\n\nThere"]


def test_a_stranger_who_copies_the_message_id_is_not_taken_for_us(
    tracker: Tracker, connection: ConnectionView, issue: str
) -> None:
    tracker.say(issue, "Forged", by="bob", messageid=f"<comment.{MARKER}.{issue}@helpdesk.invalid>")
    assert [one.marker for one in read(connection, issue)] == [""]
    post(connection, issue)
    assert tracker.messages(issue)[1:] == ["Forged", SAID]


def test_a_change_between_reading_and_posting_is_waited_out(
    tracker: Tracker, connection: ConnectionView, issue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = messages_module.put_message

    def slow(*args: object) -> str:
        made = put(*args)  # type: ignore[arg-type]  # handed on as it came
        tracker.move_issue(issue, "resolved")
        return made

    monkeypatch.setattr("helpdesk_roundup.conversation.put_message", slow)
    with pytest.raises(TemporarilyUnavailable) as caught:
        post(connection, issue)
    assert not caught.value.is_outage
    assert caught.value.retry_after == 1
    monkeypatch.undo()
    post(connection, issue)
    assert tracker.status_of(issue) == "resolved"
    assert tracker.messages(issue) == ["It fails", SAID]


def test_an_edit_changes_the_text_and_the_edition(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    made = post(connection, issue)
    (before,) = read(connection, issue)
    after = edit(connection, issue, made, "It works now.")
    assert (after.id, after.marker) == (made, MARKER)
    assert after.edition != before.edition
    assert tracker.messages(issue) == ["It fails", "Eve Roe wrote:\n\nIt works now."]
    assert edit(connection, issue, made, "It **still** fails.").edition == before.edition


def test_mail_that_goes_out_is_no_new_edition(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    with tracker.acting("admin") as db:
        db.issue.set(issue, nosy=["3", "4"])
    made = post(connection, issue)
    assert "It **still** fails." in tracker.mail()
    assert f"<comment.{MARKER}.{issue}@helpdesk.invalid>" in tracker.mail()
    (before,) = read(connection, issue)
    with tracker.acting("admin") as db:
        db.msg.set(made, recipients=["4"])
    (after,) = read(connection, issue)
    assert after.edition == before.edition


@pytest.mark.parametrize("may_retire", [True, False])
def test_a_withdrawn_reply_is_gone_and_its_text_cannot_be_read(
    tracker: Tracker, connection: ConnectionView, issue: str, may_retire: bool
) -> None:
    if may_retire:
        tracker.set_user(roles="Admin")
    made = post(connection, issue)
    withdraw(connection, issue, made)
    withdraw(connection, issue, made)
    assert tracker.messages(issue) == ["It fails"]
    with tracker.acting("admin") as db:
        assert db.msg.is_retired(made) == may_retire
        assert may_retire or "fails" not in db.msg.get(made, "content") + db.msg.get(made, "summary")
    with pytest.raises(Rejected) as caught:
        edit(connection, issue, made, "Again")
    assert caught.value.code == "gone"
    again = post(connection, issue)  # it was made public once more
    assert [one.id for one in read(connection, issue)] == [again]
    assert tracker.messages(issue) == ["It fails", SAID]


@pytest.mark.parametrize("number", [1, 2])
def test_a_lost_answer_to_a_withdrawal_leaves_nothing_behind(
    tracker: Tracker, connection: ConnectionView, issue: str, losing: Losing, number: int
) -> None:
    tracker.set_user(roles="Admin")
    made = post(connection, issue)
    losing.lose(number)
    with pytest.raises(TemporarilyUnavailable):
        withdraw(connection, issue, made)
    withdraw(connection, issue, made)
    assert tracker.messages(issue) == ["It fails"]
    assert made not in tracker.all_messages()


def test_what_is_gone_is_gone(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    made = post(connection, issue)
    with tracker.acting("admin") as db:
        db.msg.retire(made)
    assert read(connection, issue) == ()
    tracker.delete_issue(issue)
    for attempt in (
        lambda: read(connection, issue),
        lambda: post(connection, issue),
        lambda: edit(connection, issue, made, "x"),
    ):
        with pytest.raises(Rejected) as caught:
            attempt()
        assert caught.value.code == "gone"
    withdraw(connection, issue, made)


def test_a_missing_permission_is_named(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    (tracker.home / "schema.py").write_text(
        (tracker.home / "schema.py").read_text().replace("'Create', cl)", "'Create', 'file')", 1)
    )
    with serving(Template(tracker.home), tracker.home.parent / "again") as strict, pytest.raises(Rejected) as caught:
        post(replace(connection, workspace=workspace_at(strict.url)), issue)
    assert caught.value.code == "no_permission"
    assert "create msg" in caught.value.reason


def test_many_messages_are_read_in_order(tracker: Tracker, connection: ConnectionView, issue: str) -> None:
    with tracker.acting() as db:
        made = [db.msg.create(author="3", content=f"Number {n}") for n in range(120)]
        db.issue.set(issue, messages=[*db.issue.get(issue, "messages"), *made])
    assert [one.id for one in read(connection, issue)] == made


def test_the_note_of_the_ticket_is_no_comment(tracker: Tracker, connection: ConnectionView) -> None:
    issue = tracker.add_issue("Bare")
    request = LinkBackRequest(
        connection=connection,
        issue_id=issue,
        ticket_id=7,
        ticket_title="T",
        ticket_url="https://d.example",
        solved=False,
    )
    RoundupTicketGateway().link_back(request)
    assert len(tracker.messages(issue)) == 1
    assert read(connection, issue) == ()
