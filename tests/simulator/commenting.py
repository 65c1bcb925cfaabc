"""Steps of tests about comments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import demo_world

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from plugins.jira.simulator import World
    from tests.simulator.driving import Api

INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}


def document(text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def post(api: Api, text: str = "It hums.", key: str = "SUP-1", **more: Any) -> TestResponse:
    return api("POST", f"/issue/{key}/comment", {"body": document(text)} | more)


def comment(api: Api, text: str = "It hums.", key: str = "SUP-1", **more: Any) -> dict[str, Any]:
    answer = post(api, text, key, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def listed(api: Api, query: str = "", key: str = "SUP-1") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/issue/{key}/comment{query}")["comments"]
    return found


def text_of(shape: dict[str, Any]) -> str:
    return str(shape["body"]["content"][0]["content"][0]["text"])


def service_world() -> World:
    """The demo, where SUP is a service project."""
    world = demo_world("http://127.0.0.1:9/callback")
    acme = world.sites[0]
    projects = tuple(replace(each, type="service_desk") if each.key == "SUP" else each for each in acme.projects)
    return replace(world, sites=(replace(acme, projects=projects), *world.sites[1:]))
