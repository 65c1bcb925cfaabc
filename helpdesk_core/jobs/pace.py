"""How fast the engine runs: every figure in one place, so that tests may be in more of a hurry than production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """The figures of one worker process. What concerns queues is stored: the process that started last decides."""

    links_poll: timedelta = timedelta(seconds=0.5)
    """From commit to start 0.2 s in the middle, 0.5 s at most, at 1.2 % of a core; a queue cannot be woken."""
    background_poll: timedelta = timedelta(seconds=3)
    links_workers: int = 16
    """Jobs at once. Slots refill only at a poll: of jobs of 0.1 s, 8 workers do 14 a second and 32 do 46."""
    background_workers: int = 4
    beat: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta(seconds=30)
    """Without a beat for so long a process is dead. As long as a writer may wait for SQLite's write lock."""
    listener: timedelta = timedelta(seconds=0.25)
    """A thread of DBOS that we have no use for sleeps so long; stopping waits for it."""
    keep_finished: timedelta = timedelta(hours=1)
    """Long enough that a schedule's turn is still known when the slowest process comes to it."""
    tidy: str = "*/10 * * * *"
    """When finished jobs are deleted, as cron."""
