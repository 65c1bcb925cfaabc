"""The work of creating issues and carrying comments, as the job engine knows it."""

from __future__ import annotations

from helpdesk_core.channels import creating
from helpdesk_core.conversation import wishes
from helpdesk_core.conversation.carrying import carry
from helpdesk_core.host import Host
from helpdesk_core.jobs import Job, RetryLater, Work


def register(work: Work, host: Host) -> None:
    """Add the handlers of channels to `work`."""

    @work.handles(creating.KIND)
    def create(job: Job) -> RetryLater | None:
        return creating.carry_on(host, _number(job), attempt=job.attempt)

    @work.handles(wishes.KIND)
    def converse(job: Job) -> RetryLater | None:
        return carry(host, _number(job), attempt=job.attempt)


def _number(job: Job) -> int:
    number = job.args[0]
    assert isinstance(number, int), "creations and links are enqueued by their number"
    return number
