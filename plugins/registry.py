"""The composition root: finds the installed plugins and hands them to the core. The only module that knows both sides.

A plugin is announced by its distribution in the entry-point group ``helpdesk.integrations``. The bundled Jira plugin is
found in exactly the same way as anybody else's; it only comes first, so that nobody can take its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Final

from helpdesk_core.hookspecs import ENTRY_POINT_GROUP
from helpdesk_core.integrations import IntegrationRegistry, Origin

OWN_DISTRIBUTION: Final = "helpdesk"
NAMELESS: Final = "a distribution without metadata"
"""An interrupted uninstallation leaves folders like that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """One plugin that a distribution announces, not loaded yet."""

    key: str
    origin: Origin
    entry: EntryPoint | None
    """None: the distribution names our group, but what it says there cannot be read."""


def discover() -> list[Announcement]:
    """Return what the installed distributions announce: the bundled plugins first, then by distribution and key."""
    announced = [one for distribution, origin in _installed() for one in _announced_by(distribution, origin)]
    return sorted(announced, key=lambda a: (a.origin.distribution != OWN_DISTRIBUTION, str(a.origin), a.key))


def build_registry() -> IntegrationRegistry:
    """Load every announced plugin, each in its own try, and admit or quarantine it."""
    registry = IntegrationRegistry()
    for announced in discover():
        if announced.entry is None:
            registry.quarantine(announced.key, announced.origin, "The entry points of its distribution are malformed.")
            continue
        try:
            plugin = announced.entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an import runs foreign code: it may raise anything
            what = f"{announced.entry.value} could not be imported: {type(error).__name__}: {error}"
            registry.quarantine(announced.key, announced.origin, " ".join(what.split()))
        else:
            registry.admit(announced.key, plugin, announced.origin)
    return registry


def main() -> None:
    """Run the command line with the installed plugins."""
    from helpdesk_core.cli import command  # noqa: PLC0415 - with the whole web application, which not every caller needs
    from plugins.demo.program import demo  # noqa: PLC0415 - the demo imports this module
    from plugins.jira.simulator.program import command as simulator  # noqa: PLC0415 - only the commands need it

    command.add_command(demo)
    command.add_command(simulator)
    command(obj=build_registry)


def _installed() -> Iterator[tuple[Distribution, Origin]]:
    """Yield each distribution once: where two folders of `sys.path` hold it, the first one is what gets imported."""
    seen: set[str] = set()
    for distribution in distributions():
        origin = _origin(distribution)
        name = origin.distribution.lower().replace("_", "-")
        if name == NAMELESS or name not in seen:
            seen.add(name)
            yield distribution, origin


def _announced_by(distribution: Distribution, origin: Origin) -> list[Announcement]:
    try:
        entries = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
        return [Announcement(key=entry.name, origin=origin, entry=entry) for entry in entries]
    except Exception:  # noqa: BLE001 - a malformed file raises all sorts of errors, and only concerns us if it names us
        if ENTRY_POINT_GROUP not in (distribution.read_text("entry_points.txt") or ""):
            return []
        return [Announcement(key=origin.distribution, origin=origin, entry=None)]


def _origin(distribution: Distribution) -> Origin:
    metadata = distribution.metadata  # a property that reads the file anew each time
    told = {name: metadata[name] for name in ("Name", "Version") if name in metadata}
    return Origin(distribution=told.get("Name", NAMELESS), version=told.get("Version", ""))
