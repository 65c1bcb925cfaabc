"""The Jira plugin keeps every contract, over the simulated Atlassian."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from helpdesk_core.testing import IntegrationContract, Remote
from plugins.jira import plugin as jira
from plugins.jira.testing import JiraRemote


class TestJira(IntegrationContract):
    """Jira Cloud, as simulated."""

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return jira

    @pytest.fixture
    def remote(self) -> Iterator[Remote]:
        with JiraRemote() as remote:
            yield remote
