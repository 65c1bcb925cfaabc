"""The composition root: finds the installed plugins and hands them to the core. The only module that knows both sides.

A plugin is announced by its distribution in the entry-point group ``helpdesk.integrations``. The bundled Jira plugin is
found in exactly the same way as anybody else's; it only comes first, so that nobody can take its key.
"""

from __future__ import annotations

from importlib.metadata import Distribution, EntryPoint, distributions
from types import ModuleType
from typing import Final

from helpdesk_core.cli import command
from helpdesk_core.hookspecs import ENTRY_POINT_GROUP
from helpdesk_core.integrations import IntegrationRegistry, Origin

OWN_DISTRIBUTION: Final = "helpdesk"


def discover() -> list[tuple[EntryPoint, Origin]]:
    """Return the announced plugins with the distributions they come from: the bundled ones first, then by name."""
    found = {(entry.name, entry.value, str(origin)): (entry, origin) for entry, origin in _announced()}
    return sorted(
        found.values(), key=lambda item: (item[1].distribution != OWN_DISTRIBUTION, str(item[1]), item[0].name)
    )


def build_registry() -> IntegrationRegistry:
    """Load every announced plugin, each in its own try, and admit or quarantine it."""
    registry = IntegrationRegistry()
    for entry, origin in discover():
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an import runs foreign code: it may raise anything
            registry.quarantine(entry.name, origin, f"It could not be imported: {type(error).__name__}: {error}")
            continue
        if not isinstance(plugin, ModuleType):
            registry.quarantine(entry.name, origin, f"Its entry point {entry.value!r} must name a module.")
            continue
        registry.admit(entry.name, plugin, origin)
    return registry


def main() -> None:
    """Run the command line with the installed plugins."""
    from plugins.demo.program import demo  # noqa: PLC0415 - the demo imports this module
    from plugins.jira.simulator.program import command as simulator  # noqa: PLC0415 - only the commands need it

    command.add_command(demo)
    command.add_command(simulator)
    command(obj=build_registry)


def _announced() -> list[tuple[EntryPoint, Origin]]:
    return [
        (entry, _origin(distribution))
        for distribution in distributions()
        for entry in distribution.entry_points.select(group=ENTRY_POINT_GROUP)
    ]


def _origin(distribution: Distribution) -> Origin:
    return Origin(distribution=distribution.name, version=distribution.version)
