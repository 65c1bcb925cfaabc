"""Jira Cloud's REST v3 for creating issues: one method for each endpoint, as in `plugins.jira.client`.

``jira-cloud-api.md`` §2.5, §2.6, §2.9. What a creation needs is read by project and type; the one call for all
projects, ``GET /issue/createmeta``, is deprecated.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from plugins.jira.client import Listing
from plugins.jira.creation_payloads import (
    FOUND_FIELDS,
    CreatedPayload,
    FoundPayload,
    PersonPayload,
    read_create_field,
    read_created,
    read_found,
    read_person,
)
from plugins.jira.errors import Refusal
from plugins.jira.issue_client import JiraIssueClient, issue_path
from plugins.jira.issue_payloads import FieldPayload
from plugins.jira.markers import KEY
from plugins.jira.payloads import Json, read_all, unique

FIELDS: Final = Listing(member="fields", identity="fieldId", most=200)
FOUND_PAGE: Final = 100
"""A search for whole fields gives about as many at once, whatever it is asked for (facts §2.9)."""
PEOPLE: Final = 50
"""Jira takes so many people first, and then leaves out those who cannot be assigned: few may come of many."""


class JiraCreationClient(JiraIssueClient):
    """Calls one Jira site about new issues."""

    def create_fields(self, project_id: str, type_id: str, refusals: tuple[Refusal, ...]) -> list[FieldPayload]:
        """``GET /issue/createmeta/{project}/issuetypes/{type}``: the fields of the form for a new issue."""
        path = f"/issue/createmeta/{quote(project_id, safe='')}/issuetypes/{quote(type_id, safe='')}"
        return [read_create_field(item) for item in self._pages(path, {}, FIELDS, refusals)]

    def create_issue(self, body: Json, refusals: tuple[Refusal, ...]) -> CreatedPayload:
        """``POST /issue``: create one."""
        return read_created(self._ask("POST", "/issue", body, refusals=refusals))

    def search_marked(self, jql: str) -> list[FoundPayload]:
        """``POST /search/jql``: all issues of a query with our property, to the last page. The index lags behind."""
        asked = {"jql": jql, "fields": FOUND_FIELDS, "properties": [KEY], "maxResults": FOUND_PAGE}
        return unique((read_found(item) for item in self._found(asked)), key=lambda one: one["issue"]["id"])

    def describe(self, issue_id: str) -> FoundPayload:
        """``GET /issue/{id}`` with our property: both in one call."""
        return read_found(self._get(issue_path(issue_id), {"fields": ",".join(FOUND_FIELDS), "properties": KEY}))

    def delete_issue(self, issue_id: str, refusals: tuple[Refusal, ...]) -> None:
        """``DELETE /issue/{id}``: not with its subtasks, which Jira then refuses."""
        self._send("DELETE", issue_path(issue_id), refusals=refusals)

    def assignable(self, project_id: str, letters: str) -> list[PersonPayload]:
        """``GET /user/assignable/search``: people of a project whose name or address begins so."""
        query = {"project": project_id, "query": letters, "maxResults": str(PEOPLE)}
        return read_all(self._get("/user/assignable/search", query), read_person)
