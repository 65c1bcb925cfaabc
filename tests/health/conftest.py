"""A connection whose health was found to be good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpdesk_core.integrations import IntegrationRegistry
from plugins.registry import build_registry
from tests.health.patient import Patient, admitted


@pytest.fixture(scope="session")
def registry() -> IntegrationRegistry:
    return build_registry()


@pytest.fixture
def patient(database, registry, vault_key, work) -> Iterator[Patient]:
    with admitted(database, registry, vault_key, work) as patient:
        yield patient
