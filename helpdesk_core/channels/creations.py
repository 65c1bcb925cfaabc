"""The issues that tickets are to have: who wants one, which are under way, and what people do about those that stopped.

`creating` carries each one out, in a job. Knows no Flask.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.channels.fields import values_out
from helpdesk_core.channels.models import UNFINISHED, Channel, Creation, CreationState
from helpdesk_core.channels.rules import by_hand, for_tickets
from helpdesk_core.errors import NotFound, Refused, Rejected
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs
from helpdesk_core.sync.links import links_of_ticket
from helpdesk_core.tickets.models import Ticket, Who
from helpdesk_core.values import FieldValue

KIND: Final = "channels.create"
OF_THE_CHANNEL: Final = frozenset({"field_required", "no_permission", "project", "kind"})
"""Refusals that the next ticket would meet too: an admin must mend the channel, and work waits."""
ON_ITS_WAY: Final = timedelta(minutes=1)
"""How long an answer may take at the most: a request is given up after 25 s (`outbound`)."""


class TicketCreated:
    """Observes tickets: a new one gets an issue where its channel says so."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def __call__(self, session: Session, ticket: Ticket, *, now: datetime) -> None:
        """Want an issue for a ticket that was just added; of several channels the oldest is the usual one."""
        channels = for_tickets(session)
        if ticket.channel_id is not None:
            channels = [each for each in channels if each.id == ticket.channel_id]
        if channels:
            by_channel(self._jobs, session, ticket, channels[0], now=now)


def by_channel(jobs: Jobs, session: Session, ticket: Ticket, channel: Channel, *, now: datetime) -> Creation:
    """Want an issue for a ticket, by the rule of a channel: the ticket belongs to it from now on."""
    ticket.channel_id = channel.id
    creation = Creation(
        ticket_id=ticket.id,
        connection_id=channel.connection_id,
        project_id=channel.project_id,
        kind_id=channel.kind_id,
        values=[],
        channel_id=channel.id,
        marker=_new_marker(ticket.id),
        state=CreationState.WAITING,
        by_name=channel.name,
        created_at=now,
    )
    return _add(jobs, session, creation)


def ask_for_issue(
    host: Host,
    session: Session,
    ticket: Ticket,
    *,
    connection_id: int,
    project_id: str,
    kind_id: str,
    values: tuple[FieldValue, ...],
    by: Who,
) -> Creation:
    """Want an issue for a ticket; a job does the rest. If a channel is about such issues, the ticket joins it.

    Args:
        host: the collaborators.
        session: a writing session.
        ticket: for which ticket; its row is locked, so that of two wishes at once one is refused.
        connection_id: where.
        project_id: in which project, which must be in use.
        kind_id: of which kind.
        values: what goes into the fields that were asked for.
        by: who wants it.

    Raises:
        Refused: the ticket has an issue on this connection, or one is being created.
    """
    session.refresh(ticket, ["status"], with_for_update={"key_share": True})
    for link in links_of_ticket(session, ticket.id):
        if link.connection_id == connection_id:
            msg = f"This ticket is linked with {link.issue_key} already. Unlink it first."
            raise Refused(msg)
    if unfinished(session, ticket.id, connection_id):
        msg = "An issue is being created for this ticket already."
        raise Refused(msg)
    channel = by_hand(session, connection_id, project_id, kind_id)
    if channel is not None and ticket.channel_id is None:
        ticket.channel_id = channel.id
    creation = Creation(
        ticket_id=ticket.id,
        connection_id=connection_id,
        project_id=project_id,
        kind_id=kind_id,
        values=values_out(values),
        marker=_new_marker(ticket.id),
        state=CreationState.WAITING,
        by_name=by if isinstance(by, str) else by.name,
        created_at=host.now(),
    )
    return _add(host.jobs, session, creation)


def unfinished(session: Session, ticket_id: int, connection_id: int) -> Creation | None:
    """Return the creation that is under way, or stopped, for a ticket on a connection."""
    query = select(Creation).where(
        Creation.ticket_id == ticket_id,
        Creation.connection_id == connection_id,
        Creation.state.in_(UNFINISHED),
    )
    return session.scalars(query.limit(1)).first()


def count_unfinished(session: Session, channel_id: int, *states: CreationState) -> int:
    """Count the issues that a channel still has to create; only those in some states, if any are named."""
    query = select(func.count()).where(Creation.channel_id == channel_id, Creation.state.in_(states or UNFINISHED))
    return session.scalar(query) or 0


def hold(session: Session, creation_id: int) -> tuple[Channel | None, Creation | None]:
    """Lock a creation and the channel that wants it, in the order of whoever changes a channel.

    So nobody mends a channel between the look at its trouble and what is stored because of that: a creation that
    begins to wait is either seen by who mends the channel, or sees that it was mended.
    """
    known = session.get(Creation, creation_id)
    channel = None
    if known is not None and known.channel_id is not None:
        channel = session.get(Channel, known.channel_id, with_for_update={"key_share": True}, populate_existing=True)
    creation = session.get(Creation, creation_id, with_for_update=True, populate_existing=True)
    if creation is None or creation.channel_id is None:  # given up by the channel, or with it, meanwhile
        channel = None
    return channel, creation


# ── after a refusal ───────────────────────────────────────────────────────────────────────────────────────────────────


