"""The parts of Jira's answers about new issues that we read. As in `plugins.jira.payloads`, whose checks it shares.

Shapes: ``jira-cloud-api.md`` §2.5, §2.6.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypedDict

from plugins.jira.issue_payloads import ISSUE_FIELDS, FieldPayload, IssuePayload, read_field, read_issue
from plugins.jira.markers import marker_in
from plugins.jira.payloads import Json, as_object, member, need, read_moment, text

FOUND_FIELDS: Final = [*ISSUE_FIELDS, "description", "reporter", "created"]
"""What a ticket needs that is made of an issue."""


class CreatedPayload(TypedDict):
    """What Jira tells of an issue that it just created."""

    id: str
    key: str


class FoundPayload(TypedDict):
    """An issue with our marker, and with what a ticket made of it needs."""

    issue: IssuePayload
    marker: str
    description: object
    reporter: str
    email: str
    created: datetime | None


class PersonPayload(TypedDict):
    """Somebody who can be chosen in a field."""

    id: str
    name: str
    is_offered: bool
    """Whether it is a person who can still be assigned anything, not an app or one who left."""


def read_create_field(item: Json) -> FieldPayload:
    """Read a field. Unlike those of a screen they come in a list, each with its id in it."""
    return read_field(need(item, "fieldId"), item)


def read_created(body: object) -> CreatedPayload:
    """Read the answer to ``POST /issue``. It tells no status and no other field."""
    item = as_object(body)
    return CreatedPayload(id=need(item, "id"), key=need(item, "key"))


def read_found(body: object) -> FoundPayload:
    """Read an issue that was asked for with `FOUND_FIELDS` and our property."""
    item = as_object(body)
    fields = member(item, "fields")
    reporter, email = member(fields, "reporter"), text(member(fields, "reporter"), "emailAddress")
    return FoundPayload(
        issue=read_issue(item),
        marker=marker_in(member(item, "properties")),
        description=fields.get("description"),
        reporter=text(reporter, "displayName"),
        email=email if "@" in email else "",  # recorded where a person's address is hidden: a question mark
        created=read_moment(fields.get("created")),
    )


def read_person(item: Json) -> PersonPayload:
    """Read an account."""
    account_id = need(item, "accountId")
    return PersonPayload(
        id=account_id,
        name=text(item, "displayName") or account_id,
        is_offered=item.get("active") is not False and text(item, "accountType") != "app",
    )
