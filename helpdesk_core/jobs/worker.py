"""Runs jobs with DBOS: in the web process on SQLite, in worker processes on PostgreSQL.

DBOS is one per process, keeps its registrations in a global, and ignores a second configuration without a word; so a
lock admits one `Worker` at a time and everything is registered anew at each start.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from helpdesk_core.db import Database
from helpdesk_core.errors import Misconfigured
from helpdesk_core.jobs import tables
from helpdesk_core.jobs.client import APPLICATION, DbosJobs, address, from_dbos, options, prepare, to_dbos
from helpdesk_core.jobs.pace import Pace
from helpdesk_core.jobs.pulse import Pulse
from helpdesk_core.jobs.seam import Job, Json, Queue, RetryLater
from helpdesk_core.jobs.slots import Slot
from helpdesk_core.jobs.tidying import delete_finished
from helpdesk_core.jobs.work import UNRECORDED, Work

log = logging.getLogger(__name__)

FORMAT: Final = "1"
"""DBOS' application version. By default a hash of the code, and then a release would leave waiting jobs lying."""
RUN_SCHEDULE: Final = "run_schedule"
TIDY: Final = "jobs.tidy"
THREADS: Final = "dbos-executor-"
GIVING_WAY: Final = 10

_one_per_process = threading.Lock()


def give_way() -> None:
    """Let the web process on the same machine go first: people wait for pages, and senders for their answer."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(GIVING_WAY)


class Stopping(BaseException):
    """A job was handed out while the worker stops. Not an `Exception`: DBOS would record it as the job's end."""


