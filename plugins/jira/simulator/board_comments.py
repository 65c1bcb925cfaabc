"""Comments by a person on an issue's page: the same rules, refusals and webhooks as over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import commenting
from plugins.jira.simulator.board_pages import back_to_issue, issue_of, issue_page
from plugins.jira.simulator.comment_shapes import SERVICE_VISIBILITY
from plugins.jira.simulator.documents import text_document
from plugins.jira.simulator.refusals import AnonymousRefusalError, JiraRefusalError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.jira.simulator.gateway import Caller

SIGN_IN: Final = "Pick who you are before you comment."


def add(caller: Caller, key: str) -> ResponseReturnValue:
    issue = issue_of(caller, key)
    try:
        comment = commenting.add(caller, issue, commenting.draft(caller, issue, _given()))
    except JiraRefusalError as refusal:
        return issue_page(caller, issue, refusal.words), refusal.status
    except AnonymousRefusalError:
        return issue_page(caller, issue, [SIGN_IN]), 403
    return back_to_issue(caller, issue, f"comment-{comment.id}")


def change(caller: Caller, key: str, comment_id: str) -> ResponseReturnValue:
    """Edit a comment, or delete it: two buttons of one form."""
    issue = issue_of(caller, key)
    try:
        comment = commenting.found(caller, issue, comment_id)
        if request.form.get("action") == "delete":
            commenting.delete(caller, issue, comment)
            return back_to_issue(caller, issue)
        commenting.edit(caller, issue, comment, {"body": text_document(request.form.get("text", ""))})
    except JiraRefusalError as refusal:
        return issue_page(caller, issue, refusal.words), refusal.status
    return back_to_issue(caller, issue, f"comment-{comment_id}")


def _given() -> dict[str, Any]:
    """The form as the body of the REST call."""
    kind, _, value = request.form.get("visibility", "").partition(":")
    given: dict[str, Any] = {"body": text_document(request.form.get("text", ""))}
    if kind:
        given["visibility"] = {"type": kind, "value": value}
    if request.form.get("internal"):
        given["properties"] = [{"key": SERVICE_VISIBILITY, "value": {"internal": True}}]
    return given
