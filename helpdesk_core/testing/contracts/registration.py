"""What the helpdesk demands of a plugin before it asks anything of it."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.util import find_spec
from types import ModuleType
from typing import Final

import pytest

from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.testing.contract import KEY, Contract, reads

AUTHOR_API: Final = (
    *("helpdesk_core", "helpdesk_core.hookspecs", "helpdesk_core.errors", "helpdesk_core.facets*"),
    *("helpdesk_core.values*", "helpdesk_core.testing*"),
)


class RegistrationContract(Contract):
    """A plugin is admitted, answers alike each time, and takes the author API only."""

    @reads("helpdesk_settings_card", "helpdesk_connect_flow", "helpdesk_status_vocabulary")
    def test_registration_it_is_admitted(self, registry: IntegrationRegistry) -> None:
        """The helpdesk admits the plugin: the required hooks are there, and each returns what it must."""
        reasons = [each.reason for each in registry.quarantined]
        assert reasons == [], f"the helpdesk would refuse this plugin: {reasons[0]}"

    @reads("helpdesk_settings_card")
    def test_registration_hooks_answer_alike_each_time(self, registry: IntegrationRegistry, plugin: ModuleType) -> None:
        """Every process that starts calls the hooks: they answer with the same card and the same kinds of facets."""
        if registry.quarantined:
            pytest.skip("The plugin is not admitted: see the rule before.")
        again = IntegrationRegistry()
        again.admit(KEY, plugin, Origin(distribution=plugin.__name__))
        first, second = registry.get(KEY), again.get(KEY)
        assert second.card == first.card, "helpdesk_settings_card must return the same card each time"
        assert second.hooks == first.hooks
        for hook in FACETS:
            assert type(getattr(second, hook)) is type(getattr(first, hook)), f"{hook} is of another type each time"

    @reads("helpdesk_settings_card")
    def test_registration_it_takes_the_author_api_only(self, registry: IntegrationRegistry, plugin: ModuleType) -> None:
        """Of the helpdesk a plugin imports `helpdesk_core` itself, `.hookspecs`, `.facets`, `.values` and `.errors`.

        Everything else there changes without notice. Looked at are the modules of the plugin's own package that its
        module leads to.
        """
        if registry.quarantined:
            pytest.skip("The plugin is not admitted: see the first rule.")
        taken = {
            f"{module} imports {name}"
            for module in _modules_of(plugin, registry)
            for name in _imports(module)
            if fnmatchcase(name, "helpdesk_core*") and not any(fnmatchcase(name, allowed) for allowed in AUTHOR_API)
        }
        assert taken == set(), f"outside of the author API: {', '.join(sorted(taken))}"


FACETS: Final = (
    *("connect_flow", "status_vocabulary", "workflows", "ticket_gateway", "webhook_receiver"),
    *("issue_creation", "conversation", "health_checks"),
)


def _modules_of(plugin: ModuleType, registry: IntegrationRegistry) -> set[str]:
    """Return the loaded modules of the plugin's package that its module and its facets lead to."""
    facets = [getattr(registry.get(KEY), each) for each in FACETS]
    waiting = {plugin.__name__, *(type(facet).__module__ for facet in facets if facet is not None)}
    packages = {name.rpartition(".")[0] or name for name in waiting}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or not getattr(sys.modules.get(name), "__file__", None):
            continue
        found.add(name)
        waiting |= {each for each in _imports(name) if any(f"{each}.".startswith(f"{own}.") for own in packages)}
    return {name for name in found if name.partition(".")[0] != "helpdesk_core" or ".testing." in name}


def _imports(module: str) -> Iterator[str]:
    """Yield what a module imports, as modules where they are some."""
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, module)
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                yield whole if _is_module(whole) else origin


def _is_module(name: str) -> bool:
    """Whether there is such a module, loaded or not: an import within a function may not have been reached."""
    if name in sys.modules:
        return True
    try:
        return name.startswith("helpdesk_core.") and find_spec(name) is not None
    except ModuleNotFoundError:  # what stands before the last dot is no package
        return False


def _absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    package = sys.modules[module].__package__ or module
    base = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
    return f"{base}.{node.module}" if node.module else base
