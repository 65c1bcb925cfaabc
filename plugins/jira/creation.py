"""Creates issues with a marker each, and reads what a ticket needs to know that is made of one.

A POST is never repeated here: Jira has no idempotency keys (``jira-cloud-api.md`` §2.6), so only the marker tells
whether an issue was created before its answer was lost. Which fields a creation demands differs for each type of each
project and is asked, never assumed (§2.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import IssueCreation
from helpdesk_core.values import (
    ArrivedRequest,
    ConnectionView,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FieldValue,
    FoundIssue,
    IssueRequest,
    OptionsRequest,
    RecentRequest,
)
from plugins.jira.creation_client import JiraCreationClient
from plugins.jira.creation_payloads import FoundPayload
from plugins.jira.errors import renamed
from plugins.jira.fields import Shape, shaped
from plugins.jira.finding import FOUND
from plugins.jira.gateway import address_of, issue_of
from plugins.jira.issue_payloads import FieldPayload
from plugins.jira.markers import marking
from plugins.jira.refusing import CREATE_FIELDS, CREATE_ISSUE, DELETE_ISSUE
from plugins.jira.text import to_adf, to_markdown
from plugins.jira.text.safety import cleaned

BY_ITSELF: Final = frozenset({"project", "issuetype", "summary", "description"})
"""What each creation sends without being told."""
PEOPLE: Final = frozenset({Shape.ACCOUNT, Shape.ACCOUNTS})
CHOICES: Final = frozenset({Shape.OPTION, Shape.OPTIONS})
CANNOT: Final = frozenset({Shape.UNKNOWN, Shape.COMMENT})
NAMES_ITSELF: Final = re.compile(r"\bcustomfield_\d+: (?=[^:;]+ is required\b)")
"""The id before a sentence in which Jira itself calls the field by its name: ``Impact is required.``"""
LONGEST_TITLE: Final = 255
"""Of a summary, in units of UTF-16, as Java counts."""


class JiraIssueCreation(IssueCreation):
    """The new issues of one Jira site."""

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        """Read the form for a new issue; every one has a summary at least, so an empty one is none for us."""
        client = JiraCreationClient.of(request.connection)
        with renamed(not_found="no_permission"):
            found = client.create_fields(request.project.id, request.kind_id, CREATE_FIELDS)
        if not found:
            client.myself()  # a stranger sees nothing either (facts §2.9; masked-401-as-empty-200)
            raise Rejected(
                "Jira shows no form for such issues to the connected account.",
                cure="Give the account the permission “Create issues” in Jira; re-authorizing does not help.",
                code="no_permission",
            )
        return tuple(_field(one) for one in found if _is_asked_for(one))

    def options(self, request: OptionsRequest) -> tuple[FieldOption, ...]:
        """Find people. Those whom a project's issues can be assigned to, because finding any takes a permission more
        (*Browse users and groups*), without which Jira finds nobody and does not say so.
        """
        if request.field.shape not in PEOPLE:
            return ()
        client = JiraCreationClient.of(request.connection)
        found = client.assignable(request.project.id, " ".join(request.text.split()))
        people = [FieldOption(id=one["id"], name=one["name"]) for one in found if one["is_offered"]]
        return tuple(people[:FOUND])

    def create(self, request: CreateRequest) -> CreatedIssue:
        """Create an issue and its marker in one call."""
        body = {"fields": _fields_of(request), "properties": marking(request.marker)}
        try:
            with renamed(not_found="refused"):
                made = JiraCreationClient.of(request.connection).create_issue(body, CREATE_ISSUE)
        except Rejected as refusal:
            raise _by_name(refusal, request.fields) from refusal
        return CreatedIssue(id=made["id"], key=made["key"], url=address_of(made["key"], request.connection))

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        """Search for what the account created lately; that there is nothing is believed only if Jira knows us."""
        if not request.project_id.isdecimal():
            return ()
        client = JiraCreationClient.of(request.connection)
        minutes = max(request.minutes, 1)
        found = client.search_marked(
            f"project = {request.project_id} AND creator = currentUser() AND created >= -{minutes}m "
            "ORDER BY created DESC"
        )
        if not found:
            client.myself()  # else an issue would be created twice
        return tuple(_found(payload, request.connection, ours=True) for payload in found)

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        """Search for issues of one type; that there is nothing is believed only if Jira knows us."""
        if not (request.project_id.isdecimal() and request.kind_id.isdecimal()):
            return ()
        client = JiraCreationClient.of(request.connection)
        which = "statusCategory != Done" if request.minutes is None else f"created >= -{max(request.minutes, 1)}m"
        found = client.search_ids(
            f"project = {request.project_id} AND issuetype = {request.kind_id} AND {which} ORDER BY created ASC"
        )
        if not found:
            client.myself()  # a stranger finds nothing either (facts §2.9)
        return tuple(found)

    def describe(self, request: IssueRequest) -> FoundIssue:
        """Read an issue. Who we are no answer about an issue tells, so by one call `ours` is what bears our marker."""
        with renamed(not_found="gone"):
            payload = JiraCreationClient.of(request.connection).describe(request.issue_id)
        return _found(payload, request.connection, ours=bool(payload["marker"]))

    def delete(self, request: IssueRequest) -> None:
        """Delete an issue; a settled 404 says that it is done already."""
        try:
            JiraCreationClient.of(request.connection).delete_issue(request.issue_id, DELETE_ISSUE)
        except Rejected as refusal:
            if refusal.code != "not_found":
                raise


def _is_asked_for(field: FieldPayload) -> bool:
    """Whether somebody has to know of a field. The reporter is the account itself, unless Jira demands to be told."""
    return field["id"] not in BY_ITSELF and (field["id"] != "reporter" or field["required"])


def _field(field: FieldPayload) -> CreateField:
    options = tuple(FieldOption(id=option["id"], name=option["name"]) for option in field["options"])
    shape = field["shape"]
    # an option goes by its id, which nobody can know without a list to choose from
    can_be_sent = shape not in CANNOT and not (shape in CHOICES and not options)
    return CreateField(
        id=field["id"],
        name=field["name"],
        required=field["required"],
        options=options,
        searchable=shape in PEOPLE and not options,
        shape=shape if can_be_sent else "",
    )


def _fields_of(request: CreateRequest) -> dict[str, Any]:
    """Return the fields to send; an empty value is none, so that Jira's own default holds."""
    filled = {each.field.id: shaped(each.field, each.value) for each in request.fields if each.value.strip()}
    return filled | {
        "project": {"id": request.project.id},
        "issuetype": {"id": request.kind_id},
        "summary": _summary(request.title),
        "description": to_adf(request.body, author=request.author),
    }


