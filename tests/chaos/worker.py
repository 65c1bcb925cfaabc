"""Worker processes that are killed again and again; each line of JSON on standard input starts one more.

Run by the tests as ``python -m tests.chaos.worker``; see `tests.chaos.workers`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk_core.channels import arriving, creating
from helpdesk_core.channels.work import register
from helpdesk_core.connections import credentials
from helpdesk_core.conversation import carrying
from helpdesk_core.db import Database
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.jobs.pace import Pace
from helpdesk_core.jobs.worker import Worker
from helpdesk_core.sync import backlog, polling, waiting
from helpdesk_core.sync.work import make_work
from helpdesk_core.values import Secret
from plugins.registry import build_registry
from tests.sync.stand import make_host
from tests.two_trackers.plugins import both_plugins

HURRY = Pace(
    links_poll=timedelta(seconds=0.1),
    background_poll=timedelta(seconds=0.3),
    links_workers=24,
    beat=timedelta(seconds=0.3),
    lease=timedelta(seconds=3),
    listener=timedelta(seconds=0.01),
)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever was killed is not waited for
    gc.freeze()
    for line in sys.stdin:
        if os.fork() == 0:
            os.close(sys.stdin.fileno())
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                work(json.loads(line))
            finally:
                os._exit(0)


def work(orders: dict[str, Any]) -> None:
    waiting.FIRST_S, waiting.LONGEST_S, backlog.AT_ONCE = 0.1, 1.0, 60  # a run takes a minute, not an hour
    polling.LIVELY = polling.IDLE = timedelta(seconds=2)
    polling.EARLY = timedelta()
    creating.SETTLING, creating.LOOK_AGAIN = timedelta(seconds=8), timedelta(seconds=2)  # search lags by 3 s
    arriving.WHILE_PAUSED = creating.WHILE_PAUSED = carrying.WHILE_PAUSED = timedelta(seconds=1)
    credentials.LEASE = timedelta(seconds=8)  # of a worker that was killed while it renewed the sign-in
    database = Database(orders["database_url"])
    host = make_host(
        database=database,
        jobs=DbosJobs(database),
        key=Secret(orders["key"]),
        registry=both_plugins() if orders.get("roundup") else build_registry(),
        jira=orders["jira"],
        now=lambda: datetime.now(UTC),
        base_url=orders["base_url"],
    )
    what = make_work(host)
    register(what, host)
    worker = Worker(database, what, slot=orders["slot"], pace=replace(HURRY))
    worker.start()
    print("working", orders["slot"], os.getpid(), flush=True)  # noqa: T201 - the test waits for this line
    worker.wait()


if __name__ == "__main__":
    main()
