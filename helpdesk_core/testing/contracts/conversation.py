"""The conversation: who may read a comment is never wrong, and what is ours is known by its marker."""

from __future__ import annotations

from typing import Final

import pytest

from helpdesk_core.testing.asking import refusal_of
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import AUTHOR, Desk
from helpdesk_core.values import CommentsRequest, EditRequest, PostRequest, RemoteComment, WithdrawRequest

MORE_THAN_A_PAGE: Final = 25


class ConversationContract(Contract):
    """Comments are read whole and in order, and ours are written, changed and taken back by name."""

    hook = "helpdesk_conversation"

    # ── reading ──

    @reads("Conversation.read", "RemoteComment")
    def test_conversation_is_read_in_order_to_the_last_page(self, desk: Desk) -> None:
        """`read` gives every comment, oldest first."""
        issue_id = desk.seed()
        said = [desk.remote.say(issue_id, f"Word number {number}.") for number in range(MORE_THAN_A_PAGE)]
        read = _read(desk, issue_id)
        assert [each.id for each in read] == said
        assert [f"Word number {number}." in each.body for number, each in enumerate(read)] == [True] * len(said)

    @reads("RemoteComment")
    def test_conversation_of_others_is_told_as_theirs(self, desk: Desk) -> None:
        """A comment of another person says who wrote it and when, bears no marker, and is public."""
        issue_id = desk.seed()
        desk.remote.say(issue_id, "Have you tried another cable?")
        (comment,) = _read(desk, issue_id)
        assert comment.author.strip(), "it does not say who wrote it"
        assert comment.marker == "", "a comment of somebody else bears a marker"
        assert comment.created_at.tzinfo, "created_at must be aware (UTC)"
        assert comment.updated_at.tzinfo, "updated_at must be aware (UTC)"
        assert not comment.internal, "a comment that everybody may read is told as internal"

    @reads("RemoteComment", "Conversation.read")
    def test_conversation_that_only_some_may_read_is_internal(self, desk: Desk) -> None:
        """A comment that only some may read is `internal`: it must never reach a requester."""
        issue_id = desk.seed()
        if desk.remote.say(issue_id, "Between us: the cable is fine.", internal=True) is None:
            pytest.skip("The remote system has no comments that only some may read.")
        assert [each.internal for each in _read(desk, issue_id)] == [True]

    @reads("Conversation.read")
    def test_conversation_of_what_is_gone_is_refused(self, desk: Desk) -> None:
        """Reading or writing on a deleted issue is `Rejected` with the code `gone`."""
        issue_id = desk.seed()
        desk.remote.delete_issue(issue_id)
        assert refusal_of(lambda: _read(desk, issue_id)) == "gone"
        assert refusal_of(lambda: _post(desk, issue_id, "m-1", "Hello?")) == "gone"

    # ── writing ──

    @reads("Conversation.post", "PostRequest")
    def test_conversation_post_is_seen_there(self, desk: Desk) -> None:
        """`post` writes the text, once, with the name of who wrote it: all calls act as one account."""
        issue_id = desk.seed()
        _post(desk, issue_id, "m-seen", "We look into it.")
        seen = [text for text in desk.remote.comments(issue_id) if "We look into it." in text]
        assert len(seen) == 1, f"it stands there {len(seen)} times"
        assert AUTHOR in seen[0], f"it does not say who wrote it: {seen[0]!r}"

    @reads("Conversation.post", "RemoteComment")
    def test_conversation_post_is_known_by_its_marker(self, desk: Desk) -> None:
        """The marker comes back with the answer, and whenever the comment is read."""
        issue_id = desk.seed()
        posted = _post(desk, issue_id, "m-known", "We look into it.")
        assert posted.marker == "m-known"
        assert [(each.id, each.marker) for each in _read(desk, issue_id)] == [(posted.id, "m-known")]
        own = CommentsRequest(connection=desk.connection, issue_id=issue_id, own_only=True)
        assert [each.marker for each in desk.conversation.read(own) if each.marker] == ["m-known"]

    @reads("Conversation.edit", "RemoteComment")
    def test_conversation_edit_changes_the_text_and_keeps_the_marker(self, desk: Desk) -> None:
        """`edit` gives our comment another text; its marker stays, and its edition tells that it changed."""
        issue_id = desk.seed()
        before = _post(desk, issue_id, "m-edit", "Tomorrow.")
        after = _edit(desk, issue_id, before.id, "On Friday.")
        (read,) = _read(desk, issue_id)
        assert (after.marker, read.marker) == ("m-edit", "m-edit"), "the marker is lost by editing"
        assert "On Friday." in read.body
        assert "Tomorrow." not in "".join(desk.remote.comments(issue_id)), "the old text still stands there"
        assert _edition(read) != _edition(before), "nothing tells that the text changed"

    @reads("Conversation.edit")
    def test_conversation_edit_of_what_is_gone_is_refused(self, desk: Desk) -> None:
        """Editing a comment that is not there any more is `Rejected` with the code `gone`."""
        issue_id = desk.seed()
        posted = _post(desk, issue_id, "m-late", "Tomorrow.")
        _withdraw(desk, issue_id, posted.id)
        assert refusal_of(lambda: _edit(desk, issue_id, posted.id, "On Friday.")) == "gone"

    @reads("Conversation.withdraw")
    def test_conversation_withdrawn_is_gone(self, desk: Desk) -> None:
        """`withdraw` deletes our comment; one that is gone already is no error."""
        issue_id = desk.seed()
        posted = _post(desk, issue_id, "m-back", "Never mind.")
        for _ in range(2):
            _withdraw(desk, issue_id, posted.id)
        assert not any("Never mind." in text for text in desk.remote.comments(issue_id)), "it still stands there"
        assert _read(desk, issue_id) == ()


def _read(desk: Desk, issue_id: str) -> tuple[RemoteComment, ...]:
    return desk.conversation.read(CommentsRequest(connection=desk.connection, issue_id=issue_id))


def _post(desk: Desk, issue_id: str, marker: str, body: str) -> RemoteComment:
    asked = PostRequest(connection=desk.connection, issue_id=issue_id, marker=marker, author=AUTHOR, body=body)
    return desk.conversation.post(asked)


def _edit(desk: Desk, issue_id: str, comment_id: str, body: str) -> RemoteComment:
    asked = EditRequest(connection=desk.connection, issue_id=issue_id, comment_id=comment_id, author=AUTHOR, body=body)
    return desk.conversation.edit(asked)


def _withdraw(desk: Desk, issue_id: str, comment_id: str) -> None:
    asked = WithdrawRequest(connection=desk.connection, issue_id=issue_id, comment_id=comment_id)
    desk.conversation.withdraw(asked)


def _edition(comment: RemoteComment) -> str:
    return comment.edition or comment.updated_at.isoformat()
