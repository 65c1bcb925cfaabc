"""The parts of an issue and of its transitions that we read. As in `plugins.jira.payloads`, whose checks it shares.

Shapes: ``jira-cloud-api.md`` §2.6, §2.7, §2.9. Recorded answers show transitions without ``to``: where such a one leads
nobody can know, so it is left out, and the reader says that something is missing (`OpenPayload.is_whole`).
"""

from __future__ import annotations

from typing import Final, TypedDict

from plugins.jira.fields import Shape, shape_of
from plugins.jira.payloads import Json, as_object, member, need, read_all, text

ISSUE_FIELDS: Final = ["status", "summary", "project", "issuetype"]
"""All that a link needs. Points are counted by issue, not by field, but bodies of whole issues are large."""


class IssuePayload(TypedDict):
    """An issue with our fields."""

    id: str
    key: str
    summary: str
    project_id: str
    type_id: str
    status_id: str


class OptionPayload(TypedDict):
    """An allowed value."""

    id: str
    name: str


class FieldPayload(TypedDict):
    """A field on a transition's screen."""

    id: str
    name: str
    required: bool
    options: list[OptionPayload]
    shape: Shape


class TransitionPayload(TypedDict):
    """A transition that is open to an issue."""

    id: str
    name: str
    to_id: str
    fields: list[FieldPayload]


class OpenPayload(TypedDict):
    """An issue with its transitions."""

    issue: IssuePayload
    transitions: list[TransitionPayload]
    is_whole: bool
    """Whether all transitions say where they lead."""


def read_issue(body: object) -> IssuePayload:
    """Read an issue. Without a status it is of no use to anybody, so it is unreadable."""
    item = as_object(body)
    fields, key = member(item, "fields"), need(item, "key")
    return IssuePayload(
        id=need(item, "id"),
        key=key,
        summary=text(fields, "summary") or key,
        project_id=need(member(fields, "project"), "id"),
        type_id=need(member(fields, "issuetype"), "id"),
        status_id=need(member(fields, "status"), "id"),
    )


def read_open(body: object) -> OpenPayload:
    """Read an issue that was asked for with ``expand=transitions.fields``."""
    item = as_object(body)
    listed = read_all(item.get("transitions"), as_object)
    transitions = [read_transition(one) for one in listed if text(member(one, "to"), "id")]
    return OpenPayload(issue=read_issue(item), transitions=transitions, is_whole=len(transitions) == len(listed))


def read_transition(item: Json) -> TransitionPayload:
    """Read a transition that says where it leads."""
    transition_id = need(item, "id")
    return TransitionPayload(
        id=transition_id,
        name=text(item, "name") or transition_id,
        to_id=need(member(item, "to"), "id"),
        fields=[read_field(name, as_object(told)) for name, told in member(item, "fields").items()],
    )


def read_field(name: str, item: Json) -> FieldPayload:
    """Read a field. One that Jira fills in by itself is not required of us (facts §2.5, §2.7)."""
    options = _options(item.get("allowedValues"))
    return FieldPayload(
        id=name,
        name=text(item, "name") or name,
        required=item.get("required") is True and item.get("hasDefaultValue") is not True,
        options=options,
        shape=shape_of(member(item, "schema"), has_options=bool(options)),
    )


def _options(allowed: object) -> list[OptionPayload]:
    """Read allowed values: options of custom fields have a ``value``, all others a ``name``; some have no id."""
    listed = [item for item in allowed if isinstance(item, dict)] if isinstance(allowed, list) else []
    return [
        OptionPayload(id=text(item, "id"), name=text(item, "name") or text(item, "value") or text(item, "id"))
        for item in listed
        if text(item, "id")
    ]
