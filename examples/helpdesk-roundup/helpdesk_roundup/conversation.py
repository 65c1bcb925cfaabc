"""Carries the conversation of an issue, which in Roundup is its messages.

The message that an issue was created with is its description and no comment, and the note that names the ticket is
ours: neither is read as one. All is written as the connecting account, so each text names its author first.
"""

from __future__ import annotations

from hashlib import sha256

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import Conversation
from helpdesk_core.values import (
    CommentsRequest,
    ConnectionView,
    EditRequest,
    PostRequest,
    RemoteComment,
    WithdrawRequest,
)
from helpdesk_roundup.client import RoundupClient
from helpdesk_roundup.errors import gone
from helpdesk_roundup.forms import EVERYBODY
from helpdesk_roundup.marks import Purpose, mark
from helpdesk_roundup.messages import (
    Message,
    attach,
    description,
    detach,
    messages,
    put_message,
    remove,
    rewrite,
    standing,
)
from helpdesk_roundup.text import from_roundup, summary_of, to_roundup


class RoundupConversation(Conversation):
    """The messages of one tracker's issues."""

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        """Read all messages but the description and the note of the ticket."""
        client = RoundupClient.of(request.connection)
        issue = standing(client, request.issue_id)
        found = messages(client, issue.message_ids)
        first = description(issue, found)
        return tuple(
            _comment(one, request.connection)
            for one in found
            if one is not first and not one.marker(Purpose.BACKLINK) and not one.marker(Purpose.DESCRIPTION)
        )

    def post(self, request: PostRequest) -> RemoteComment:
        """Write a message and put it on the issue; what an earlier try has done already is not done again."""
        client = RoundupClient.of(request.connection)
        issue = standing(client, request.issue_id)
        messageid = mark(Purpose.COMMENT, request.marker, request.issue_id)
        content = to_roundup(request.body, author=request.author)
        message_id = put_message(client, messageid, content, summary_of(request.body))
        if message_id not in issue.message_ids:
            attach(client, issue, message_id)
        return _stored(client, message_id, request.connection)

    def edit(self, request: EditRequest) -> RemoteComment:
        """Replace a message's text; Roundup sends no mail for it."""
        client = RoundupClient.of(request.connection)
        if request.comment_id not in standing(client, request.issue_id).message_ids:
            raise gone()
        content = to_roundup(request.body, author=request.author)
        _stored(client, request.comment_id, request.connection)  # refuses one that is retired, which could be changed
        rewrite(client, request.comment_id, content, summary_of(request.body))
        return _stored(client, request.comment_id, request.connection)

    def withdraw(self, request: WithdrawRequest) -> None:
        """Take a message off its issue, then delete it: half of it done and tried again, the rest is done."""
        client = RoundupClient.of(request.connection)
        try:
            issue = standing(client, request.issue_id)
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
            return
        if request.comment_id in issue.message_ids:
            detach(client, issue, request.comment_id)
        remove(client, request.comment_id)


def _stored(client: RoundupClient, message_id: str, connection: ConnectionView) -> RemoteComment:
    found = messages(client, (message_id,))
    if not found:
        raise gone()
    return _comment(found[0], connection)


def _comment(message: Message, connection: ConnectionView) -> RemoteComment:
    return RemoteComment(
        id=message.id,
        author=message.author,
        body=from_roundup(message.content),
        internal=connection.settings.get("messages") != EVERYBODY,
        created_at=message.created_at,
        updated_at=message.changed_at,
        marker=message.marker(Purpose.COMMENT),
        # a message's activity changes also when mail goes out, and tells no two edits of one second apart
        edition=sha256(message.content.encode("utf-8", "replace")).hexdigest()[:32],
        original=message.content,
    )
