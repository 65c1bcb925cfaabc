"""Worlds that need no file of their own: the demo, one real workflow, a very large site."""

from __future__ import annotations

import json
import uuid
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator.loading import parse_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.jira.simulator.world import World

NAMESPACE: Final = uuid.UUID("0d0b6a6a-3a0f-4c41-8c1e-5d3b1c7c9a10")
CALLBACK: Final = "http://127.0.0.1:8070/integrations/jira/callback"
SCOPES: Final = (*("read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook", "read:me"),)
BOT: Final = "712020:5d0c1f9e-2f43-4a59-8c2b-6a1f2b7d9e01"
PERSON: Final = "712020:9b7e3c52-7c1d-4b8e-9c55-0e4fd2a81b02"
CATEGORIES: Final = ("new", "indeterminate", "done")


def demo_world(callback_url: str | None = None) -> World:
    """The bundled world of `worlds/demo.json`, with the callback of the helpdesk at hand."""
    place = files("plugins.jira.simulator") / "worlds" / "demo.json"
    world = parse_world(json.loads(place.read_text(encoding="utf-8")), source="demo.json")
    return world.with_app(callback_urls=(callback_url,)) if callback_url else world


def world_from_workflow(
    workflow: Mapping[str, Any], *, callback_url: str = CALLBACK, team_managed: bool = False
) -> World:
    """A world of one site with one project, whose issues follow this workflow.

    Three issues are there: in the initial status, and in the first and last of all statuses. There
    are no rate limits: it is for walking every way through the workflow, as fast as can be.
    """
    statuses = [str(status["name"]) for status in workflow["statuses"]]
    project = {
        "key": "REAL",
        "name": str(workflow.get("name") or "Real work"),
        "style": "team-managed" if team_managed else "company-managed",
        "issue_types": [{"id": "10001", "name": "Task", "workflow": "real"}],
    }
    issues: list[dict[str, Any]] = [
        {"project": "REAL", "issue_type": "Task", "summary": f"Stands in {name}", "status": name}
        for name in (statuses[0], statuses[-1])
    ]
    issues.append({"project": "REAL", "issue_type": "Task", "summary": "Just created"})
    content = _one_site("real", [project], {"real": dict(workflow)}, callback_url)
    content["sites"][0]["issues"] = issues
    content["limits"] = "none"
    return parse_world(content, source=str(workflow.get("name") or "workflow"))


def large_world(projects: int = 500, statuses: int = 2000, *, callback_url: str = CALLBACK) -> World:
    """One site with so many projects and statuses: one in ten company-managed, on one workflow.

    The team-managed ones share the remaining statuses as evenly as numbers allow, and their names
    repeat from project to project, as they do in earnest.
    """
    shared = max(projects // 10, 1)
    teams = projects - shared
    company_statuses = 5
    each, more = divmod(statuses - company_statuses, max(teams, 1))
    workflows = {"company": _line_workflow("company", 1, company_statuses)}
    made = [_numbered_project(number, "company-managed", "company", "10001") for number in range(1, shared + 1)]
    next_id = 10000
    for index in range(teams):
        count = each + (1 if index < more else 0)
        name = f"team {index + 1}"
        workflows[name] = _line_workflow(name, next_id, count)
        next_id += count
        number = shared + index + 1
        made.append(_numbered_project(number, "team-managed", name, str(20000 + index)))
    content = _one_site("large", made, workflows, callback_url)
    return parse_world(content, source="large world")


def _one_site(
    name: str, projects: list[dict[str, Any]], workflows: dict[str, Any], callback_url: str
) -> dict[str, Any]:
    return {
        "app": {
            "client_id": "simulated-client-id",
            "client_secret": "simulated-client-secret",
            "callback_urls": [callback_url],
            "owner": PERSON,
            "shared": True,
            "scopes": list(SCOPES),
        },
        "accounts": [
            {
                "id": BOT,
                "name": "Helpdesk Bot",
                "email": "bot@acme.example",
                "password": "bot-password",
            },
            {
                "id": PERSON,
                "name": "Dana Admin",
                "email": "dana@acme.example",
                "password": "dana-password",
            },
        ],
        "sites": [
            {
                "id": str(uuid.uuid5(NAMESPACE, name)),
                "name": name,
                "members": [{"account": BOT}, {"account": PERSON}],
                "projects": projects,
            }
        ],
        "workflows": workflows,
    }


def _numbered_project(number: int, style: str, workflow: str, type_id: str) -> dict[str, Any]:
    return {
        "key": f"P{number:04d}",
        "name": f"Project {number:04d}",
        "style": style,
        "issue_types": [{"id": type_id, "name": "Task", "workflow": workflow}],
    }


def _line_workflow(name: str, first_id: int, count: int) -> dict[str, Any]:
    """A board of `count` columns, from To Do to Done, with free moves between all of them."""
    names = ["To Do", *(f"Step {number}" for number in range(1, count - 1)), "Done"][:count]
    last = count - 1
    statuses = [
        {
            "id": str(first_id + index),
            "name": names[index],
            "category": "new" if index == 0 else "done" if index == last else "indeterminate",
        }
        for index in range(count)
    ]
    moves = [
        {
            "id": str(11 + 10 * index),
            "name": status["name"],
            "from": "any",
            "to": status["id"],
            "screen": False,
        }
        for index, status in enumerate(statuses)
    ]
    return {
        "name": name,
        "statuses": statuses,
        "initial": statuses[0]["id"],
        "transitions": moves,
    }
