"""Reads what a world file tells about the fields of a type of issue (`docs/simulator.md`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator.create_fields import (
    CUSTOM,
    PRIORITIES,
    SYSTEM,
    CreateField,
    FieldError,
    Offer,
    Option,
    taken,
)
from plugins.jira.simulator.documents import text_document

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.jira.simulator.reading import Node

CUSTOM_KEY: Final = re.compile(r"customfield_\d+")
CHOICES: Final = ("select", "multiselect", "priority")


def read_create_field(key: str, node: Node, components: Collection[Option], accounts: Collection[str]) -> CreateField:
    """`components` are the project's, `accounts` the ids of the world."""
    node.only("name", "type", "required", "allowed", "default")
    name, kind = _name_and_kind(key, node)
    field = CreateField(
        key=key, name=name, kind=kind, required=node.flag_at("required"), allowed=_allowed(key, kind, node)
    )
    default = node.optional("default")
    if default is None:
        return field
    try:
        value = taken(field, _as_sent(kind, default), Offer(field.options(components), accounts))
    except FieldError as error:
        raise default.error(f"this is no value of {name} ({error})") from error
    return CreateField(key=key, name=name, kind=kind, required=field.required, allowed=field.allowed, default=value)


def _name_and_kind(key: str, node: Node) -> tuple[str, str]:
    if key in SYSTEM:
        name, kind = SYSTEM[key]
        if node.optional("type"):
            raise node["type"].error(f"{key} has a type of its own: leave it out")
        return node.text_at("name", name), kind
    if not CUSTOM_KEY.fullmatch(key):
        known = ", ".join(SYSTEM)
        raise node.error(f'"{key}" is no field of an issue: write one of {known}, or customfield_<number>')
    return node["name"].text(), node["type"].one_of(CUSTOM, "type of a field")


def _allowed(key: str, kind: str, node: Node) -> tuple[str, ...]:
    told = node.optional("allowed")
    if told is None:
        if kind in ("select", "multiselect"):
            raise node.error('"allowed" is missing: list what there is to choose from')
        return ()
    if kind not in CHOICES:
        raise told.error(f"{key} has nothing to choose from here: leave it out")
    if kind == "priority":
        return tuple(item.one_of(PRIORITIES.values(), "priority") for item in told.items())
    return told.texts()


def _as_sent(kind: str, node: Node) -> Any:
    """A default in plain words, as a request would send it."""
    if kind == "components":
        return [{"name": name} for name in node.texts()]
    if kind == "multiselect":
        return [{"value": name} for name in node.texts()]
    if kind == "textarea":
        return text_document(node.text())
    if kind in ("number", "labels"):
        return node.value
    named = {"priority": "name", "select": "value", "user": "accountId"}.get(kind)
    return {named: node.text()} if named else node.text()
