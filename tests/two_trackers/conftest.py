"""Both remote systems and a helpdesk between them, whose jobs are run by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tracker import Tracker

from helpdesk_core.host import Host
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.sync.work import register
from plugins.jira.simulator import Simulator
from tests.sync.stand import connect, make_host, make_world, settings_for
from tests.two_trackers.both import Both, connect_roundup, roundup
from tests.two_trackers.plugins import both_plugins


class Now:
    """The machine's clock, as Roundup's server has it too; a test may let some time pass at the helpdesk."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(make_world(2)).serve() as simulator:
        yield simulator


@pytest.fixture
def tracker(tmp_path) -> Iterator[Tracker]:
    with roundup(tmp_path) as tracker:
        yield tracker


@pytest.fixture
def host(database, vault_key, work: Work, simulator: Simulator, now: Now) -> Host:
    host = make_host(
        database=database,
        jobs=MemoryJobs(work, now),
        key=vault_key,
        registry=both_plugins(),
        jira=settings_for(simulator),
        now=now,
    )
    register(work, host)
    return host


@pytest.fixture
def both(host: Host, simulator: Simulator, tracker: Tracker) -> Both:
    jira = connect(host, simulator)
    return Both(jira, tracker, connect_roundup(host, tracker))
