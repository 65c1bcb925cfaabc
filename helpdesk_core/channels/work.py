"""The work of creating issues and carrying comments, as the job engine knows it."""

from __future__ import annotations

from datetime import timedelta

from helpdesk_core.channels import arriving, creating, creations, looking, sweeping, transferring, trying
from helpdesk_core.conversation import wishes
from helpdesk_core.conversation.carrying import carry
from helpdesk_core.host import Host
from helpdesk_core.jobs import Job, RetryLater, Work
from helpdesk_core.sync.work import patient


def register(work: Work, host: Host) -> None:
    """Add the handlers of channels to `work`."""

    @work.handles(creations.KIND)
    @patient
    def create(job: Job) -> RetryLater | None:
        return creating.carry_on(host, _number(job), attempt=job.attempt)

    @work.handles(arriving.KIND)
    @patient
    def arrive(job: Job) -> RetryLater | None:
        return arriving.arrive(host, _number(job), attempt=job.attempt)

    @work.handles(looking.KIND)
    @patient
    def look(job: Job) -> RetryLater | None:
        looking.look(host, _number(job))
        return None

    @work.handles(transferring.KIND)
    @patient
    def transfer(job: Job) -> RetryLater | None:
        return transferring.hand_on(host, _number(job))

    @work.handles(trying.KIND)
    @patient
    def clean_up(job: Job) -> RetryLater | None:
        return trying.clean_up(host, _number(job), attempt=job.attempt)

    @work.handles(wishes.KIND)
    @patient
    def converse(job: Job) -> RetryLater | None:
        return carry(host, _number(job), attempt=job.attempt)

    work.schedule("channels.look", lambda: looking.watch(host), every=timedelta(minutes=1))
    work.schedule("channels.sweep", lambda: sweeping.sweep(host), every=timedelta(minutes=5))


def _number(job: Job) -> int:
    number = job.args[0]
    assert isinstance(number, int), "creations and links are enqueued by their number"
    return number