def _summary(title: str) -> str:
    """Return a title on one line, and not longer than Jira takes."""
    words = " ".join(cleaned(title).split()).encode("utf-16-le")
    if len(words) <= 2 * LONGEST_TITLE:
        return words.decode("utf-16-le")
    return words[: 2 * (LONGEST_TITLE - 1)].decode("utf-16-le", "ignore") + "…"


def _by_name(refusal: Rejected, given: Iterable[FieldValue]) -> Rejected:
    """Name fields as people know them: what Jira says of one begins with its id (`Answer.words`). One that is demanded
    since the form was filled in is not among those given, and Jira names it.
    """
    reason = NAMES_ITSELF.sub("", refusal.reason)
    for each in given:
        reason = reason.replace(f"{each.field.id}: ", f"{each.field.name}: ")
    return Rejected(reason, cure=refusal.cure, code=refusal.code, extent=refusal.extent)


def _found(payload: FoundPayload, connection: ConnectionView, *, ours: bool) -> FoundIssue:
    issue = issue_of(payload["issue"], connection)
    return FoundIssue(
        issue=issue,
        marker=payload["marker"],
        ours=ours,
        body=to_markdown(payload["description"], issue_url=issue.url).markdown,
        reporter=payload["reporter"],
        reporter_email=payload["email"],
        created_at=payload["created"],
    )
