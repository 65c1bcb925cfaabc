"""A simulated site with one real workflow, spoken to over its REST routes as an integration does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpdesk_core.mapping.paths import Hop
from helpdesk_core.values import (
    Evidence,
    FieldOption,
    Issue,
    OpenIssue,
    StatusCategory,
    Step,
    Transition,
    TransitionField,
    Workflow,
)
from plugins.jira.simulator import Simulator, world_from_workflow
from plugins.jira.simulator.world import SeededIssue
from tests.simulator.driving import Api, Driver

FIRST_ISSUE = 10001
CATEGORIES = {"new": StatusCategory.NEW, "indeterminate": StatusCategory.IN_PROGRESS, "done": StatusCategory.DONE}


class RealSite:
    """The simulator with a workflow file, and one issue per entry of `standing`, each in its status."""

    def __init__(self, file: dict[str, Any], standing: Sequence[str]) -> None:
        world = world_from_workflow(file)
        project = world.sites[0].projects[0]
        issues = tuple(
            SeededIssue(project=project.key, issue_type=project.issue_types[0].id, summary="Walk", status=status_id)
            for status_id in standing
        )
        simulator = Simulator(replace(world, sites=(replace(world.sites[0], issues=issues),)))
        simulator.flask.testing = True
        driver = Driver(simulator)
        name = world.sites[0].name
        self._api = Api(driver, driver.connect(sites=(name,))["access_token"], name)
        self._project = project.key

    def categories(self) -> dict[str, StatusCategory]:
        """The categories of all statuses, by id."""
        kinds = self._api.get(f"/project/{self._project}/statuses")
        listed = {each["id"]: each["statusCategory"]["key"] for kind in kinds for each in kind["statuses"]}
        return {id_: CATEGORIES.get(key, StatusCategory.UNDEFINED) for id_, key in listed.items()}

    def status_of(self, number: int) -> str:
        """The status in which an issue stands; issues are numbered from 0, as in `standing`."""
        return str(self._api.get(f"/issue/{FIRST_ISSUE + number}?fields=status")["fields"]["status"]["id"])

    def opened(self, number: int) -> OpenIssue:
        """An issue with its own transitions, in one call."""
        found = self._api.get(f"/issue/{FIRST_ISSUE + number}?fields=status&expand=transitions.fields")
        issue = Issue(
            id=found["id"],
            key=found["key"],
            title="",
            url="",
            project_id="",
            kind_id="",
            status_id=found["fields"]["status"]["id"],
        )
        return OpenIssue(issue=issue, transitions=tuple(_transition(each) for each in found["transitions"]))

    def take(self, number: int, hop: Hop) -> dict[str, Any] | None:
        """Take a transition; return what Jira says against it."""
        offered = {field.id: field.options for field in hop.transition.fields}
        fields = {id_: {"id": value} if offered[id_] else value for id_, value in hop.fields.items()}
        body = {"transition": {"id": hop.transition.id}, **({"fields": fields} if fields else {})}
        answer = self._api("POST", f"/issue/{FIRST_ISSUE + number}/transitions", body)
        if answer.status_code == 204:
            return None
        assert answer.status_code == 400, answer.text
        said = answer.get_json()
        return {"errorMessages": set(said["errorMessages"]), "errors": said["errors"]}


def learn(site: RealSite, numbers: Sequence[int]) -> Workflow:
    """Learn the workflow as judging does: from the transitions of one issue per status."""
    seen = [site.opened(number) for number in numbers]
    steps = tuple(
        Step(from_id=each.issue.status_id, transition=move, evidence=Evidence.LEARNT, seen_on=each.issue.key)
        for each in seen
        for move in each.transitions
    )
    ids = tuple(each.issue.status_id for each in seen)
    return Workflow(status_ids=ids, steps=steps, explored=frozenset(ids))


def read(place: Path) -> dict[str, Any]:
    """Read a workflow file."""
    file: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return file


def _transition(listed: dict[str, Any]) -> Transition:
    fields = tuple(
        TransitionField(
            id=id_,
            name=field["name"],
            required=field["required"] and not field["hasDefaultValue"],
            options=tuple(FieldOption(id=one["id"], name=one["name"]) for one in field.get("allowedValues", ())),
        )
        for id_, field in listed["fields"].items()
    )
    return Transition(id=listed["id"], name=listed["name"], to_id=listed["to"]["id"], fields=fields)
