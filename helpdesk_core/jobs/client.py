"""Enqueueing with DBOS, in any process: pages, workers, the command line. It starts no thread and runs no job."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Final

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.orm import Session

from helpdesk_core.db import Database
from helpdesk_core.jobs import slots, tables
from helpdesk_core.jobs.seam import Counts, Job, Json, Queue, make_job

APPLICATION: Final = "helpdesk"
"""Owns the jobs in DBOS' tables; client and workers must agree on it."""


def prepare(database: Database) -> None:
    """Make or migrate the tables of the engine. Safe to run again, and by several processes at once.

    They are beside ours on SQLite and in the schema ``dbos`` on PostgreSQL, never part of our own migrations. A web
    process that only enqueues needs them as well, so the program's own setup command calls this too.
    """
    _listen_to_dbos()
    DBOS.migrate(address(database))
    slots.prepare(database)


def address(database: Database) -> str:
    """Return where the engine connects to by itself.

    It has an own pool on the same database: ours begins every transaction with BEGIN IMMEDIATE, which its migrations
    do not survive. An own file would lose what it is here for, enqueueing in our transactions.
    """
    return database.engine.url.render_as_string(hide_password=False)


class DbosJobs:
    """The jobs of one database. Close it when the program ends."""

    def __init__(self, database: Database) -> None:
        _listen_to_dbos()
        self.dbos = DBOSClient(
            system_database_url=address(database),
            serializer=DBOSPortableJSONSerializer(),  # the default is pickle: code in a database
            application_name=APPLICATION,
            lazy=True,  # its own connections are for take-over; enqueueing uses the caller's
        )

    def enqueue(self, session: Session, kind: str, key: str, *args: Json, seq: int, queue: Queue = Queue.LINKS) -> None:
        """Enqueue a job in the transaction of `session`; see `Jobs.enqueue`."""
        job = make_job(kind, key, args, seq=seq, queue=queue)
        self.dbos.enqueue_in_transaction(session, options(job), to_dbos(job))

    def counts(self, session: Session, *, prefix: str = "") -> Counts:
        """Count the jobs of all keys that begin with `prefix`."""
        return tables.counts(session, prefix)

    def oldest(self, session: Session, *, prefix: str = "") -> datetime | None:
        """Return since when the oldest waiting job could have run."""
        return tables.oldest(session, prefix)

    def give_back(self, executor: str) -> int:
        """Let other workers run what `executor` was running, and return how much that was.

        Only for a process that is surely gone. Without the queue's name DBOS would put the jobs into a queue of its
        own, past those of the same key that are waiting (proved; recipes of November 2026).
        """
        running = self.dbos.list_workflows(
            status=tables.RUNNING, executor_id=executor, load_input=False, load_output=False
        )
        for one in running:
            self.dbos.resume_workflow(one.workflow_id, queue_name=one.queue_name)
        return len(running)

    def close(self) -> None:
        """Close the engine's connections of this process."""
        self.dbos.destroy()


def _listen_to_dbos() -> None:
    """Let DBOS log through our configuration, and only what is wrong: below that it names database addresses.

    Without a handler of ours it would add its own and write to the terminal.
    """
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def options(job: Job) -> EnqueueOptions:
    """Say where a job waits: partition = key and priority = seq are what keeps the order.

    By creation time alone only 1 of 20 keys kept it, because that is stored in milliseconds (SQLite: seconds).
    """
    return {
        "workflow_name": tables.RUN_JOB,
        "queue_name": job.queue,
        "queue_partition_key": job.key,
        "priority": job.seq,
    }


def to_dbos(job: Job) -> dict[str, Json]:
    """Return a job as the argument of the workflow. It is stored: what changes here must still read old ones."""
    return {
        "kind": job.kind,
        "key": job.key,
        "seq": job.seq,
        "args": job.args,
        "queue": job.queue.value,
        "attempt": job.attempt,
    }


def from_dbos(stored: dict[str, Any]) -> Job:
    """Return the job that `to_dbos` wrote."""
    return Job(**{**stored, "args": tuple(stored["args"]), "queue": Queue(stored["queue"])})
