"""Every hook has documentation with its exact signature, a contract, a mutant, and two who implement it."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest

import helpdesk_roundup.plugin
from helpdesk_core import hookspecs
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.testing.contract import home_of
from helpdesk_core.testing.tracker import plugin as tracker
from plugins.jira import plugin as jira
from tests.contracts.document import CONTRACTS, rules_of
from tests.contracts.mutants import MUTANTS

pytestmark = pytest.mark.contract

REFERENCE = Path(__file__).parents[2] / "docs" / "plugins" / "hooks.md"
HOOKS = [name for name in vars(hookspecs) if name.startswith("helpdesk_")]
PLUGINS = {"jira": jira, "tracker": tracker, "roundup": helpdesk_roundup.plugin}


def implemented(key: str, plugin: ModuleType) -> tuple[str, ...]:
    registry = IntegrationRegistry()
    registry.admit(key, plugin, Origin(distribution=f"helpdesk-{key}"))
    return registry.get(key).hooks


def test_hooks_are_found():
    assert len(HOOKS) >= 9


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_exact_signature(hook):
    signature = f"{hook}{inspect.signature(getattr(hookspecs, hook))}".replace("'", "")
    assert f"### `{signature}`\n" in REFERENCE.read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_contract(hook):
    contracts = [contract for contract in CONTRACTS if contract.hook == hook]
    assert len(contracts) == 1
    assert len(rules_of(contracts[0])) >= 4


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_mutant(hook):
    (contract,) = (contract for contract in CONTRACTS if contract.hook == hook)
    assert [mutant for mutant in MUTANTS.values() if home_of(contract, mutant.breaks) is contract]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_two_who_implement_it(hook):
    who = [key for key, plugin in PLUGINS.items() if hook in implemented(key, plugin)]
    assert len(who) >= 2, f"{hook} is implemented by {who} only"
