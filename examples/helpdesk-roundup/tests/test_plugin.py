"""The plugin as the helpdesk takes it in: admitted whole, and importing no more than plugin authors may."""

from __future__ import annotations

import ast
import tomllib
from importlib import import_module
from pathlib import Path

import helpdesk_roundup
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_roundup import plugin

HERE = Path(__file__).parents[1]
ALLOWED = {"helpdesk_core", *(f"helpdesk_core.{one}" for one in ("hookspecs", "facets", "values", "errors"))}


def test_it_is_admitted_with_all_that_roundup_can() -> None:
    registry = IntegrationRegistry()
    registry.admit("roundup", plugin, Origin(distribution="helpdesk-roundup"))
    assert registry.quarantined == ()
    assert set(registry.get("roundup").hooks) == {
        "helpdesk_settings_card",
        "helpdesk_connect_flow",
        "helpdesk_status_vocabulary",
        "helpdesk_ticket_gateway",
        "helpdesk_issue_creation",
        "helpdesk_conversation",
        "helpdesk_health_checks",
    }


def test_the_distribution_announces_it() -> None:
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    announced = project["entry-points"]["helpdesk.integrations"]
    assert announced == {"roundup": "helpdesk_roundup.plugin"}
    assert import_module(announced["roundup"]) is plugin


def test_it_imports_what_authors_may_and_nothing_else_of_the_helpdesk() -> None:
    imported = set()
    for module in Path(helpdesk_roundup.__file__).parent.glob("*.py"):
        source = module.read_text()
        assert len(source.splitlines()) <= 300, module.name
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom):
                imported.add(str(node.module))
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    assert {name for name in imported if name.startswith(("helpdesk_core", "plugins"))} <= ALLOWED
