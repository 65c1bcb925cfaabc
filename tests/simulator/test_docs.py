"""What `docs/simulator.md` shows and lists is true."""

from __future__ import annotations

import json
import re

from plugins.jira.simulator import parse_world
from plugins.jira.simulator.control_api import ACTIONS
from plugins.jira.simulator.faults import EFFECTS
from plugins.jira.simulator.server import OPERATIONS
from plugins.jira.simulator.world import LIMITED
from tests.simulator.conftest import ROOT

TEXT = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_the_example_world_loads() -> None:
    found = re.search(r"<!-- example: world -->\n```json\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    world = parse_world(json.loads(found[1]), source="docs/simulator.md")
    assert [project.key for project in world.sites[0].projects] == ["DESK", "TEAM", "OLD"]


def test_every_action_and_every_effect_is_told() -> None:
    assert not [name for name in (*ACTIONS, *EFFECTS) if f"`{name}`" not in TEXT]


def test_every_operation_and_every_limit_is_told() -> None:
    names = [*(operation.name for operation in OPERATIONS), *LIMITED]
    assert not [name for name in names if f"`{name}`" not in TEXT]
