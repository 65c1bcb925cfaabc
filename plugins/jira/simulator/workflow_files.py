"""Reads one workflow in the neutral form of exported workflows.

    {"name", "statuses": [{"id", "name", "category"}], "initial": status id,
     "transitions": [{"id", "name", "from": [status ids] | "any", "to": status id,
                      "screen": bool, "required_fields": [...], "conditions": [...],
                      "validators": [...], "fields": {...}}]}

Conditions and validators in words are an export's: they are announced or let pass, and always met.
As objects they are enforced: `{"permission": …}` as a condition, `{"field": …}` or `{"permission": …}`
with a `message` as a validator; `required_fields` is short for validators of fields.
Exports carry more members than these (source, licence, post functions …): they are let pass here,
unlike in the rest of a world file. A null category is Jira's "No Category" (`undefined`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from plugins.jira.simulator.world import (
    CATEGORY_KEYS,
    PERMISSIONS,
    Condition,
    ScreenField,
    Status,
    Transition,
    Validator,
    Workflow,
)

if TYPE_CHECKING:
    from plugins.jira.simulator.reading import Node

SCREEN_FIELDS: Final = {"resolution": "Resolution", "assignee": "Assignee"}
CUSTOM_FIELD: Final = re.compile(r"customfield_\d+")


def read_workflow(node: Node, name: str | None = None) -> Workflow:
    """Read and check one workflow; `name` is used where the file tells none."""
    statuses = tuple(_status(item) for item in node["statuses"].items())
    _refuse_doubles(node["statuses"], [status.id for status in statuses])
    ids = {status.id for status in statuses}
    transitions = tuple(_transition(item, ids) for item in node["transitions"].items())
    _refuse_doubles(node["transitions"], [transition.id for transition in transitions])
    return Workflow(
        name=node.text_at("name", name or "workflow"),
        statuses=statuses,
        initial=node["initial"].one_of(ids, "status id of this workflow"),
        transitions=transitions,
    )


def _status(node: Node) -> Status:
    category = node.optional("category")
    return Status(
        id=node["id"].text(),
        name=node["name"].text(),
        category=category.one_of(CATEGORY_KEYS, "status category") if category else "undefined",
    )


def _transition(node: Node, ids: set[str]) -> Transition:
    what = "status id of this workflow"
    start = node["from"]
    sources = None
    if start.value != "any":
        sources = tuple(item.one_of(ids, what) for item in start.items())
    conditions, fields = node.optional("conditions"), node.optional("fields")
    return Transition(
        id=node["id"].text(),
        name=node["name"].text(),
        sources=sources,
        target=node["to"].one_of(ids, what),
        screen=node.flag_at("screen") or bool(fields),
        fields=tuple(_screen_field(key, item) for key, item in fields.members()) if fields else None,
        validators=_validators(node),
        conditions=tuple(_condition(item) for item in conditions.items()) if conditions else (),
    )


def _condition(node: Node) -> Condition:
    if isinstance(node.value, str):
        return Condition(text=node.text())
    node.only("permission")
    permission = node["permission"].one_of(PERMISSIONS, "permission")
    return Condition(text=f"PermissionCondition(permission={permission})", permission=permission)


def _validators(node: Node) -> tuple[Validator, ...]:
    required, told = node.optional("required_fields"), node.optional("validators")
    found = [Validator(field=name) for name in (required.texts() if required else ())]
    for item in told.items() if told else ():
        if isinstance(item.value, str):
            continue
        item.only("field", "permission", "message")
        permission = item.optional("permission")
        validator = Validator(
            field=item.text_at("field") or None,
            permission=permission.one_of(PERMISSIONS, "permission") if permission else None,
            message=item.text_at("message"),
        )
        if (validator.field is None) == (validator.permission is None):
            raise item.error('a validator asks for one thing: write either "field" or "permission"')
        found.append(validator)
    return tuple(found)


def _screen_field(key: str, node: Node) -> ScreenField:
    node.only("name", "required", "allowed")
    if key not in SCREEN_FIELDS and not CUSTOM_FIELD.fullmatch(key):
        raise node.error(f'"{key}" is no field of a screen: write resolution, assignee or customfield_<number>')
    allowed = node.optional("allowed")
    return ScreenField(
        key=key,
        name=node.text_at("name", SCREEN_FIELDS.get(key, key)),
        required=node.flag_at("required"),
        allowed=allowed.texts() if allowed else (),
    )


def _refuse_doubles(node: Node, ids: list[str]) -> None:
    for index, item in enumerate(node.items()):
        if ids[index] in ids[:index]:
            raise item.error(f'the id "{ids[index]}" is taken by an earlier entry: write another')
