"""The contracts for a plugin that is installed: `pytest --helpdesk-integration=KEY`.

The plugin is found by its entry point. So is its `Remote`, in the group ``helpdesk.remotes`` under the same key;
without one those rules are tested that need no remote system, and the others say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Final

import pytest

from helpdesk_core.hookspecs import ENTRY_POINT_GROUP
from helpdesk_core.testing.contracts import IntegrationContract
from helpdesk_core.testing.remote import Remote

REMOTES: Final = "helpdesk.remotes"

RemoteFactory = Callable[[], AbstractContextManager[Remote]]


class TestInstalled(IntegrationContract):
    """All contracts, against the integration that is named on the command line."""

    @pytest.fixture
    def plugin(self, request: pytest.FixtureRequest) -> ModuleType:
        """The module that the entry point names."""
        key = str(request.config.getoption("--helpdesk-integration"))
        plugin = _only(ENTRY_POINT_GROUP, key).load()
        assert isinstance(plugin, ModuleType), f"the entry point {key} must name a module"
        return plugin

    @pytest.fixture
    def remote(self, request: pytest.FixtureRequest) -> Iterator[Remote]:
        """What the distribution announces, a fresh one for each rule."""
        key = str(request.config.getoption("--helpdesk-integration"))
        if not entry_points(group=REMOTES, name=key):
            pytest.skip(f"It needs a Remote, and no distribution announces one in the group {REMOTES} as {key}.")
        factory: RemoteFactory = _only(REMOTES, key).load()
        with factory() as remote:
            yield remote


def _only(group: str, key: str) -> EntryPoint:
    found = entry_points(group=group, name=key)
    installed = ", ".join(sorted(entry_points(group=group).names)) or "none"
    if not found:
        pytest.fail(
            f"No installed distribution announces {key} in the group {group}. There are: {installed}.", pytrace=False
        )
    claims = sorted({f"{each.dist.name} {each.dist.version}" for each in found if each.dist})
    if len(claims) > 1:
        pytest.fail(f"{key} is claimed by {' and by '.join(claims)}: uninstall one of them.", pytrace=False)
    return next(iter(found))
