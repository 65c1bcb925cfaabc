"""The engine's twin without a database: the same seam, run by hand, for unit and law tests by the thousand.

Who tests decides which key runs next and when a delay is over, so every interleaving that the engine allows can be
played, and none that it does not: tests/jobs/test_contract.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from helpdesk_core.jobs.seam import Counts, Job, Json, Queue, make_job
from helpdesk_core.jobs.work import Work

BUFFER: Final = "helpdesk.jobs"


@dataclass(slots=True)
class _Waiting:
    job: Job
    since: datetime
    put_off: bool = False


@dataclass(frozen=True, slots=True)
class _Buffered:
    job: Job
    savepoint: SessionTransaction | None


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryJobs:
    """Jobs in memory, run one by one."""

    def __init__(self, work: Work, now: Callable[[], datetime] = _now) -> None:
        self._work = work
        self._now = now
        self._jobs: list[_Waiting] = []

    # ── the seam ────────────────────────────────────────────────────────────────────────────────────────────────────

    def enqueue(self, session: Session, kind: str, key: str, *args: Json, seq: int, queue: Queue = Queue.LINKS) -> None:
        """Enqueue a job when `session` commits; see `Jobs.enqueue`."""
        job = make_job(kind, key, args, seq=seq, queue=queue)
        if BUFFER not in session.info:
            self._follow(session)
        session.connection()  # as with the engine there is a transaction from now on, whose end is told
        session.info[BUFFER].append(_Buffered(job, session.get_nested_transaction()))

    def counts(self, session: Session, *, prefix: str = "") -> Counts:
        """Count jobs, with those that `session` has enqueued but not committed."""
        put_off = [one.put_off for one in self._jobs if one.job.key.startswith(prefix)]
        buffered = [one for one in session.info.get(BUFFER, ()) if one.job.key.startswith(prefix)]
        return Counts(waiting=put_off.count(False) + len(buffered), delayed=put_off.count(True))

    def oldest(self, _session: Session, *, prefix: str = "") -> datetime | None:
        """Return since when the oldest committed job is waiting."""
        return min(
            (one.since for one in self._jobs if not one.put_off and one.job.key.startswith(prefix)), default=None
        )

    # ── what a test does in the place of workers and clocks ─────────────────────────────────────────────────────────

    def runnable(self) -> list[str]:
        """Return the keys whose first job may run now."""
        return sorted({one.job.key for one in self._jobs if self._head(one.job.key) is one and not one.put_off})

    def run(self, key: str) -> None:
        """Run the first job of a key. What the handler raises beside `Exception` is a crash: the job stays."""
        head = self._head(key)
        if head is None or head.put_off:
            msg = f"No job of {key!r} may run now."
            raise LookupError(msg)
        again = self._work.perform(head.job)
        if again is None:
            self._jobs.remove(head)
        else:
            head.job, head.put_off = replace(head.job, attempt=head.job.attempt + 1), True

    def run_all(self) -> int:
        """Run until nothing may run any more, and return how many runs that took. Delays do not end meanwhile."""
        runs = 0
        while keys := self.runnable():
            for key in keys:
                self.run(key)
                runs += 1
        return runs

    def wake(self, key: str | None = None) -> None:
        """Let the delay of one key's put-off job, or of all, be over."""
        for one in self._jobs:
            if one.put_off and key in {None, one.job.key}:
                one.put_off, one.since = False, self._now()

    def tick(self, name: str) -> None:
        """Let the moment of a schedule come: its job is enqueued, unless one is waiting."""
        job = self._work.schedules[name].job()
        if self._head(job.key) is None:
            self._add([job])

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _head(self, key: str) -> _Waiting | None:
        # min keeps the first of equals: the order of arrival
        return min((one for one in self._jobs if one.job.key == key), key=lambda one: one.job.seq, default=None)

    def _add(self, jobs: Iterable[Job]) -> None:
        self._jobs += [_Waiting(job, self._now()) for job in jobs]

    def _follow(self, session: Session) -> None:
        """Keep what `session` enqueues until its transaction ends, one way or the other."""
        session.info[BUFFER] = []

        @event.listens_for(session, "after_commit")
        def flush(session: Session) -> None:
            if not session.in_nested_transaction():  # releasing a savepoint is told as a commit too
                self._add(one.job for one in session.info[BUFFER])
                session.info[BUFFER].clear()

        @event.listens_for(session, "after_soft_rollback")
        def drop(session: Session, ended: SessionTransaction) -> None:
            session.info[BUFFER] = [one for one in session.info[BUFFER] if not _within(one.savepoint, ended)]

        @event.listens_for(session, "after_transaction_end")
        def forget(session: Session, ended: SessionTransaction) -> None:
            if ended.parent is None:  # what is still here was rolled back, or closed without a word
                session.info[BUFFER].clear()


def _within(savepoint: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while savepoint is not None and savepoint is not ended:
        savepoint = savepoint.parent
    return savepoint is not None
