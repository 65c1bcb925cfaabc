"""Comments by people in Jira itself, past the REST API, for tests in any process.

Who comments needs no permission: what an administrator or a rule brings about can be played as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import commenting, history
from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.comment_shapes import SERVICE_VISIBILITY
from plugins.jira.simulator.control_issues import issue_of
from plugins.jira.simulator.documents import is_document, text_document
from plugins.jira.simulator.state import UnknownNameError, Visibility

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Comment, Issue, LiveSite, State


class CommentControl:
    """The part of `Control` that comments. A text may be plain, or a document."""

    _state: State

    def comment(
        self,
        site: str,
        issue: str,
        account: str,
        text: str | dict[str, Any],
        *,
        visibility: dict[str, str] | None = None,
        internal: bool = False,
    ) -> str:
        """Comment as this person; the id of the comment.

        `visibility` is `{"type": "role" or "group", "value": its name}`, `internal` what an agent of a
        service project hides from customers.
        """
        draft = commenting.Draft(
            _document(text), _visibility(visibility), {SERVICE_VISIBILITY: {"internal": True}} if internal else {}
        )
        with self._state.lock:
            live = self._state.site(site)
            return commenting.write(live, issue_of(live, issue), draft, **self._actor(account)).id

    def edit_comment(self, site: str, comment: str, account: str, text: str | dict[str, Any]) -> None:
        body = _document(text)
        with self._state.lock:
            live = self._state.site(site)
            issue, found = _comment(live, comment)
            who = self._actor(account)
            changed = replace(found, body=body, updated=who["now"], update_author=who["account"])
            history.edit_comment(live, issue, changed, **who)

    def delete_comment(self, site: str, comment: str, account: str) -> None:
        with self._state.lock:
            live = self._state.site(site)
            issue, found = _comment(live, comment)
            history.delete_comment(live, issue, found, **self._actor(account))

    def _actor(self, account: str) -> dict[str, Any]:
        return {"account": self._state.account(account).id, "now": self._state.clock.now()}


def _comment(live: LiveSite, comment_id: str) -> tuple[Issue, Comment]:
    found = live.comment(str(comment_id))
    if found is None:
        raise UnknownNameError(f'the site {live.site.name} has no comment "{comment_id}"')
    return found


def _document(text: str | dict[str, Any]) -> Any:
    body = text_document(text) if isinstance(text, str) else text
    if not is_document(body):
        raise ChangeError("a comment is a text or an Atlassian Document: give one of them")
    return body


def _visibility(given: object) -> Visibility | None:
    if given is None:
        return None
    told = given if isinstance(given, dict) else {}
    if told.get("type") not in commenting.KINDS or not told.get("value"):
        raise ChangeError('a comment is restricted to {"type": "role" or "group", "value": its name}')
    return Visibility(told["type"], str(told["value"]))
