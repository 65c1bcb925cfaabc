"""Worker processes that are killed with -9 and come back.

They are forked from one process that has imported everything: a start takes a tenth of a second instead of two, and
what is killed is a process with threads, connections and work all the same. The one that forks has none of these.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Workers:
    """The worker processes, one a slot."""

    orders: dict[str, object]
    slots: tuple[str, ...]
    killed: int = 0
    _nursery: subprocess.Popen[str] = field(init=False)
    _pids: dict[str, int] = field(default_factory=dict)

    def start(self, slot: str) -> None:
        """Begin to start a worker."""
        assert self._nursery.stdin
        print(json.dumps({**self.orders, "slot": slot}), file=self._nursery.stdin, flush=True)

    def ready(self, slot: str) -> None:
        """Wait until a worker works."""
        assert self._nursery.stdout
        while slot not in self._pids:
            said = self._nursery.stdout.readline().split()
            assert said[:1] == ["working"], f"a worker did not start: {said}"
            self._pids[said[1]] = int(said[2])

    def kill(self, slot: str) -> None:
        """Kill a worker with -9, wherever it is."""
        pid = self._pids.pop(slot)
        if not _lives(pid):
            return  # it had lost its slot to another process, and ended by itself
        os.kill(pid, signal.SIGKILL)
        while _lives(pid):
            time.sleep(0.01)
        self.killed += 1

    def __enter__(self) -> Workers:
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that none of them outlives a test that fails
        )
        for slot in self.slots:
            self.start(slot)
        for slot in self.slots:
            self.ready(slot)
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._nursery.pid, signal.SIGKILL)
        self._nursery.communicate()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
