"""Reads the `automations` of a site in a world file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.jira.simulator.world import Automation

if TYPE_CHECKING:
    from plugins.jira.simulator.reading import Node
    from plugins.jira.simulator.world import Project


def read_automation(node: Node, projects: list[Project], accounts: set[str]) -> Automation:
    """Read a rule; statuses go by id or name, of any workflow of the project."""
    node.only("project", "when_status", "then_transition_to", "by", "times")
    by_key = {project.key: project for project in projects}
    project = by_key[node["project"].one_of(by_key, "project key of this site")]
    names = {name for status in project.statuses() for name in (status.id, status.name)}
    what = f"status of {project.key}"
    by, times = node.optional("by"), node.optional("times")
    return Automation(
        project=project.key,
        when_status=node["when_status"].one_of(names, what),
        then_transition_to=node["then_transition_to"].one_of(names, what),
        by=by.one_of(accounts, "account id of this world") if by else None,
        times=_count(times) if times else None,
    )


def _count(node: Node) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < 1:
        raise node.error("must be a whole number from 1, or left out for ever")
    return node.value