class Worker:
    """The part of a process that runs jobs. It is started once, and stopped once.

    Args:
        database: where the jobs are.
        work: what this program can do. Workers of one database are given the same.
        slot: a name that no other process has, such as ``web`` or ``worker-2``; the same at each start, so that a
            restart finds again at once what it was doing.
        pace: figures for tests and large installations.
    """

    def __init__(self, database: Database, work: Work, *, slot: str, pace: Pace | None = None) -> None:
        self._database, self._work, self._pace = database, work, pace or Pace()
        self._slot = Slot(database, slot)
        self._jobs = DbosJobs(database)
        self._pulse = Pulse(database, self._slot, self._jobs, self._pace, lost=self._end)
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._ending = threading.Lock()

    def start(self) -> None:
        """Start to run jobs, and return.

        Raises:
            Misconfigured: this process runs jobs already, or another one holds the slot.
        """
        if not _one_per_process.acquire(blocking=False):
            msg = "This process runs jobs already; the engine is one per process. Stop the other worker first."
            raise Misconfigured(msg)
        try:
            prepare(self._database)
            self._slot.claim(self._pace.lease)
        except BaseException:
            _one_per_process.release()
            raise
        self._pulse.start()
        try:
            self._work = self._work.copy()
            self._work.schedule(TIDY, self._tidy, cron=self._pace.tidy)
            self._launch()
        except BaseException:
            self.stop(grace=timedelta())
            raise

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Block until the worker has ended: it was stopped, or lost its slot. Return whether it has."""
        return self._ended.wait(None if timeout is None else timeout.total_seconds())

    def stop(self, *, grace: timedelta = timedelta(seconds=10)) -> None:
        """Start no more jobs, let the running ones end for the length of `grace`, and close everything.

        What does not end in time is run again by somebody else; so is a job that was handed out at the last moment.
        """
        lost = self._ended.is_set()
        finished = self._end(grace)
        self._pulse.stop()
        if finished and not lost:
            self._jobs.give_back(self._slot.name)
            self._slot.free()
        self._jobs.close()

    # ── lifecycle ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _launch(self) -> None:
        DBOS(config=self._config())
        DBOS.workflow(name=tables.RUN_JOB, max_recovery_attempts=None)(self._run_job())
        run_schedule = DBOS.workflow(name=RUN_SCHEDULE, max_recovery_attempts=None)(self._run_schedule())
        self._register_queue(Queue.LINKS, self._pace.links_poll, self._pace.links_workers)
        self._register_queue(Queue.BACKGROUND, self._pace.background_poll, self._pace.background_workers)
        DBOS.launch()
        for stored in DBOS.list_schedules():
            if stored["schedule_name"] not in self._work.schedules:
                DBOS.delete_schedule(stored["schedule_name"])
        DBOS.apply_schedules(
            [
                {"schedule_name": one.name, "workflow_fn": run_schedule, "schedule": one.cron, "context": one.name}
                for one in self._work.schedules.values()
            ]
        )

    def _config(self) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "system_database_url": address(self._database),
            "application_version": FORMAT,
            "executor_id": self._slot.name,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,  # a connection more, for events that we do not use
            "notification_listener_polling_interval_sec": self._pace.listener.total_seconds(),
            "run_migrations": False,  # `prepare` has done it, the same way for workers and for pages
            "sys_db_pool_size": self._pace.links_workers + self._pace.background_workers + 6,
            "log_level": "WARNING",
        }

    def _register_queue(self, queue: Queue, poll: timedelta, workers: int) -> None:
        """Make a queue before launch, so that it is polled from the first moment.

        Nothing but these two limits: any other leaves the path on which DBOS fetches the heads of all keys at once.
        """
        self._jobs.dbos.register_queue(
            queue, partition_concurrency=1, worker_concurrency=workers, polling_interval_sec=poll.total_seconds()
        )

    def _end(self, grace: timedelta = timedelta()) -> bool:
        """End DBOS, and return whether all its threads have ended."""
        with self._ending:
            self._stopping.set()
            if not self._ended.is_set():
                busy = self._is_running()
                DBOS.destroy(
                    destroy_registry=True,
                    workflow_completion_timeout_sec=int(grace.total_seconds()) if busy else 0,  # it sleeps 1 s at least
                )
                self._ended.set()
                _one_per_process.release()
        threads = [thread for thread in threading.enumerate() if thread.name.startswith(THREADS)]
        for thread in threads:
            thread.join(timeout=1)
        return not any(thread.is_alive() for thread in threads)

    def _is_running(self) -> bool:
        with suppress(Exception), self._database.read() as session:
            return self._slot.name in tables.running_on(session)
        return True  # the database is away: wait for the jobs

    # ── running ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _run_job(self) -> Any:
        """Make the one workflow: a step, whose outcome is recorded, and if need be a delayed job in its place.

        Both are DBOS' own records, so a crash between them repeats neither the work nor the new job.
        """

        def run_job(stored: dict[str, Any]) -> None:
            job = from_dbos(stored)
            again = DBOS.run_step({"name": "attempt"}, self._attempt, job)
            if again is not None:
                delayed = options(job) | {"delay_seconds": max(0.0, again["after"])}
                DBOS.enqueue_workflow_with_options(delayed, to_dbos(replace(job, attempt=again["attempt"])))

        return run_job

    def _attempt(self, job: Job) -> dict[str, Any] | None:
        """Run a job unless its time has not come. Return when it is to be tried again, and as which attempt."""
        if self._stopping.is_set():
            raise Stopping
        try:
            with self._database.read() as session:
                held = tables.held_until(session, job)
        except Exception as error:  # noqa: BLE001 - DBOS would record any exception as the job's end
            log.warning("No database when %s of %s was to run: %s", job.kind, job.key, type(error).__name__)
            return _again(RetryLater(after=UNRECORDED, reason="the database was away"), job.attempt)
        if held:
            return _again(RetryLater(after=held - datetime.now(UTC), reason="an earlier job is put off"), job.attempt)
        answer = self._work.perform(job)
        return None if answer is None else _again(answer, job.attempt + 1)

    def _run_schedule(self) -> Any:
        """Make the workflow of a schedule's turn. It only enqueues, and DBOS starts it once whoever is there."""

        def run_schedule(_moment: str, name: str) -> None:
            if name in self._work.schedules and DBOS.run_step({"name": "due"}, self._is_due, name):
                job = self._work.schedules[name].job()
                DBOS.enqueue_workflow_with_options(options(job), to_dbos(job))

        return run_schedule

    def _is_due(self, name: str) -> bool:
        with self._database.read() as session:
            return not tables.is_unfinished(session, self._work.schedules[name].job().key)

    def _tidy(self) -> None:
        delete_finished(self._jobs.dbos, before=datetime.now(UTC) - self._pace.keep_finished)


def _again(answer: RetryLater, attempt: int) -> dict[str, Json]:
    return {"after": answer.after.total_seconds(), "attempt": attempt}
