"""Worlds whose issues ask for more than a summary."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import parse_world

if TYPE_CHECKING:
    from plugins.jira.simulator import World

DANA_ID = "712020:9b7e3c52-7c1d-4b8e-9c55-0e4fd2a81b02"
BOT_ID = "712020:5d0c1f9e-2f43-4a59-8c2b-6a1f2b7d9e01"
DETAILS = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Loud."}]}],
}
EVERY_KIND: dict[str, dict[str, Any]] = {
    "priority": {"default": "Medium"},
    "components": {"required": True},
    "labels": {"required": True},
    "description": {"required": True},
    "assignee": {},
    "duedate": {},
    "customfield_10201": {"name": "Impact", "type": "select", "allowed": ["Low", "High"], "required": True},
    "customfield_10202": {"name": "Rooms", "type": "multiselect", "allowed": ["A", "B"]},
    "customfield_10203": {"name": "Responsible", "type": "user", "required": True},
    "customfield_10204": {"name": "Reference", "type": "text", "default": "none"},
    "customfield_10205": {"name": "Details", "type": "textarea"},
    "customfield_10206": {"name": "Costs", "type": "number"},
    "customfield_10207": {"name": "Seen on", "type": "date"},
}
VALUES: dict[str, Any] = {
    "components": [{"name": "Shop"}],
    "labels": ["loud"],
    "description": DETAILS,
    "assignee": {"accountId": DANA_ID},
    "duedate": "2026-12-24",
    "customfield_10201": {"value": "High"},
    "customfield_10202": [{"value": "A"}, {"id": "1020201"}],
    "customfield_10203": {"accountId": BOT_ID},
    "customfield_10204": "R-7",
    "customfield_10205": DETAILS,
    "customfield_10206": 12.5,
    "customfield_10207": "2026-11-24",
}


def world_with(**fields: dict[str, Any]) -> World:
    """The demo, where a Task in SUP has these fields."""
    place = files("plugins.jira.simulator") / "worlds" / "demo.json"
    content = json.loads(place.read_text(encoding="utf-8"))
    content["sites"][0]["projects"][0]["issue_types"][0]["fields"] = fields
    return parse_world(content, source="demo.json").with_app(callback_urls=("http://127.0.0.1:9/callback",))
