"""A comment's entity properties: notes of apps, and Jira's own about service projects (facts §2.8).

Like those of an issue they are no part of its history: writing one touches no `updated` and tells no
webhook (not confirmed).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import commenting, shapes
from plugins.jira.simulator.app_access import demand_access
from plugins.jira.simulator.comment_shapes import shown
from plugins.jira.simulator.gateway import Answer, Caller, operation
from plugins.jira.simulator.issue_access import may_browse
from plugins.jira.simulator.properties import demand_it, value_for
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Comment, Issue


def listed(caller: Caller, comment_id: str) -> Answer:
    _, comment = _visible(caller, comment_id)
    path = f"/comment/{comment.id}/properties"
    links = {key: shapes.rest_url(caller.live.site, f"{path}/{key}") for key in comment.properties}
    return 200, {"keys": [{"self": link, "key": key} for key, link in links.items()]}


def show(caller: Caller, comment_id: str, key: str) -> Answer:
    _, comment = _visible(caller, comment_id)
    demand_it(comment.properties, key)
    return 200, {"key": key, "value": comment.properties[key]}


def put(caller: Caller, comment_id: str, key: str) -> Answer:
    """`PUT …/properties/{key}`: 201 where the key is new."""
    issue, comment = _editable(caller, comment_id)
    value = value_for(key)
    _keep(issue, comment, comment.properties | {key: value})
    return 200 if key in comment.properties else 201, None


def delete(caller: Caller, comment_id: str, key: str) -> Answer:
    issue, comment = _editable(caller, comment_id)
    demand_it(comment.properties, key)
    _keep(issue, comment, {name: value for name, value in comment.properties.items() if name != key})
    return 204, None


def _keep(issue: Issue, comment: Comment, properties: dict[str, Any]) -> None:
    changed = replace(comment, properties=properties)
    issue.comments = [changed if each.id == comment.id else each for each in issue.comments]


def _visible(caller: Caller, comment_id: str) -> tuple[Issue, Comment]:
    pair = caller.live.comment(comment_id)
    if pair is None or not may_browse(caller, pair[0]) or not shown(caller, *pair):
        raise JiraRefusalError(404, f"Can not find a comment for the id: {comment_id}.")
    demand_access(caller, caller.live.project_of(pair[0]))
    return pair


def _editable(caller: Caller, comment_id: str) -> tuple[Issue, Comment]:
    issue, comment = _visible(caller, comment_id)
    if not commenting.may(caller, issue, comment, "EDIT"):
        raise JiraRefusalError(403, commenting.MAY_NOT_EDIT.format(comment.id))
    return issue, comment


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
ALL: Final = "/comment/<comment_id>/properties"
ONE: Final = f"{ALL}/<key>"
OPERATIONS: Final = (
    operation("getCommentPropertyKeys", "GET", ALL, listed, READ),
    operation("getCommentProperty", "GET", ONE, show, READ),
    operation("setCommentProperty", "PUT", ONE, put, WRITE),
    operation("deleteCommentProperty", "DELETE", ONE, delete, WRITE),
)
