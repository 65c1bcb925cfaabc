"""The messages of an issue as both conversation and creation need them, and the one safe way to add one.

A comment takes two requests at Roundup: the message, then the issue that it is put on. After a lost answer to the first
there is a message on no issue, which nobody sees; the next try finds it by its mark and goes on from there.

Adding a message moves an issue in the classic template: its auditor ``statusauditor`` makes *unread*, *resolved* and
*done-cbb* to *chatting*, unless the same request says a status. A reply of the helpdesk must not reopen what it just
resolved, so the status that the issue has goes along. The ETag makes sure that it is still the one that it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_roundup.answers import Json, identifier, link, links, moment, text
from helpdesk_roundup.client import Query, RoundupClient
from helpdesk_roundup.errors import gone, patient
from helpdesk_roundup.marks import Purpose, marker_of

FIELDS: Final = "content,author.username,author.realname,creator,messageid,creation,activity"
ISSUE_FIELDS: Final = "status,messages,creation,creator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message that is there."""

    id: str
    content: str
    author: str
    creator_id: str
    messageid: str
    created_at: datetime
    changed_at: datetime
    is_ours: bool

    def marker(self, purpose: Purpose) -> str:
        """Return what the helpdesk sent along with this message; empty where it did not send it."""
        return marker_of(purpose, self.messageid) if self.is_ours else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """An issue's status and messages at the moment of its ETag."""

    issue_id: str
    status_id: str
    message_ids: tuple[str, ...]
    created_at: datetime
    creator_id: str
    etag: str


def standing(client: RoundupClient, issue_id: str) -> Standing:
    """Read how an issue stands.

    Raises:
        Rejected: with the code `gone` where it is retired or hidden.
    """
    check_there(client, issue_id)
    found = client.element("issue", issue_id, ISSUE_FIELDS)
    return standing_of(issue_id, found.attributes, found.etag)


def standing_of(issue_id: str, told: Json, etag: str = "") -> Standing:
    """Return how an issue stands, of what was told of it."""
    return Standing(
        issue_id=issue_id,
        status_id=link(told, "status"),
        message_ids=links(told, "messages"),
        created_at=moment(told, "creation"),
        creator_id=link(told, "creator"),
        etag=etag,
    )


def check_there(client: RoundupClient, issue_id: str) -> None:
    """Refuse an issue that is not in the lists: Roundup gives one that is retired to whoever asks for its number."""
    if not issue_id.isascii() or not issue_id.isdecimal() or not client.some("issue", [issue_id], "id"):
        client.myself()  # a stranger may see an empty tracker
        raise gone()


def messages(client: RoundupClient, ids: tuple[str, ...]) -> list[Message]:
    """Read messages, oldest first; those that are retired or hidden are left out."""
    found = client.some("msg", list(ids), FIELDS)
    return sorted((message_of(client, told) for told in found), key=lambda one: int(one.id))


def message_of(client: RoundupClient, told: Json) -> Message:
    """Return a message, of what was told of it."""
    creator_id = link(told, "creator")
    return Message(
        id=identifier(told),
        content=text(told, "content"),
        author=text(told, "author.realname") or text(told, "author.username"),
        creator_id=creator_id,
        messageid=text(told, "messageid"),
        created_at=moment(told, "creation"),
        changed_at=moment(told, "activity"),
        is_ours=bool(creator_id) and creator_id == client.account_id,
    )


def description(issue: Standing, found: list[Message]) -> Message | None:
    """Return which message is what Jira calls the description: the one that the issue was created with.

    Roundup has no other text on an issue. It makes the message before the issue, by the same person; what is said later
    is younger than the issue.
    """
    first = found[0] if found else None
    if first is None:
        return None
    is_first = first.created_at <= issue.created_at and first.creator_id == issue.creator_id
    return first if is_first else None


def marked(client: RoundupClient, messageid: str) -> Message | None:
    """Find our own message by its mark, on an issue or on none."""
    query: Query = {"messageid:": messageid, "creator": client.account_id, "@fields": FIELDS, "@verbose": 3}
    found = [message_of(client, told) for told in client.collection("msg", query)]
    return min((one for one in found if one.messageid == messageid), key=lambda one: int(one.id), default=None)


def put_message(client: RoundupClient, messageid: str, content: str, summary: str) -> str:
    """Have a message with this mark and this text, made now or by an earlier try; return its id."""
    before = marked(client, messageid)
    if before is None:
        body = {
            "author": client.account_id,
            "content": content,
            "date": ".",
            "messageid": messageid,
            "summary": summary,
        }
        return client.create("msg", body)
    if before.content.strip() != content.strip():
        rewrite(client, before.id, content, summary)
    return before.id


def rewrite(client: RoundupClient, message_id: str, content: str, summary: str) -> None:
    """Give a message another text."""
    with patient():
        etag = client.element("msg", message_id, "id").etag
        client.change("msg", message_id, {"content": content, "summary": summary}, etag)


def attach(client: RoundupClient, issue: Standing, message_id: str) -> None:
    """Put a message on an issue without moving the issue."""
    _set_messages(client, issue, f"+{message_id}")


def detach(client: RoundupClient, issue: Standing, message_id: str) -> None:
    """Take a message off an issue without moving the issue."""
    _set_messages(client, issue, f"-{message_id}")


def _set_messages(client: RoundupClient, issue: Standing, change: str) -> None:
    # "+7" is added to what is there, "-7" taken away; a list without signs would replace it
    body = {"messages": change} | ({"status": issue.status_id} if issue.status_id else {})
    with patient():
        client.change("issue", issue.issue_id, body, issue.etag)


def remove(client: RoundupClient, message_id: str) -> None:
    """Delete a message that is on no issue any more. Where the account may not retire, its text is taken out at least.

    Retiring is a permission that no template of Roundup gives to people.
    """
    if not client.some("msg", [message_id], "id"):
        return
    try:
        with patient():
            client.retire("msg", message_id, client.element("msg", message_id, "id").etag)
    except Rejected as refusal:
        if refusal.code != "no_permission":
            raise
        rewrite(client, message_id, "(withdrawn)\n", "(withdrawn)")
