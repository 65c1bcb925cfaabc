"""The engine in a hurry, on both databases, and its twin behind the same few calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from helpdesk_core.db import Database
from helpdesk_core.jobs import Job, Jobs, Json, Work
from helpdesk_core.jobs.client import DbosJobs, prepare
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.jobs.pace import Pace
from helpdesk_core.jobs.worker import Worker
from tests.databases import KINDS, NewDatabase

HURRY = Pace(
    links_poll=timedelta(seconds=0.05),
    background_poll=timedelta(seconds=0.05),
    beat=timedelta(seconds=0.2),
    lease=timedelta(seconds=2),
    listener=timedelta(seconds=0.01),
)


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that must come; how long it takes is not what a test is about."""
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


@dataclass
class Diary:
    """What handlers did, told by many threads."""

    jobs: list[Job] = field(default_factory=list)
    failed: list[tuple[str, str, tuple[Json, ...], Exception]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, job: Job) -> None:
        with self.lock:
            self.jobs.append(job)

    def note_failed(self, kind: str, key: str, args: tuple[Json, ...], error: Exception) -> None:
        with self.lock:
            self.failed.append((kind, key, args, error))

    def of(self, key: str) -> list[tuple[int, int]]:
        """Return the runs of one key, as seq and attempt."""
        return [(job.seq, job.attempt) for job in self.jobs if job.key == key]


class Bench(Protocol):
    """The engine or its twin, with the work that a test gives it."""

    database: Database
    jobs: Jobs
    work: Work
    diary: Diary

    def settle(self) -> None:
        """Run everything, waiting for delays to end."""


@dataclass
class TwinBench:
    database: Database
    diary: Diary = field(default_factory=Diary)

    def __post_init__(self) -> None:
        self.work = Work(failed=self.diary.note_failed)
        self.jobs = MemoryJobs(self.work)

    def settle(self) -> None:
        while self.jobs.run_all() or self.jobs.runnable():
            self.jobs.wake()


@dataclass
class EngineBench:
    database: Database
    diary: Diary = field(default_factory=Diary)

    def __post_init__(self) -> None:
        self.work = Work(failed=self.diary.note_failed)
        self.jobs = DbosJobs(self.database)

    @contextmanager
    def running(self, slot: str = "web", pace: Pace = HURRY) -> Iterator[Worker]:
        worker = Worker(self.database, self.work, slot=slot, pace=pace)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()

    def is_idle(self) -> bool:
        with self.database.read() as session:
            return self.jobs.counts(session).unfinished == 0

    def settle(self) -> None:
        with self.running():
            until(self.is_idle, "all jobs were done")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def jobs_database(kind: str, new_database: NewDatabase) -> Iterator[Database]:
    """Return a database in which the engine's tables stand, once of each kind."""
    database = Database(new_database(kind, prepare))
    yield database
    database.dispose()


@pytest.fixture
def bench(jobs_database: Database) -> Iterator[EngineBench]:
    bench = EngineBench(jobs_database)
    yield bench
    bench.jobs.close()


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[TwinBench]:
    database = Database(f"sqlite:///{tmp_path / 'twin.db'}")
    yield TwinBench(database)
    database.dispose()


@pytest.fixture(params=["twin", *KINDS])
def either(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Bench]:
    """Return the twin, then the engine on each database: they must not be told apart."""
    if request.param == "twin":
        yield request.getfixturevalue("twin")
        return
    database = Database(new_database(request.param, prepare))
    bench = EngineBench(database)
    yield bench
    bench.jobs.close()
    database.dispose()
