"""The tracker in memory keeps every contract, by either way to connect: the contracts can be met."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from helpdesk_core.testing import IntegrationContract, Remote
from helpdesk_core.testing.tracker import build_plugin, plugin
from helpdesk_core.testing.tracker.connecting import FormFlow
from helpdesk_core.testing.tracker.testing import TrackerRemote, TrackerRemoteByForm


class TestTracker(IntegrationContract):
    """It connects by redirect, as OAuth does."""

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return plugin

    @pytest.fixture
    def remote(self) -> Iterator[Remote]:
        with TrackerRemote() as remote:
            yield remote


class TestTrackerByForm(IntegrationContract):  # with an API token
    @pytest.fixture
    def plugin(self) -> ModuleType:
        return build_plugin(connect_flow=FormFlow(), webhook_receiver=None)

    @pytest.fixture
    def remote(self) -> Iterator[Remote]:
        with TrackerRemoteByForm() as remote:
            yield remote
