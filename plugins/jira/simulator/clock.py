"""The simulator's one source of time, so that tests can let 90 days pass at once."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Clock:
    """Seconds since the epoch, from `source` plus whatever was advanced."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._advanced = 0.0
        self._lock = threading.Lock()
        self.listeners: list[Callable[[], None]] = []  # called after every advance

    @classmethod
    def stopped(cls, at: float = 1_780_000_000.0) -> Clock:
        """A clock that moves only when it is advanced."""
        return cls(lambda: at)

    def now(self) -> float:
        with self._lock:
            return self._source() + self._advanced

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("a clock cannot be turned back: give a positive number of seconds")
        with self._lock:
            self._advanced += seconds
        for listener in tuple(self.listeners):
            listener()


def jira_time(moment: float) -> str:
    """Jira's way to write a moment, e.g. `2026-04-28T15:31:13.533+0000` (recorded answers)."""
    written = datetime.fromtimestamp(moment, UTC)
    return f"{written:%Y-%m-%dT%H:%M:%S}.{written.microsecond // 1000:03d}+0000"
