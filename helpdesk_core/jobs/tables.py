"""What is read from the engine's own table: counts, and who waits for whom.

DBOS documents this table; its public functions return whole rows, of which a health page would load ten thousand to
count them. Nothing here writes: what happens to a job is decided by DBOS alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Integer, Text, and_, column, func, inspect, select, table
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import TableClause

from helpdesk_core.jobs import slots
from helpdesk_core.jobs.seam import Counts, Job

RUN_JOB: Final = "run_job"
"""The one workflow: its name is stored with every job."""
WAITING, DELAYED, RUNNING, DONE = "ENQUEUED", "DELAYED", "PENDING", "SUCCESS"


def missing(session: Session) -> list[str]:
    """Return which of the tables that we read or write are not there: `client.prepare` makes them."""
    look = inspect(session.connection())
    jobs = _jobs(session)
    named = ((jobs.name, jobs.schema), (slots.processes.name, None))
    return [name for name, schema in named if not look.has_table(name, schema=schema)]


def counts(session: Session, prefix: str) -> Counts:
    """Count the jobs whose keys begin with `prefix`, by state."""
    jobs = _jobs(session)
    number = func.count().label("number")
    query = select(jobs.c.status, number).where(_belongs(jobs, prefix), jobs.c.status != DONE).group_by(jobs.c.status)
    found = {row.status: row.number for row in session.execute(query)}
    waiting, delayed, running = (found.pop(state, 0) for state in (WAITING, DELAYED, RUNNING))
    return Counts(waiting=waiting, delayed=delayed, running=running, broken=sum(found.values()))


def oldest(session: Session, prefix: str) -> datetime | None:
    """Return since when the oldest waiting job could have run."""
    jobs = _jobs(session)
    since = func.min(func.coalesce(jobs.c.delay_until_epoch_ms, jobs.c.created_at))
    stamp = session.scalar(select(since).where(_belongs(jobs, prefix), jobs.c.status == WAITING))
    return None if stamp is None else datetime.fromtimestamp(stamp / 1000, UTC)


def held_until(session: Session, job: Job) -> datetime | None:
    """Return until when an earlier job of the same key is put off; None where `job` may run.

    A put-off job has left its partition, so the engine hands out the next one. This is where that one finds out.
    """
    jobs = _jobs(session)
    earlier = and_(
        jobs.c.status == DELAYED,
        jobs.c.queue_name == job.queue,
        jobs.c.queue_partition_key == job.key,
        jobs.c.priority <= job.seq,
    )
    stamp = session.scalar(select(func.max(jobs.c.delay_until_epoch_ms)).where(earlier))
    return None if stamp is None else datetime.fromtimestamp(stamp / 1000, UTC)


def is_unfinished(session: Session, key: str) -> bool:
    """Tell whether a job of exactly this key is waiting or put off (running does not count)."""
    jobs = _jobs(session)
    waiting = and_(jobs.c.status.in_((WAITING, DELAYED)), jobs.c.queue_partition_key == key)
    return session.scalar(select(jobs.c.priority).where(waiting).limit(1)) is not None


def running_on(session: Session) -> set[str]:
    """Return the names of the processes that hold a running workflow."""
    jobs = _jobs(session)
    return set(session.scalars(select(jobs.c.executor_id).where(jobs.c.status == RUNNING).distinct()))


def _belongs(jobs: TableClause, prefix: str) -> ColumnElement[bool]:
    return and_(jobs.c.name == RUN_JOB, jobs.c.queue_partition_key.startswith(prefix, autoescape=True))


def _jobs(session: Session) -> TableClause:
    """Return the part of DBOS' table that we read. On PostgreSQL it stands in a schema of its own."""
    return table(
        "workflow_status",
        *(column(name, Text) for name in ("status", "name", "queue_name", "queue_partition_key", "executor_id")),
        *(column(name, BigInteger) for name in ("created_at", "delay_until_epoch_ms")),
        column("priority", Integer),
        schema="dbos" if session.get_bind().dialect.name == "postgresql" else None,
    )
