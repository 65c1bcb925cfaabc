"""A world can be built around every real workflow at hand, and its issues follow that workflow."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from plugins.jira.simulator import Simulator, world_from_workflow
from tests.simulator.conftest import folder
from tests.simulator.driving import Api, Driver

FOLDER = folder("HELPDESK_WORKFLOWS", "workflows")
FILES = sorted(FOLDER.glob("*.json"))

pytestmark = pytest.mark.skipif(
    not FILES, reason=f"no workflow files in {FOLDER}; name their folder in HELPDESK_WORKFLOWS"
)


def opened(place: Path) -> tuple[dict[str, Any], Api]:
    workflow = json.loads(place.read_text(encoding="utf-8"))
    simulator = Simulator(world_from_workflow(workflow))
    simulator.flask.testing = True
    driver = Driver(simulator)
    return workflow, Api(driver, driver.connect(sites=("real",))["access_token"], "real")


@pytest.mark.parametrize("place", FILES, ids=lambda place: place.stem)
def test_lists_the_statuses_of_the_file(place: Path) -> None:
    workflow, api = opened(place)
    listed = api.get("/project/REAL/statuses")[0]["statuses"]
    told = [(each["id"], each["name"], each["category"] or "undefined") for each in workflow["statuses"]]
    assert [(each["id"], each["name"], each["statusCategory"]["key"]) for each in listed] == told
    assert {each["id"] for each in api.get("/status")} == {each["id"] for each in workflow["statuses"]}


@pytest.mark.parametrize("place", FILES, ids=lambda place: place.stem)
def test_a_new_issue_reaches_what_the_file_lets_it_reach(place: Path) -> None:
    """Walks every path: what is listed is exactly what the file draws, and what can be taken leads there."""
    workflow, api = opened(place)
    seen = {workflow["initial"]}
    waiting: deque[list[dict[str, Any]]] = deque([[]])
    while waiting:
        path = waiting.popleft()
        key = create(api)
        for transition in path:
            take(api, key, transition)
        here = api.get(f"/issue/{key}?fields=status&expand=transitions.fields")
        status = here["fields"]["status"]["id"]
        assert {move["id"] for move in here["transitions"]} == drawn(workflow, status)
        for move in here["transitions"]:
            target = move["to"]["id"]
            if target not in seen and not refused(workflow, move):
                seen.add(target)
                waiting.append([*path, move])


def create(api: Api) -> str:
    fields = {"project": {"key": "REAL"}, "issuetype": {"id": "10001"}, "summary": "Walk"}
    return str(api("POST", "/issue", {"fields": fields}).get_json()["key"])


def take(api: Api, key: str, move: dict[str, Any]) -> None:
    fields = {"resolution": {"name": "Done"}} if "resolution" in move["fields"] else {}
    body = {"transition": {"id": move["id"]}, "fields": fields}
    answer = api("POST", f"/issue/{key}/transitions", body)
    assert answer.status_code == 204, answer.text


def drawn(workflow: dict[str, Any], status: str) -> set[str]:
    return {
        transition["id"]
        for transition in workflow["transitions"]
        if transition["from"] == "any" or status in transition["from"]
    }


def refused(workflow: dict[str, Any], move: dict[str, Any]) -> bool:
    """Whether a validator asks for what no answer announces."""
    found = next(each for each in workflow["transitions"] if each["id"] == move["id"])
    return bool(set(found.get("required_fields") or ()) - set(move["fields"]))
