"""What `docs/simulator.md` shows and lists is true."""

from __future__ import annotations

import json
import re

from plugins.jira.simulator import deliveries, delivery_faults, parse_world
from plugins.jira.simulator.control_api import ACTIONS
from plugins.jira.simulator.faults import EFFECTS
from plugins.jira.simulator.server import OPERATIONS
from plugins.jira.simulator.world import LIMITED
from tests.simulator.conftest import ROOT
from tests.simulator.create_fields import world_with

EXAMPLE = ROOT / "plugins" / "jira" / "simulator" / "worlds" / "demo.json"
TEXT = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_the_example_world_loads() -> None:
    found = re.search(r"<!-- example: world -->\n```json\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    world = parse_world(json.loads(found[1]), source="docs/simulator.md")
    assert [project.key for project in world.sites[0].projects] == ["DESK", "TEAM", "OLD"]


def test_every_action_and_every_effect_is_told() -> None:
    assert not [name for name in (*ACTIONS, *EFFECTS, *delivery_faults.EFFECTS) if f"`{name}`" not in TEXT]


def test_every_state_of_a_delivery_is_told() -> None:
    states = (deliveries.PENDING, deliveries.SENDING, deliveries.HELD, *deliveries.FINISHED)
    assert not [name for name in states if f"`{name}`" not in TEXT]


def test_the_example_automation_can_be_read() -> None:
    found = re.search(r'```json\n"automations": (.*?)```', TEXT, re.DOTALL)
    assert found is not None
    world = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    rule = json.loads(found[1])[0] | {"by": world["accounts"][0]["id"]}
    world["sites"][0]["automations"] = [rule]
    assert parse_world(world).sites[0].automations[0].when_status == "In Review"


def test_every_operation_and_every_limit_is_told() -> None:
    names = [*(operation.name for operation in OPERATIONS), *LIMITED]
    assert not [name for name in names if f"`{name}`" not in TEXT]


def test_the_example_fields_can_be_read() -> None:
    found = re.search(r'```json\n("fields": .*?)```', TEXT, re.DOTALL)
    assert found is not None
    fields = world_with(**json.loads("{" + found[1] + "}")["fields"]).sites[0].projects[0].issue_types[0].fields
    assert [each.key for each in fields if each.required and each.default is None] == ["components"]