def refused(host: Host, creation_id: int, error: Rejected, *, asked_at: datetime) -> bool:
    """Keep on record why an issue was not created. What concerns the whole channel is said there, and work waits.

    Args:
        host: the collaborators.
        creation_id: of which creation.
        error: what the remote system said.
        asked_at: when it was asked. What it said before somebody mended the channel is no trouble of the channel now.

    Returns:
        Whether that is the end for now. False: it is to be asked again at once.
    """
    with host.database.write() as session:
        channel, creation = hold(session, creation_id)
        if creation is None:
            return True
        creation.asked_at = None
        if channel is None or error.code not in OF_THE_CHANNEL:
            creation.state, creation.sentence, creation.cure = CreationState.STOPPED, error.reason, error.cure
            return True
        creation.state = CreationState.WAITING
        if _was_mended_since(channel, asked_at):
            creation.sentence, creation.cure = "", ""
            return False
        creation.sentence, creation.cure = error.reason, error.cure
        if not channel.trouble:
            channel.trouble_since = host.now()
        channel.trouble, channel.cure = error.reason, error.cure
        return True


def stopped(host: Host, creation_id: int, error: Rejected) -> None:
    """Keep on record why it cannot be told what became of an issue that was asked for, or why it is not linked."""
    with host.database.write() as session:
        if creation := session.get(Creation, creation_id, with_for_update=True):
            creation.state = CreationState.STOPPED
            creation.sentence, creation.cure = error.reason, error.cure


def broken(host: Host, creation_id: int, error: Exception) -> None:
    """Write down that a fault of ours ended a creation's job. The error's text may quote anything, so its kind is told.

    What was asked for stays so: on a retry it is looked for, and not created a second time.
    """
    with host.database.write() as session:
        creation = session.get(Creation, creation_id, with_for_update=True)
        if creation is None or creation.state == CreationState.DONE:
            return
        creation.sentence = f"A fault in the helpdesk stopped this ({type(error).__name__}). Nothing was lost."
        creation.cure = "Press Retry; if it comes back, report it with the log of that moment."
        creation.state = CreationState.STOPPED


def go_on(jobs: Jobs, session: Session, channel: Channel, *, now: datetime) -> int:
    """Forget what was wrong with a channel, because somebody mended it; return for how many tickets work goes on."""
    channel.trouble, channel.cure, channel.trouble_since, channel.mended_at = "", "", None, now
    waiting = select(Creation).where(Creation.channel_id == channel.id, Creation.state == CreationState.WAITING)
    creations = session.scalars(waiting.order_by(Creation.id).with_for_update()).all()
    for creation in creations:
        creation.project_id, creation.kind_id = channel.project_id, channel.kind_id
        creation.sentence, creation.cure = "", ""
        session.flush()
        _enqueue(jobs, session, creation)
    return len(creations)


def retry(host: Host, creation_id: int) -> None:
    """Try again what was refused, because somebody mended the cause.

    Raises:
        NotFound: it is gone, or done.
    """
    with host.database.write() as session:
        try_again(host.jobs, session, _stopped(session, creation_id))


def try_again(jobs: Jobs, session: Session, creation: Creation) -> None:
    """Go on with a creation that stopped, in the transaction of whoever found that the cause is gone."""
    creation.state, creation.sentence, creation.cure = _resumed(creation), "", ""
    session.flush()
    _enqueue(jobs, session, creation)


def discard(host: Host, creation_id: int) -> None:
    """Give up an issue that was refused.

    Raises:
        NotFound: it is gone, or done.
    """
    with host.database.write() as session:
        _give_up(session, _stopped(session, creation_id))


def discard_waiting(session: Session, channel_id: int) -> None:
    """Give up what a channel has not asked for yet, because it creates no more; what was asked for comes to its end."""
    waiting = select(Creation).where(
        Creation.channel_id == channel_id, Creation.state.in_((CreationState.WAITING, CreationState.STOPPED))
    )
    for creation in session.scalars(waiting.order_by(Creation.id).with_for_update()):
        _give_up(session, creation)
    session.flush()
    values = session.get_one(Channel, channel_id).values  # they hold to the end of what was asked for
    kept = update(Creation).where(Creation.channel_id == channel_id)
    session.execute(kept.values(channel_id=None, values=values))


def _add(jobs: Jobs, session: Session, creation: Creation) -> Creation:
    session.add(creation)
    session.flush()
    _enqueue(jobs, session, creation)
    return creation


def _enqueue(jobs: Jobs, session: Session, creation: Creation) -> None:
    jobs.enqueue(session, KIND, f"connection/{creation.connection_id}/create/{creation.id}", creation.id, seq=1)


def _was_mended_since(channel: Channel, asked_at: datetime) -> bool:
    """Whether a channel was mended after the remote system was asked; if long after, two machines' clocks differ."""
    return channel.mended_at is not None and timedelta() < channel.mended_at - asked_at <= ON_ITS_WAY


def _resumed(creation: Creation) -> CreationState:
    """Say where a creation goes on: what exists, or may, is not asked for a second time."""
    if creation.issue_id:
        return CreationState.CREATED
    return CreationState.ASKED if creation.asked_at else CreationState.WAITING


def _give_up(session: Session, creation: Creation) -> None:
    """Forget a creation; of an issue that exists, or may, the marker stays known, so that no ticket is made of it."""
    if _resumed(creation) is CreationState.WAITING:
        session.delete(creation)
    else:
        creation.state = CreationState.DONE


def _new_marker(ticket_id: int) -> str:
    return f"hd-{ticket_id}-{secrets.token_hex(12)}"


def _stopped(session: Session, creation_id: int) -> Creation:
    creation = session.get(Creation, creation_id, with_for_update=True)
    if creation is None or creation.state != CreationState.STOPPED:
        msg = "This creation is not stopped any more. Look at the ticket again."
        raise NotFound(msg)
    return creation
