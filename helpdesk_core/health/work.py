"""The work of looking after connections, as the job engine knows it."""

from __future__ import annotations

from datetime import timedelta

from helpdesk_core.health import watching
from helpdesk_core.health.examining import examine
from helpdesk_core.host import Host
from helpdesk_core.jobs import Job, Work
from helpdesk_core.sync.work import patient


def register(work: Work, host: Host) -> None:
    """Add the handlers and schedules of health to `work`."""

    @work.handles(watching.KIND)
    @patient
    def look(job: Job) -> None:
        number = job.args[0]
        assert isinstance(number, int), "connections are enqueued by their number"
        examine(host, number)

    work.schedule("health.watch", lambda: watching.watch(host), every=timedelta(minutes=1))
    work.schedule("health.keep_alive", lambda: watching.keep_alive(host), every=timedelta(days=1))
