"""Worlds of a workflow, mapped as an admin would who accepts everything. A test names `workflow` and `readable`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from helpdesk_core.db import Database
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.sync.work import register
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from plugins.registry import build_registry
from tests.conftest import note_failure
from tests.databases import our_tables
from tests.judgement.site import Mapped, map_by_suggestion, world_of
from tests.sync.stand import make_host, settings_for


@pytest.fixture(scope="session")
def registry() -> IntegrationRegistry:
    return build_registry()


@pytest.fixture
def seeds(readable: bool) -> bool:
    """Whether an issue stands in each status: what cannot be read is learnt from those. Override it for always."""
    return not readable


@pytest.fixture
def mapped(workflow, readable, seeds, registry, sqlite_files, tmp_path) -> Iterator[Mapped]:
    """Serve the world of a workflow, and map it as an admin would who accepts everything."""
    world = world_of(workflow, readable=readable, seeds=seeds)
    work = Work(failed=note_failure)
    database = Database(sqlite_files.copy(our_tables, tmp_path / "judged.db"))
    with Simulator(world).serve() as simulator:
        host = make_host(
            database=database,
            jobs=MemoryJobs(work, lambda: datetime.now(UTC)),
            key=Vault.new_key(),
            registry=registry,
            jira=settings_for(simulator),
            now=lambda: datetime.now(UTC),
        )
        register(work, host)
        yield map_by_suggestion(host, simulator, readable=readable)
    database.dispose()
