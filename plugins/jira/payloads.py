"""The parts of Jira's JSON that we read, and the functions that read them.

Each reader checks what it needs and leaves out the rest: unknown members are passed over (real answers have many that
the OpenAPI document lacks), optional ones may be missing or null, and a body without what makes it that thing is
`Unreadable`, so nothing later has to ask again. Shapes: ``jira-cloud-api.md`` §1.5, §2, §3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypedDict, TypeVar

from plugins.jira.errors import Unreadable

T = TypeVar("T")
Json = dict[str, Any]


class SitePayload(TypedDict):
    """An entry of ``accessible-resources``: one product on one site."""

    id: str
    name: str
    url: str
    scopes: list[str]


class AccountPayload(TypedDict):
    """``GET /myself``."""

    accountId: str
    displayName: str
    emailAddress: str | None


class ProjectPayload(TypedDict):
    """An item of ``GET /project/search``."""

    id: str
    key: str
    name: str
    simplified: bool
    archived: bool
    type: str
    """``projectTypeKey``: ``software``, ``business``, ``service_desk``, and others to come; empty where not told."""


class StatusPayload(TypedDict):
    """A status, as ``GET /status`` and ``GET /project/{id}/statuses`` show it."""

    id: str
    name: str
    category: str
    """``statusCategory.key``; empty where Jira does not tell."""
    project_id: str | None
    """``scope.project.id`` of a team-managed project's own status."""


class IssueTypePayload(TypedDict):
    """An item of ``GET /project/{id}/statuses``."""

    id: str
    name: str
    statuses: list[StatusPayload]


class WebhookPayload(TypedDict):
    """An item of ``GET /webhook``."""

    id: int
    url: str
    jql: str
    events: frozenset[str]
    expires_at: datetime | None


class RegistrationPayload(TypedDict):
    """What came of registering one webhook."""

    id: int | None
    errors: list[str]


def read_site(item: Json) -> SitePayload:
    """Read one entry of ``accessible-resources``."""
    url = text(item, "url")
    scopes = item.get("scopes")
    return SitePayload(
        id=need(item, "id"),
        name=text(item, "name") or url,
        url=url,
        scopes=[str(scope) for scope in scopes] if isinstance(scopes, list) else [],
    )


def read_account(body: object) -> AccountPayload:
    """Read ``/myself``. Without an account id it proves nothing, so it is unreadable."""
    item = as_object(body)
    account_id = need(item, "accountId")
    return AccountPayload(
        accountId=account_id,
        displayName=text(item, "displayName") or account_id,
        emailAddress=text(item, "emailAddress") or None,
    )


def read_project(item: Json) -> ProjectPayload:
    """Read a project. ``simplified`` and ``style: next-gen`` both mean team-managed (facts §2.2)."""
    key = need(item, "key")
    return ProjectPayload(
        id=need(item, "id"),
        key=key,
        name=text(item, "name") or key,
        simplified=item.get("simplified") is True or item.get("style") == "next-gen",
        archived=item.get("archived") is True,
        type=text(item, "projectTypeKey"),
    )


def read_status(item: Json) -> StatusPayload:
    """Read a status. Names of categories are localized; their keys are not (facts §2.4)."""
    status_id = need(item, "id")
    project = member(member(item, "scope"), "project")
    return StatusPayload(
        id=status_id,
        name=text(item, "name") or status_id,
        category=text(member(item, "statusCategory"), "key"),
        project_id=text(project, "id") or None,
    )


def read_issue_type(item: Json) -> IssueTypePayload:
    """Read an issue type with its statuses."""
    type_id = need(item, "id")
    return IssueTypePayload(
        id=type_id,
        name=text(item, "name") or type_id,
        statuses=read_all(item.get("statuses"), read_status),
    )


def read_webhook(item: Json) -> WebhookPayload:
    """Read a webhook; its id is a number, unlike all others."""
    webhook_id = item.get("id")
    if not isinstance(webhook_id, int):
        raise Unreadable("Jira answered with a webhook that has no number.")
    events = item.get("events")
    return WebhookPayload(
        id=webhook_id,
        url=text(item, "url"),
        jql=text(item, "jqlFilter"),
        events=frozenset(map(str, events)) if isinstance(events, list) else frozenset(),
        expires_at=read_moment(item.get("expirationDate")),
    )


def read_registration(body: object) -> RegistrationPayload:
    """Read the answer to ``POST /webhook`` with one webhook."""
    results = read_all(as_object(body).get("webhookRegistrationResult"), as_object)
    webhook_id = results[0].get("createdWebhookId") if results else None
    errors = results[0].get("errors") if results else None
    is_created = isinstance(webhook_id, int) and not isinstance(webhook_id, bool)
    return RegistrationPayload(
        id=webhook_id if is_created else None,
        errors=[str(error) for error in errors] if isinstance(errors, list) else [],
    )


def read_moment(told: object) -> datetime | None:
    """Read a moment: ISO text, or milliseconds as the schema says of a webhook's end (facts §3.1)."""
    try:
        if isinstance(told, str) and not told.isdigit():
            moment = datetime.fromisoformat(told)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(told, int | str) and not isinstance(told, bool):
            return datetime.fromtimestamp(int(told) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def as_object(value: object) -> Json:
    """Take a JSON object as it is."""
    if not isinstance(value, dict):
        raise Unreadable("Jira answered with something other than the object that it documents.")
    return value


def read_all(body: object, read: Callable[[Json], T]) -> list[T]:
    """Read a JSON array of objects."""
    if not isinstance(body, list):
        raise Unreadable("Jira answered with something other than the list that it documents.")
    return [read(as_object(item)) for item in body]


def unique(items: Iterable[T], key: Callable[[T], object]) -> list[T]:
    """Keep the first of each key: lists that change while they are paged repeat an item."""
    seen: dict[object, T] = {}
    for item in items:
        seen.setdefault(key(item), item)
    return list(seen.values())


def member(item: Json, name: str) -> Json:
    """Return a member that is an object; an empty one where there is none."""
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def text(item: Json, name: str) -> str:
    """Return a member as text; ids come as numbers too. Empty where there is none."""
    value = item.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def need(item: Json, name: str) -> str:
    """Return a member as text, without which the answer is unreadable."""
    if not (found := text(item, name)):
        raise Unreadable(f"Jira answered without the {name} that it documents.")
    return found
