"""Makes a plugin of the tracker's facets, of which some are replaced or left out."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from helpdesk_core import hookimpl
from helpdesk_core.testing.tracker import plugin

HOOKS: Final = (
    *("settings_card", "connect_flow", "status_vocabulary", "workflows", "ticket_gateway"),
    *("webhook_receiver", "issue_creation", "conversation", "health_checks"),
)


def build_plugin(**facets: Any) -> ModuleType:
    """Make a plugin module of the tracker.

    Args:
        facets: what a hook returns in place of the tracker's own, by the hook's name without `helpdesk_`
            (`ticket_gateway=Mutant()`); None leaves the hook out.
    """
    if unknown := set(facets) - set(HOOKS):
        msg = f"There is no hook {', '.join(sorted(unknown))}. The hooks are {', '.join(HOOKS)}."
        raise TypeError(msg)
    module = ModuleType("tracker_plugin")
    for name in HOOKS:
        facet = facets[name] if name in facets else getattr(plugin, f"helpdesk_{name}")()
        if facet is not None:
            hook = f"helpdesk_{name}"
            setattr(module, hook, hookimpl(specname=hook)(_returning(facet)))
    return module


def _returning(facet: Any) -> Callable[[], Any]:
    return lambda: facet
