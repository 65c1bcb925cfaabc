"""Reads one workflow in the neutral form of exported workflows.

    {"name", "statuses": [{"id", "name", "category"}], "initial": status id,
     "transitions": [{"id", "name", "from": [status ids] | "any", "to": status id,
                      "screen": bool, "required_fields": [...], "conditions": [...]}]}

Exports carry more members than these (source, licence, post functions …): they are let pass here,
unlike in the rest of a world file. A null category is Jira's "No Category" (`undefined`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.jira.simulator.world import CATEGORY_KEYS, Status, Transition, Workflow

if TYPE_CHECKING:
    from plugins.jira.simulator.reading import Node


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
    required, conditions = node.optional("required_fields"), node.optional("conditions")
    return Transition(
        id=node["id"].text(),
        name=node["name"].text(),
        sources=sources,
        target=node["to"].one_of(ids, what),
        screen=node.flag_at("screen"),
        required_fields=required.texts() if required else (),
        conditions=conditions.texts() if conditions else (),
    )


def _refuse_doubles(node: Node, ids: list[str]) -> None:
    for index, item in enumerate(node.items()):
        if ids[index] in ids[:index]:
            raise item.error(f'the id "{ids[index]}" is taken by an earlier entry: write another')
