"""The work of channels, as the job engine knows it."""

from __future__ import annotations

from helpdesk_core.channels import creating
from helpdesk_core.host import Host
from helpdesk_core.jobs import Job, RetryLater, Work


def register(work: Work, host: Host) -> None:
    """Add the handlers of channels to `work`."""

    @work.handles(creating.KIND)
    def create(job: Job) -> RetryLater | None:
        number = job.args[0]
        assert isinstance(number, int), "creations are enqueued by their number"
        return creating.carry_on(host, number, attempt=job.attempt)
