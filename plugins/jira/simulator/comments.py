"""Jira's calls about comments: listing, adding, editing and deleting them (facts §2.8).

Not simulated: `expand=renderedBody`, replies to comments (`parentId`).
Not confirmed, and decided here: a page holds a hundred at most; the words about a wrong `orderBy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from plugins.jira.simulator import commenting, shapes
from plugins.jira.simulator.arguments import listed as split_query
from plugins.jira.simulator.arguments import texts_at
from plugins.jira.simulator.comment_shapes import comment_shape, shown, shown_comments
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.issue_access import sees, visible
from plugins.jira.simulator.projects import bounds
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Comment, Issue

PAGE: Final = 100
MOST_IDS: Final = 1000
ORDERS: Final = ("created", "+created", "-created")


def listed(caller: Caller, id_or_key: str) -> Answer:
    """`GET …/comment`: the oldest first, or by `orderBy=-created` the newest."""
    issue = visible(caller, id_or_key)
    order = request.args.get("orderBy", "created").strip()  # a plus that was not encoded arrives as a space
    if order not in ORDERS:
        raise JiraRefusalError(400, f"Comments cannot be ordered by '{order}'.")
    found = shown_comments(caller, issue)
    if order == "-created":
        found.reverse()
    start, size = bounds(most=PAGE, usual=PAGE)
    shown_here = [_shape(caller, issue, each) for each in found[start : start + size]]
    return 200, {"startAt": start, "maxResults": size, "total": len(found), "comments": shown_here}


def show(caller: Caller, id_or_key: str, comment_id: str) -> Answer:
    issue = visible(caller, id_or_key)
    return 200, _shape(caller, issue, commenting.found(caller, issue, comment_id))


def add(caller: Caller, id_or_key: str) -> Answer:
    """`POST …/comment` (recorded nango-add-comment)."""
    issue = visible(caller, id_or_key)
    wanted = commenting.draft(caller, issue, body_object())
    return 201, _shape(caller, issue, commenting.add(caller, issue, wanted))


def edit(caller: Caller, id_or_key: str, comment_id: str) -> Answer:
    issue = visible(caller, id_or_key)
    comment = commenting.found(caller, issue, comment_id)
    return 200, _shape(caller, issue, commenting.edit(caller, issue, comment, body_object()))


def delete(caller: Caller, id_or_key: str, comment_id: str) -> Answer:
    issue = visible(caller, id_or_key)
    commenting.delete(caller, issue, commenting.found(caller, issue, comment_id))
    return 204, None


def by_ids(caller: Caller) -> Answer:
    """`POST /comment/list`: of any issues; what is not seen is missing without a word."""
    wanted = texts_at(body_object(), "ids")
    if not 0 < len(wanted) <= MOST_IDS:
        raise JiraRefusalError(400, f"The number of comment ids must be between 1 and {MOST_IDS}.")
    pairs = [pair for each in dict.fromkeys(wanted) if (pair := caller.live.comment(each))]
    values = [_shape(caller, *pair) for pair in pairs if sees(caller, pair[0]) and shown(caller, *pair)]
    return 200, {
        "self": shapes.rest_url(caller.live.site, "/comment/list"),
        "maxResults": MOST_IDS,
        "startAt": 0,
        "total": len(values),
        "isLast": True,
        "values": values,
    }


def _shape(caller: Caller, issue: Issue, comment: Comment) -> dict[str, object]:
    return comment_shape(caller, issue, comment, split_query("expand"))


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
ALL: Final = "/issue/<id_or_key>/comment"
ONE: Final = f"{ALL}/<comment_id>"
OPERATIONS: Final = (
    operation("getComments", "GET", ALL, listed, READ),
    operation("addComment", "POST", ALL, add, WRITE),
    operation("getComment", "GET", ONE, show, READ),
    operation("updateComment", "PUT", ONE, edit, WRITE),
    operation("deleteComment", "DELETE", ONE, delete, WRITE),
    operation("getCommentsByIds", "POST", "/comment/list", by_ids, READ),
)
