"""The installed plugins, found once."""

from __future__ import annotations

import pytest

from helpdesk_core.integrations import IntegrationRegistry
from plugins.registry import build_registry


@pytest.fixture(scope="session")
def registry() -> IntegrationRegistry:
    return build_registry()
