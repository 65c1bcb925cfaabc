"""The Roundup plugin keeps every contract, against a real server."""

from __future__ import annotations

from types import ModuleType

import pytest
from remote import RoundupRemote
from tracker import Tracker

from helpdesk_core.testing import IntegrationContract, Remote
from helpdesk_roundup import plugin as roundup


class TestRoundup(IntegrationContract):
    """Roundup's classic template."""

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return roundup

    @pytest.fixture
    def remote(self, tracker: Tracker) -> Remote:
        return RoundupRemote(tracker)
