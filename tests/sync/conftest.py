"""A stand whose jobs are run by hand, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.sync.work import register
from plugins.jira.simulator import Simulator
from plugins.registry import build_registry
from tests.conftest import Clock
from tests.sync.stand import Stand, connect, make_host, make_world, settings_for


@pytest.fixture(scope="session")
def registry() -> IntegrationRegistry:
    return build_registry()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(make_world()).serve() as simulator:
        yield simulator


@pytest.fixture
def host(database, registry, vault_key, work: Work, clock: Clock, simulator) -> Host:
    host = make_host(
        database=database,
        jobs=MemoryJobs(work, clock),
        key=vault_key,
        registry=registry,
        jira=settings_for(simulator),
        now=clock,
    )
    register(work, host)
    return host


@pytest.fixture
def stand(host: Host, simulator: Simulator) -> Stand:
    return connect(host, simulator)


@pytest.fixture
def jobs(host: Host) -> MemoryJobs:
    assert isinstance(host.jobs, MemoryJobs)
    return host.jobs
