"""The work that a program can do: handlers by kind and schedules, handed to the engine or its twin by the wiring.

Running one job is here too, so that engine and twin cannot differ in what an answer or an exception means.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

from helpdesk_core.jobs.seam import Job, Json, Queue, RetryLater

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[Job], RetryLater | None]
Failed: TypeAlias = Callable[[str, str, tuple[Json, ...], Exception], None]
"""Called with kind, key, args and the error. It writes our own record of failed work, from which a replay is made."""

UNRECORDED: Final = timedelta(minutes=1)
"""When to come back to a job whose failure could not be recorded, as while the database is away."""
SCHEDULE: Final = "schedule:"
"""A schedule's jobs have this and its name as their kind and key: so they run one at a time like those of any key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Periodic work."""

    name: str
    cron: str

    def job(self) -> Job:
        """Return the job of one turn."""
        return Job(kind=f"{SCHEDULE}{self.name}", key=f"{SCHEDULE}{self.name}", seq=1, queue=Queue.BACKGROUND)


class Work:
    """What the handlers of a program are, without any global: the wiring makes one and hands it on.

    Args:
        failed: told of every exception that a handler raised; the job is over then.
    """

    def __init__(self, *, failed: Failed) -> None:
        self._failed = failed
        self._handlers: dict[str, Handler] = {}
        self.schedules: dict[str, Schedule] = {}

    def copy(self) -> Work:
        """Return a copy, to which the engine adds work of its own."""
        copy = Work(failed=self._failed)
        copy._handlers, copy.schedules = dict(self._handlers), dict(self.schedules)
        return copy

    def handles(self, kind: str) -> Callable[[Handler], Handler]:
        """Register the decorated function for jobs of this kind."""

        def register(handler: Handler) -> Handler:
            if kind in self._handlers:
                msg = f"Jobs of kind {kind!r} have a handler already."
                raise ValueError(msg)
            self._handlers[kind] = handler
            return handler

        return register

    def schedule(
        self,
        name: str,
        handler: Callable[[], RetryLater | None],
        *,
        every: timedelta | None = None,
        cron: str | None = None,
    ) -> None:
        """Run `handler` periodically, in one process at a time; a turn that is still waiting swallows the next.

        Args:
            name: names the work for good: it is stored.
            handler: is run on the background queue; what it answers or raises means the same as for a job.
            every: a whole part of a minute, an hour or a day.
            cron: five fields, or six with seconds in front; in UTC.
        """
        if (every is None) == (cron is None):
            msg = f"Schedule {name!r} needs either every or cron."
            raise ValueError(msg)
        schedule = Schedule(name=name, cron=cron or _cron(every or timedelta()))
        self.handles(schedule.job().kind)(lambda _job: handler())
        self.schedules[name] = schedule

    def perform(self, job: Job) -> RetryLater | None:
        """Run one job to its end. Whatever a handler raises ends in the record of failed work, or is tried again."""
        try:
            again = self._handler(job.kind)(job)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything, and its job must not be lost
            log.error("Job %s of %s failed: %s", job.kind, job.key, _name(error))  # noqa: TRY400 - a traceback quotes it
            again = self._report(job, error)
        if again is not None:
            log.info("Job %s of %s is tried again in %s: %s", job.kind, job.key, again.after, again.reason)
        return again

    def _handler(self, kind: str) -> Handler:
        try:
            return self._handlers[kind]
        except KeyError:
            msg = f"This program has no handler for jobs of kind {kind!r}."
            raise LookupError(msg) from None

    def _report(self, job: Job, error: Exception) -> RetryLater | None:
        try:
            self._failed(job.kind, job.key, job.args, error)
        except Exception as second:  # noqa: BLE001 - as above: without a record the job is all there is
            log.error("Failed job %s of %s was not recorded: %s", job.kind, job.key, _name(second))  # noqa: TRY400 - as above
            return RetryLater(after=UNRECORDED, reason="its failure could not be recorded")
        return None


def _name(error: Exception) -> str:
    """Tell an error by its type and place: its message may quote what a customer wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _cron(every: timedelta) -> str:
    """Write a period as cron, which cannot say every period: 90 seconds or 7 hours would drift at the hour's end."""
    seconds = int(every.total_seconds())
    if seconds and seconds == every.total_seconds():
        if 60 % seconds == 0 and seconds < 60:  # noqa: PLR2004 - seconds of a minute
            return f"*/{seconds} * * * * *"
        minutes, rest = divmod(seconds, 60)
        if not rest and 60 % minutes == 0 and minutes < 60:  # noqa: PLR2004 - minutes of an hour
            return f"*/{minutes} * * * *"
        hours, rest = divmod(seconds, 3600)
        if not rest and 24 % hours == 0:
            return f"0 */{hours} * * *" if hours < 24 else "0 0 * * *"  # noqa: PLR2004 - hours of a day
    msg = f"{every} is no whole part of a minute, an hour or a day: say it as cron."
    raise ValueError(msg)
