"""The form in which each kind of field takes its value, on a transition's screen and when an issue is created.

What Jira expects follows from the field's ``schema`` (``jira-cloud-api.md`` §2.7). The helpdesk knows an option's id or
a text only; so the form is noted in the field's `shape` when it is read, and comes back with the value.
https://developer.atlassian.com/server/jira/platform/jira-rest-api-examples/ shows one example for each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from helpdesk_core.errors import Rejected
from helpdesk_core.values import CreateField, TransitionField
from plugins.jira import adf

SHOWN: Final = 50
"""How much of a wrong value is repeated."""
RICH_TEXT_CUSTOM: Final = ":textarea"
RICH_TEXT_SYSTEM: Final = frozenset({"description", "environment"})
BY_ID: Final = frozenset(
    {
        *("component", "issuetype", "option", "option-with-child", "priority", "project", "resolution"),
        *("securitylevel", "status", "version"),
    }
)
BY_TEXT: Final = frozenset({"any", "date", "datetime", "string"})


class Shape(StrEnum):
    """How a value is sent."""

    TEXT = "text"
    RICH_TEXT = "rich-text"
    NUMBER = "number"
    OPTION = "option"
    ACCOUNT = "account"
    GROUP = "group"
    COMMENT = "comment"
    """Not a field of the issue: it goes under ``update``, whose only operation is ``add``."""
    TEXTS = "texts"
    OPTIONS = "options"
    ACCOUNTS = "accounts"
    GROUPS = "groups"
    UNKNOWN = "unknown"
    """Attachments, links, time tracking and what apps invent: nothing that one text could be."""


SINGLE: Final = {
    "comments-page": Shape.COMMENT,
    "group": Shape.GROUP,
    "number": Shape.NUMBER,
    "user": Shape.ACCOUNT,
    **dict.fromkeys(BY_ID, Shape.OPTION),
    **dict.fromkeys(BY_TEXT, Shape.TEXT),
}
MANY: Final = {
    "group": Shape.GROUPS,
    "string": Shape.TEXTS,
    "user": Shape.ACCOUNTS,
    **dict.fromkeys(BY_ID, Shape.OPTIONS),
}


def shape_of(schema: dict[str, Any], *, has_options: bool) -> Shape:
    """Tell a field's form by its schema; allowed values are always chosen by id."""
    kind, items = str(schema.get("type", "")), str(schema.get("items", ""))
    if kind == "array":
        return MANY.get(items, Shape.OPTIONS if has_options else Shape.UNKNOWN)
    if str(schema.get("custom", "")).endswith(RICH_TEXT_CUSTOM) or schema.get("system") in RICH_TEXT_SYSTEM:
        return Shape.RICH_TEXT
    if has_options:
        return Shape.OPTION
    return SINGLE.get(kind, Shape.UNKNOWN)


def transition_body(transition_id: str, fields: list[tuple[TransitionField, str]]) -> dict[str, Any]:
    """Return the body that takes a transition and fills in its screen."""
    body: dict[str, Any] = {"transition": {"id": transition_id}}
    for field, value in fields:
        if field.shape == Shape.COMMENT:
            body["update"] = {field.id: [{"add": {"body": adf.from_plain(value)}}]}
        else:
            body.setdefault("fields", {})[field.id] = shaped(field, value)
    return body


def shaped(field: TransitionField | CreateField, value: str) -> object:
    """Return a value in the form of its field."""
    if field.shape == Shape.NUMBER:
        return _number(field, value)
    if write := WRITERS.get(field.shape):
        return write(value)
    raise Rejected(
        f"The helpdesk cannot fill in the field “{field.name}”.",
        cure="Make the field optional on its screen in Jira, or do this in Jira by hand.",
        code="refused",
    )


WRITERS: Final[dict[str, Callable[[str], object]]] = {
    Shape.TEXT: lambda value: value,
    Shape.RICH_TEXT: adf.from_plain,
    Shape.OPTION: lambda value: {"id": value},
    Shape.ACCOUNT: lambda value: {"accountId": value},
    Shape.GROUP: lambda value: {"name": value},
    Shape.TEXTS: lambda value: value.split(),  # labels, of which none has spaces
    Shape.OPTIONS: lambda value: [{"id": value}],
    Shape.ACCOUNTS: lambda value: [{"accountId": value}],
    Shape.GROUPS: lambda value: [{"name": value}],
}


def _number(field: TransitionField | CreateField, value: str) -> float:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = math.nan
    if math.isfinite(number):  # JSON has no others
        return int(number) if number.is_integer() else number
    raise Rejected(
        f"The field “{field.name}” takes a number, and the helpdesk has “{value[:SHOWN]}” for it.",
        cure="Correct what is given for this field, in the ticket or in the settings.",
        code="refused",
    )
