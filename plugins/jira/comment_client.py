"""Jira Cloud's REST v3 for comments: one method for each endpoint, as in `plugins.jira.client`.

``jira-cloud-api.md`` §2.8. The list of an issue's comments is documented without their properties, and gives them on
real sites when asked by ``expand=properties`` (many public programs rely on it). So it is asked; what is told is
believed, and where a comment does not tell, ``POST /comment/list`` is asked, which documents that it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from plugins.jira.client import JiraClient, Listing
from plugins.jira.comment_payloads import CommentPayload, read_comment
from plugins.jira.errors import Refusal, Unreadable
from plugins.jira.issue_client import issue_path
from plugins.jira.payloads import Json, as_object, read_all
from plugins.jira.transport import Query

COMMENTS: Final = Listing(member="comments")
MOST_IDS: Final = 1000
"""The most that ``POST /comment/list`` takes."""
LONGEST_ID: Final = 19
"""Digits of the largest number that the document allows for an id."""
EXPAND: Final[Query] = {"expand": "properties"}


class JiraCommentClient(JiraClient):
    """Calls one Jira site about comments."""

    def comments(self, issue_id: str) -> list[CommentPayload]:
        """``GET /issue/{id}/comment``: all comments that the account sees, oldest first, a hundred in a call."""
        found = self._pages(_path(issue_id), {"orderBy": "created", **EXPAND}, COMMENTS)
        return [read_comment(item) for item in found]

    def properties(self, comment_ids: Sequence[str]) -> dict[str, Json]:
        """``POST /comment/list``: the properties of comments, by id. Those that are gone or hidden are missing.

        Its answer is a page, and it takes no offset: where a page is not the last one, the rest is asked for by id.
        """
        told: dict[str, Json] = {}
        pending = list(dict.fromkeys(comment_ids))
        while pending:
            asked, later = pending[:MOST_IDS], pending[MOST_IDS:]
            body = {"ids": [_number(comment_id) for comment_id in asked]}
            page = as_object(self._ask("POST", "/comment/list", body, query=EXPAND))
            found = {one["id"]: one["properties"] or {} for one in read_all(page.get("values"), read_comment)}
            told.update(found)
            rest = [comment_id for comment_id in asked if comment_id not in found]
            goes_on = page.get("isLast") is False and len(rest) < len(asked)
            pending = [*rest, *later] if goes_on else later
        return told

    def add_comment(self, issue_id: str, body: Json, refusals: tuple[Refusal, ...]) -> CommentPayload:
        """``POST /issue/{id}/comment``: write one."""
        return read_comment(self._ask("POST", _path(issue_id), body, refusals=refusals))

    def edit_comment(self, issue_id: str, comment_id: str, body: Json, refusals: tuple[Refusal, ...]) -> CommentPayload:
        """``PUT /issue/{id}/comment/{id}``: replace its text. Properties that are not sent stay."""
        path = _path(issue_id, comment_id)
        return read_comment(self._ask("PUT", path, body, query=EXPAND, refusals=refusals))

    def delete_comment(self, issue_id: str, comment_id: str, refusals: tuple[Refusal, ...]) -> None:
        """``DELETE /issue/{id}/comment/{id}``."""
        self._send("DELETE", _path(issue_id, comment_id), refusals=refusals)


def _path(issue_id: str, comment_id: str | None = None) -> str:
    path = f"{issue_path(issue_id)}/comment"
    return path if comment_id is None else f"{path}/{quote(comment_id, safe='')}"


def _number(comment_id: str) -> int:
    """Return an id as the number as which alone this call takes it."""
    if not (comment_id.isascii() and comment_id.isdecimal() and len(comment_id) <= LONGEST_ID):
        raise Unreadable("Jira answered with a comment whose id is no number.")
    return int(comment_id)
