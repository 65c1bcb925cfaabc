"""What services know of jobs: how to enqueue one, what a handler is given and may answer, what is waiting.

A job runs at least once: a process that is killed in mid-job leaves it to be run again. So a handler reads the present
state first and makes its change such that doing it twice is doing it once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from sqlalchemy.orm import Session

MAX_SEQ: Final = 2**31 - 1
"""The engine keeps `seq` as its priority, a 32-bit number; it refuses 0."""

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class Queue(StrEnum):
    """The two queues. Each costs a polling thread, so there is never one per connection."""

    LINKS = "links"
    """Somebody waits for it: looked at twice a second."""
    BACKGROUND = "background"
    """Nobody waits for it: webhook renewals, polling, cleaning up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One piece of work, as its handler is given it."""

    kind: str
    key: str
    """Jobs of one key run one at a time, in the order of `seq`; jobs of different keys do not wait for each other."""
    seq: int
    args: tuple[Json, ...] = ()
    queue: Queue = Queue.LINKS
    attempt: int = 1
    """Grows each time the handler answers `RetryLater`; a take-over after a crash does not count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryLater:
    """A handler's answer: not now. The job is tried again after `after`, and the rest of its key waits behind it.

    Meanwhile it holds no worker, so it costs other keys nothing.
    """

    after: timedelta
    reason: str
    """For the log: what is waited for, in a few words without secrets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many jobs the engine holds."""

    waiting: int = 0
    """Ready to run, or behind another job of their key."""
    delayed: int = 0
    """Put off by `RetryLater`, with those behind them that were found out so."""
    running: int = 0
    broken: int = 0
    """Ended by a fault of the engine or of this package. Always 0, unless something is wrong with the program."""

    @property
    def unfinished(self) -> int:
        """Everything that still has to be done: what a bound on a connection's jobs is compared with."""
        return self.waiting + self.delayed + self.running


class Jobs(Protocol):
    """Enqueue work, and see how much there is."""

    def enqueue(self, session: Session, kind: str, key: str, *args: Json, seq: int, queue: Queue = Queue.LINKS) -> None:
        """Enqueue a job in the transaction of `session`: it exists if and only if that commits.

        Cheap (about 2 ms with the request's own writes), but not to be called without bound: see docs/decisions/0008.

        Args:
            session: an open `Database.write()`.
            kind: names the handler.
            key: what is worked on, such as ``connection/7/link/42``; a common prefix can be counted.
            args: small JSON values, never secrets: they are stored as they are. Better an id than a copy.
            seq: the job's place among those of its key, from 1.
            queue: which workers do it.

        Raises:
            ValueError: the key is empty, `seq` is out of range or `args` are not JSON.
        """
        ...

    def counts(self, session: Session, *, prefix: str = "") -> Counts:
        """Count the jobs of all keys that begin with `prefix`."""
        ...

    def oldest(self, session: Session, *, prefix: str = "") -> datetime | None:
        """Return since when the oldest waiting job could have run; None where none is waiting."""
        ...


def make_job(kind: str, key: str, args: Sequence[Json], *, seq: int, queue: Queue) -> Job:
    """Check what a caller wants enqueued; the engine would store some of it wrongly without a word.

    Raises:
        ValueError: see `Jobs.enqueue`.
    """
    if not kind or not key:
        msg = "A job needs a kind and a key."
        raise ValueError(msg)
    if not 1 <= seq <= MAX_SEQ:
        msg = f"The seq of a job of {key!r} is {seq}; it must be from 1 to {MAX_SEQ}."
        raise ValueError(msg)
    try:
        plain = json.loads(json.dumps(args, allow_nan=False))
    except (TypeError, ValueError) as error:
        msg = f"The arguments of a job {kind!r} are not JSON: {error}"
        raise ValueError(msg) from error
    return Job(kind=kind, key=key, seq=seq, args=tuple(plain), queue=queue)
