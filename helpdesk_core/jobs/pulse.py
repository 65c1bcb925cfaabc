"""The one thread of ours: shows that this process is alive, and takes over the work of those that are not.

DBOS itself resumes only what the same process had been doing; across processes that is a product of its maker. A
schedule could not do this either: its own job might be what the dead process held.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from helpdesk_core.db import Database
from helpdesk_core.jobs import slots, tables
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.jobs.pace import Pace
from helpdesk_core.jobs.slots import Process, Slot, Watch

log = logging.getLogger(__name__)


class Pulse:
    """Beats until it is stopped.

    Args:
        lost: called when another process holds the slot: this one must do no more work under its name.
    """

    def __init__(
        self, database: Database, slot: Slot, jobs: DbosJobs, pace: Pace, *, lost: Callable[[], object]
    ) -> None:
        self._database, self._slot, self._jobs, self._lost = database, slot, jobs, lost
        self._beat = pace.beat.total_seconds()
        self._watch = Watch(pace.lease)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="helpdesk-jobs-pulse", daemon=True)

    def start(self) -> None:
        """Start to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Stop beating, and wait until the thread has ended."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._beat):
            try:
                if not self._slot.beat():
                    log.critical("Another process works as %r now. This one stops running jobs.", self._slot.name)
                    self._lost()
                    return
                self._take_over()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; the next beat tells
                log.warning("No beat of %r: %s", self._slot.name, type(error).__name__)

    def _take_over(self) -> None:
        rows = slots.read(self._database)
        dead: dict[str, Process | None] = {**self._watch.dead(rows, time.monotonic())}
        with self._database.read() as session:  # after the rows: who starts has a row before it has work
            dead |= dict.fromkeys(tables.running_on(session) - rows.keys() - {""}, None)
        dead.pop(self._slot.name, None)
        for name, seen in dead.items():
            if self._slot.take_over(name, seen):
                count = self._jobs.give_back(name)
                log.warning("Process %r is dead; %d of its jobs run again.", name, count)
                self._slot.free(name)
