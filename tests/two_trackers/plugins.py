"""The installed plugins with Roundup's beside them, which the development environment does not install."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from helpdesk_core.integrations import IntegrationRegistry, Origin
from plugins.registry import build_registry

EXAMPLE = Path(__file__).parents[2] / "examples" / "helpdesk-roundup"


def both_plugins() -> IntegrationRegistry:
    """Return the installed plugins, with Roundup's beside them."""
    registry = build_registry()
    if "roundup" not in registry:
        if str(EXAMPLE) not in sys.path:  # a worker is no process of pytest, which has its folder on the path
            sys.path.append(str(EXAMPLE))
        plugin = import_module("helpdesk_roundup.plugin")
        registry.admit("roundup", plugin, Origin(distribution="helpdesk-roundup"))
    return registry
