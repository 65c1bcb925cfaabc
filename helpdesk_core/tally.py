"""What calls to remote systems cost, counted in this process until somebody writes it down.

A row that each call changed would make every call wait for the database. Nothing here is lost by more than a moment:
`helpdesk_core.connections.contact` writes it down when a call is made and the last time was long ago, and when someone
looks.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from helpdesk_core.values import Usage

EVERY: Final = timedelta(seconds=30)
"""How long what was counted may wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What was counted for one connection since it was last written down."""

    calls: int = 0
    points: int = 0
    refreshes: int = 0
    left: int | None = None
    limit: int | None = None
    whole_at: datetime | None = None
    """When the budget is whole again."""
    answered_at: datetime | None = None


class Tally:
    """Counts, for all connections; several threads may use it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[int, Counted] = {}
        self._written_at: dict[int, datetime] = {}

    def call(self, connection_id: int) -> None:
        """Count one call that was answered."""
        self._add(connection_id, calls=1)

    def refresh(self, connection_id: int) -> None:
        """Count one renewal of credentials."""
        self._add(connection_id, refreshes=1)

    def spend(self, connection_id: int, usage: Usage, *, now: datetime) -> None:
        """Count what a call cost, and keep what is left."""
        with self._lock:
            was = self._counted.get(connection_id, Counted())
            was = replace(was, points=was.points + usage.points)
            if usage.left is not None:
                whole_at = None if usage.resets_in is None else now + timedelta(seconds=usage.resets_in)
                was = replace(was, left=usage.left, limit=usage.limit, whole_at=whole_at)
            self._counted[connection_id] = was

    def answered(self, connection_id: int, *, now: datetime) -> bool:
        """Note that a question was answered; tell whether it is time to write down what was counted."""
        with self._lock:
            was = self._counted.get(connection_id, Counted())
            self._counted[connection_id] = replace(was, answered_at=now)
            written = self._written_at.get(connection_id)
            return written is None or now - written >= EVERY

    def forget_writing(self, connection_id: int) -> None:
        """Have the next answer written down at once, because it is news: the one before failed."""
        with self._lock:
            self._written_at.pop(connection_id, None)

    def take(self, connection_id: int, *, now: datetime) -> Counted:
        """Return what was counted, and begin anew: the caller writes it down."""
        with self._lock:
            self._written_at[connection_id] = now
            return self._counted.pop(connection_id, Counted())

    def put_back(self, connection_id: int, counted: Counted) -> None:
        """Count again what could not be written down; what came in meanwhile is newer."""
        with self._lock:
            new = self._counted.get(connection_id, Counted())
            budget = counted if new.left is None else new
            self._counted[connection_id] = Counted(
                calls=counted.calls + new.calls,
                points=counted.points + new.points,
                refreshes=counted.refreshes + new.refreshes,
                left=budget.left,
                limit=budget.limit,
                whole_at=budget.whole_at,
                answered_at=new.answered_at or counted.answered_at,
            )

    def connections(self) -> list[int]:
        """Return for which connections something waits to be written down."""
        with self._lock:
            return sorted(self._counted)

    def _add(self, connection_id: int, *, calls: int = 0, refreshes: int = 0) -> None:
        with self._lock:
            was = self._counted.get(connection_id, Counted())
            self._counted[connection_id] = replace(was, calls=was.calls + calls, refreshes=was.refreshes + refreshes)
