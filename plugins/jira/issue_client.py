"""Jira Cloud's REST v3 for single issues: one method for each endpoint, as in `plugins.jira.client`.

``jira-cloud-api.md`` §2.6, §2.7, §2.9 to §2.12. Paths hold ids of issues: a key changes when an issue moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from plugins.jira.client import JiraClient
from plugins.jira.errors import Refusal
from plugins.jira.issue_payloads import ISSUE_FIELDS, IssuePayload, OpenPayload, read_issue, read_open
from plugins.jira.payloads import Json, as_object, member, need, read_all, text, unique

BULK: Final = 100
"""The most that ``/issue/bulkfetch`` takes."""
IDS_PAGE: Final = 5000
"""The most that ``/search/jql`` gives where only ids are asked for."""


class JiraIssueClient(JiraClient):
    """Calls one Jira site about its issues."""

    def issues(self, ids_or_keys: Sequence[str]) -> list[IssuePayload]:
        """``POST /issue/bulkfetch``: many issues, read fresh. Those that are gone or hidden are missing."""
        found: list[IssuePayload] = []
        for start in range(0, len(ids_or_keys), BULK):
            body = {"issueIdsOrKeys": list(ids_or_keys[start : start + BULK]), "fields": ISSUE_FIELDS}
            answer = as_object(self._ask("POST", "/issue/bulkfetch", body))
            found += read_all(answer.get("issues"), read_issue)
        return unique(found, key=lambda issue: issue["id"])

    def open_issue(self, issue_id: str) -> OpenPayload:
        """``GET /issue/{id}`` with its transitions and their screens: one call, so both belong together."""
        query = {"expand": "transitions.fields", "fields": ",".join(ISSUE_FIELDS)}
        return read_open(self._get(issue_path(issue_id), query))

    def search(self, jql: str, at_most: int) -> list[IssuePayload]:
        """``POST /search/jql``: the first issues of a query. The index lags behind."""
        body = {"jql": jql, "fields": ISSUE_FIELDS, "maxResults": at_most}
        answer = as_object(self._ask("POST", "/search/jql", body))
        return read_all(answer.get("issues"), read_issue)

    def search_ids(self, jql: str) -> list[str]:
        """``POST /search/jql``: the ids of all issues of a query, to the last page."""
        found = self._found({"jql": jql, "fields": ["id"], "maxResults": IDS_PAGE})
        return unique((need(item, "id") for item in found), key=str)

    def may(self, permission: str, issue_id: str) -> bool:
        """``GET /mypermissions``: whether the account has a permission on one issue."""
        answer = as_object(self._get("/mypermissions", {"permissions": permission, "issueId": issue_id}))
        return member(member(answer, "permissions"), permission).get("havePermission") is True

    def transition(self, issue_id: str, body: Json, refusals: tuple[Refusal, ...]) -> None:
        """``POST /issue/{id}/transitions``: take one."""
        self._send("POST", f"{issue_path(issue_id)}/transitions", body, refusals)

    def save_remote_link(self, issue_id: str, body: Json) -> None:
        """``POST /issue/{id}/remotelink``: make it, or renew the one with the same ``globalId`` as a whole."""
        self._send("POST", f"{issue_path(issue_id)}/remotelink", body)

    def description(self, issue_id: str) -> object:
        """``GET /issue/{id}``: the description as a document, or None where there is none."""
        answer = as_object(self._get(issue_path(issue_id), {"fields": "description"}))
        return member(answer, "fields").get("description")

    def save_description(self, issue_id: str, document: Json) -> None:
        """``PUT /issue/{id}``: replace the description."""
        self._send("PUT", issue_path(issue_id), {"fields": {"description": document}})

    def workflows(self, project_id: str, type_id: str) -> Json:
        """``POST /workflows``: the workflow of one issue type in one project. Needs ``manage:jira-configuration``."""
        body = {"projectAndIssueTypes": [{"projectId": project_id, "issueTypeId": type_id}]}
        return as_object(self._ask("POST", "/workflows", body))

    def _found(self, asked: Json) -> Iterator[Json]:
        """Walk a token-paged list: it ends without a token, and at a token that came before (facts §2.9)."""
        token, seen = "", set[str]()
        while token not in seen:
            seen.add(token)
            answer = as_object(self._ask("POST", "/search/jql", asked | ({"nextPageToken": token} if token else {})))
            yield from read_all(answer.get("issues"), as_object)
            token = text(answer, "nextPageToken")
            if not token or answer.get("isLast") is True:
                return


def issue_path(issue_id: str) -> str:
    """Return where an issue is."""
    return f"/issue/{quote(issue_id, safe='')}"
