"""The fields that a type of issue offers when one is created, and what they take (facts §2.5).

A world tells them for each type of each project, beside those that every type has: project, type,
summary, description, labels. Pure rules; `createmeta.py` announces them, `issues.py` asks for them.

Not confirmed, and decided here: all refusals but `… is required.` and those of single-line texts, lists
and documents; that an empty value for a required field is refused although there is a default.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from plugins.jira.simulator.documents import NOT_A_DOCUMENT, TOO_LONG, is_document, is_too_long

CUSTOM_PREFIX: Final = "customfield_"
LONGEST_LINE: Final = 255
# Jira's own five (recorded); a site's administrator may change them, this one's does not.
PRIORITIES: Final = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
# What a system field is called, and what kind it is.
SYSTEM: Final = {
    "priority": ("Priority", "priority"),
    "components": ("Components", "components"),
    "labels": ("Labels", "labels"),
    "description": ("Description", "textarea"),
    "assignee": ("Assignee", "user"),
    "duedate": ("Due date", "date"),
}
CUSTOM_TYPES: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
# Of each kind of custom field: its JSON type, the type of its items, Atlassian's name for it.
CUSTOM: Final[dict[str, tuple[str, str | None, str]]] = {
    "select": ("option", None, "select"),
    "multiselect": ("array", "option", "multiselect"),
    "user": ("user", None, "userpicker"),
    "text": ("string", None, "textfield"),
    "textarea": ("string", None, "textarea"),
    "number": ("number", None, "float"),
    "date": ("date", None, "datepicker"),
}
SYSTEM_TYPES: Final[dict[str, tuple[str, str | None]]] = {
    "components": ("array", "component"),
    "labels": ("array", "string"),
    "description": ("string", None),
    "assignee": ("user", None),
    "duedate": ("date", None),
}
CHOSEN: Final = ("select", "multiselect", "priority", "components")
LISTS: Final = ("components", "labels", "multiselect")


class FieldError(ValueError):
    """The value is not one that the field takes; the message is Jira's."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value that is offered: of a list to choose from, or a component of the project."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """The value of a field that holds an account, by its id."""

    account: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateField:
    """A field to fill in; `allowed` are the names to choose from, `default` a value as it is kept."""

    key: str
    name: str
    kind: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    default: Any = None

    @property
    def of_its_own(self) -> bool:
        """Whether an issue keeps it by itself: labels and descriptions have their place already."""
        return self.key not in ("labels", "description")

    @property
    def schema(self) -> dict[str, Any]:
        if not self.key.startswith(CUSTOM_PREFIX):
            kind, items = SYSTEM_TYPES.get(self.key, (self.key, None))
            return {"type": kind, **({"items": items} if items else {}), "system": self.key}
        kind, items, name = CUSTOM[self.kind]
        number = int(self.key.removeprefix(CUSTOM_PREFIX))
        return {"type": kind, **({"items": items} if items else {}), "custom": CUSTOM_TYPES + name, "customId": number}

    def options(self, components: Collection[Option]) -> list[Option]:
        """What there is to choose from, given the project's components; their ids are fixed."""
        if self.kind == "components":
            return list(components)
        if self.kind == "priority":
            return [Option(*each) for each in PRIORITIES.items() if each[1] in (self.allowed or PRIORITIES.values())]
        first = int(self.key.removeprefix(CUSTOM_PREFIX)) * 100 if self.allowed else 0
        return [Option(str(first + index), name) for index, name in enumerate(self.allowed)]


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be chosen at the moment: options, and accounts."""

    options: Collection[Option]
    people: Collection[str]


def taken(field: CreateField, given: Any, offer: Offer) -> Any:
    """The value as an issue keeps it; FieldError where the field does not take it."""
    if field.kind not in LISTS:
        return _one(field, given, offer)
    if not isinstance(given, list):
        raise FieldError("data was not an array")
    return [_one(field, each, offer) for each in given]


def missing(field: CreateField, fields: Mapping[str, Any]) -> str | None:
    """Why a creation without a value for this field is refused, or None."""
    empty = fields.get(field.key) in (None, "", [])
    defaulted = field.key not in fields and field.default is not None
    return f"{field.name} is required." if field.required and empty and not defaulted else None


def _one(field: CreateField, given: Any, offer: Offer) -> Any:
    if field.kind in CHOSEN:
        return _chosen(field, given, offer.options)
    if field.kind == "user":
        return _user(field, given, offer.people)
    return PLAIN[field.kind](given)


def _chosen(field: CreateField, given: Any, options: Collection[Option]) -> dict[str, str]:
    """The option that `{"id": …}` or its name stands for; the id counts where both are told."""
    by = "value" if field.key.startswith(CUSTOM_PREFIX) else "name"
    named = given if isinstance(given, dict) else {}
    what = "id" if "id" in named else by
    wanted = str(named.get(what, ""))
    for each in options:
        if wanted == (each.id if what == "id" else each.name):
            return {"id": each.id, by: each.name}
    if field.kind == "components":
        raise FieldError(f"Component {what} '{wanted}' is not valid")
    if field.kind == "priority":
        raise FieldError("The priority selected is invalid.")
    raise FieldError(f"Specify a valid 'id' or 'name' for {field.name}")


def _user(field: CreateField, given: Any, people: Collection[str]) -> Person:
    named = given if isinstance(given, dict) else {}
    account = str(named.get("accountId") or named.get("id") or "")
    if account not in people:
        assigned = field.key == "assignee"
        raise FieldError(f"User '{account}' {'cannot be assigned issues' if assigned else 'does not exist'}.")
    return Person(account)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise FieldError("Operation value must be a string")
    if len(given) > LONGEST_LINE:
        raise FieldError(f"The entered text is too long. It exceeds the allowed limit of {LONGEST_LINE} characters.")
    return given


def _document(given: Any) -> Any:
    if not is_document(given):
        raise FieldError(NOT_A_DOCUMENT)
    if is_too_long(given):
        raise FieldError(TOO_LONG)
    return given


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise FieldError("Operation value must be a number")
    return given


def _date(given: Any) -> str:
    try:
        return date.fromisoformat(given).isoformat()
    except (TypeError, ValueError):
        raise FieldError("Operation value must be a date in the format yyyy-MM-dd") from None


PLAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "labels": str,
    "text": _text,
    "textarea": _document,
    "number": _number,
    "date": _date,
}
