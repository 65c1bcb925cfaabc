"""The conversation on an issue, as the tracker keeps it."""

from __future__ import annotations

from typing import Any

from helpdesk_core.testing.tracker.remote.issues import issue_of
from helpdesk_core.testing.tracker.remote.records import Comment, Issue
from helpdesk_core.testing.tracker.remote.serving import Call, RefusedCall, codes, demand, page, project_of
from helpdesk_core.testing.tracker.remote.state import Remote

EVERYONE = "everyone"
TEAM = "team"


def comments(remote: Remote, call: Call) -> dict[str, Any]:
    """List comments, the newest first unless it is asked otherwise."""
    call.asked("order", "mine")
    found = list(issue_of(call).comments.values())
    if call.one("order") != "oldest":
        found.reverse()
    if call.one("mine"):
        found = [each for each in found if each.person_id == call.who()]
    return page(call, [_comment(remote, call, each) for each in found])


def say(remote: Remote, call: Call) -> dict[str, Any]:
    """Write a comment that everyone may read."""
    body, found = call.body("text"), issue_of(call)
    demand(project_of(call, found.project_id), "comment")
    made = new_comment(remote, found, call.who(), body["text"], EVERYONE)
    made.external_id = str(body.get("external_id", ""))
    remote.tell(call.place(), found, "comment.written")
    return _comment(remote, call, made)


def new_comment(remote: Remote, found: Issue, person_id: str, text: str, visibility: str) -> Comment:
    """Add a comment to an issue."""
    now = remote.now()
    made = Comment(remote.new_id("c"), person_id, text, visibility, now, now)
    found.comments[made.id] = made
    found.updated_at = now
    return made


def edit(remote: Remote, call: Call) -> dict[str, Any]:
    """Give a comment another text; whoever wrote it may."""
    body, found = call.body("text"), issue_of(call)
    comment = _mine(call, found)
    change_text(remote, comment, body["text"])
    remote.tell(call.place(), found, "comment.edited")
    return _comment(remote, call, comment)


def change_text(remote: Remote, comment: Comment, text: str) -> None:
    """Put another text in place of the old one."""
    comment.text, comment.updated_at = text, remote.now()
    comment.revision += 1


def delete(remote: Remote, call: Call) -> None:
    """Delete a comment; whoever wrote it may."""
    found = issue_of(call)
    del found.comments[_mine(call, found).id]
    remote.tell(call.place(), found, "comment.deleted")


def _mine(call: Call, found: Issue) -> Comment:
    comment = found.comments.get(call.names["comment"])
    if comment is None:
        raise RefusedCall(codes.not_found, "not_found", "There is no such comment on this issue.")
    demand(project_of(call, found.project_id), "comment")
    if comment.person_id != call.who():
        raise RefusedCall(codes.forbidden, "not_yours", "Somebody else wrote this comment.")
    return comment


def _comment(remote: Remote, call: Call, comment: Comment) -> dict[str, Any]:
    is_mine = comment.person_id == call.who()
    return {
        "id": comment.id,
        "author": remote.people[comment.person_id].name,
        "text": comment.text,
        "visibility": comment.visibility,
        "created_at": comment.created_at.isoformat(),
        "updated_at": comment.updated_at.isoformat(),
        "mine": is_mine,
        "external_id": comment.external_id if is_mine else "",
        "revision": comment.revision,
    }
