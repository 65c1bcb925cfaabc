"""The work of keeping in step, as the job engine knows it: which handler does what, and what runs by the clock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from helpdesk_core.channels import creations
from helpdesk_core.connections.models import Connection
from helpdesk_core.host import Host
from helpdesk_core.jobs import Job, Json, RetryLater, Work
from helpdesk_core.mapping import rereading, workflows
from helpdesk_core.sync import applying, backlog, deliveries, listening, outcomes, polling, showing
from helpdesk_core.sync.carrying import synchronize
from helpdesk_core.sync.linking_back import link_back

log = logging.getLogger(__name__)

DATABASE_BUSY: Final = timedelta(seconds=1)


def make_work(host: Host) -> Work:
    """Return all the work of keeping in step, for the worker of a process."""
    work = Work(failed=lambda kind, _key, args, error: _failed(host, kind, args, error))
    register(work, host)
    return work


def register(work: Work, host: Host) -> None:
    """Add the handlers and schedules of keeping in step to `work`."""
    work.handles(backlog.KIND)(patient(lambda job: synchronize(host, _number(job), attempt=job.attempt)))
    work.handles(showing.KIND)(patient(lambda job: link_back(host, _number(job), attempt=job.attempt)))
    work.handles(deliveries.KIND)(patient(lambda job: deliveries.drain(host, str(job.args[0]))))
    work.handles(listening.KIND)(patient(lambda job: listening.listen(host, _number(job), asked=bool(job.args[1]))))
    work.handles(polling.KIND)(patient(lambda job: polling.poll(host, _number(job))))
    work.handles(applying.KIND)(patient(lambda job: applying.apply_choice(host, job)))
    work.handles(workflows.KIND)(patient(lambda job: workflows.renew_workflows(host, _number(job))))
    work.handles(rereading.KIND)(patient(lambda job: _reread(host, job)))
    work.schedule("sync.top_up", lambda: _top_up(host), every=timedelta(seconds=30))
    work.schedule("sync.sweep", lambda: deliveries.sweep(host), every=timedelta(minutes=1))
    work.schedule("sync.listen", lambda: listening.watch(host), every=timedelta(minutes=1))
    work.schedule("sync.poll", lambda: polling.watch(host), every=timedelta(minutes=1))
    work.schedule("mapping.workflows", lambda: workflows.renew_workflows(host), every=timedelta(days=1))
    work.schedule("mapping.vocabulary", lambda: rereading.watch(host), every=rereading.EVERY)
    work.schedule("sync.tidy", lambda: deliveries.tidy(host), every=timedelta(hours=6))


def _reread(host: Host, job: Job) -> RetryLater | None:
    return rereading.reread(host, _number(job), is_urgent=bool(job.args[1]), is_whole=bool(job.args[2]))


def _top_up(host: Host) -> None:
    """Let waiting links of connections that work again move up; what works already does so by itself."""
    with host.database.read() as session:
        ids = session.scalars(select(Connection.id)).all()
    for connection_id in ids:
        with host.database.write() as session:
            backlog.top_up(host.jobs, session, connection_id)


def _failed(host: Host, kind: str, args: tuple[Json, ...], error: Exception) -> None:
    """Keep on record what a handler's fault has stopped; work without a link comes again by its schedule."""
    if not args or not isinstance(args[0], int):
        return
    if kind == backlog.KIND:
        outcomes.broken(host, args[0], error)
    if kind == creations.KIND:
        creations.broken(host, args[0], error)


def _number(job: Job) -> int:
    number = job.args[0]
    assert isinstance(number, int), "links and connections are enqueued by their number"
    return number


def patient(handler: Callable[[Job], RetryLater | None]) -> Callable[[Job], RetryLater | None]:
    """Come back to a job that met a busy database: a deadlock that PostgreSQL resolved, a lock held too long."""

    @wraps(handler)
    def again(job: Job) -> RetryLater | None:
        try:
            return handler(job)
        except OperationalError as error:
            log.warning("%s of %s met a busy database (%s)", job.kind, job.key, type(error.orig).__name__)
            return RetryLater(after=DATABASE_BUSY, reason="the database was busy")

    return again
