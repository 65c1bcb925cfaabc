"""Brings over what was there before a channel: counted first, then a few at a time, and resumed wherever it ended.

It only hands tickets and issues on, to `creating` and `arriving`, which do each one once. A few are on their way at a
time, because the engine picks among keys at random and a backlog must not starve what people do now
(docs/decisions/0008). Knows no Flask.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.channels.arriving import enqueue, here
from helpdesk_core.channels.creations import by_channel
from helpdesk_core.channels.looking import arrived, creation_facet
from helpdesk_core.channels.models import (
    UNFINISHED,
    Arrival,
    ArrivalState,
    Channel,
    Creation,
    CreationState,
    Transfer,
    Way,
)
from helpdesk_core.db import insert_if_new
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue, RetryLater
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.polling import in_batches
from helpdesk_core.tickets.models import Ticket, Who
from helpdesk_core.tickets.statuses import list_statuses
from helpdesk_core.values import SystemStatus

KIND: Final = "channels.transfer"
AT_ONCE: Final = 10
"""How many of a channel's tickets or issues are on their way at a time."""
AGAIN: Final = timedelta(seconds=2)
WHILE_STOPPED: Final = timedelta(minutes=1)
SOLVED: Final = frozenset({SystemStatus.DONE, SystemStatus.CLOSED})
BATCH: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a transfer has come."""

    transfer: Transfer
    under_way: int
    """Handed on, and neither done nor stopped yet."""

    @property
    def done(self) -> int:
        """How many are over."""
        return max(self.transfer.handed_on - self.under_way, 0)

    @property
    def ended(self) -> bool:
        """Whether all are."""
        return self.transfer.ended_at is not None and not self.under_way


def count_tickets(session: Session, channel: Channel) -> int:
    """Count the tickets that are not solved and could get an issue by a channel; makes no call."""
    return session.scalar(select(func.count()).select_from(_tickets(session, channel).subquery())) or 0


def find_issues(host: Host, channel_id: int) -> int:
    """Look which issues could become tickets, remember them, and count them: one call for each 5,000.

    Those that were counted before and are not found any more are done, deleted or hidden since, and counted no more.

    Raises:
        NotFound: there is no such channel.
        IntegrationError: the remote system cannot be asked.
    """
    with host.database.read() as session:
        channel = _channel(session, channel_id)
        facet = creation_facet(host, session, channel.connection_id)
    if facet is None:
        return 0
    found = arrived(host, channel, facet, minutes=None)
    for some in in_batches(found, BATCH):
        with host.database.write() as session:
            for issue_id in sorted(set(some) - here(session, channel.connection_id, some)):
                _remember(session, channel, issue_id, now=host.now())
    with host.database.write() as session:
        _pass_over(session, channel, set(found))
    with host.database.read() as session:
        return count_issues(session, channel_id)


def _remember(session: Session, channel: Channel, issue_id: str, *, now: datetime) -> None:
    """Keep an issue for the backlog; what was passed over as too old may be brought over all the same."""
    key = {"connection_id": channel.connection_id, "issue_id": issue_id}
    told = {"state": ArrivalState.BACKLOG, "channel_id": channel.id}
    if not insert_if_new(session, Arrival, **key, **told, heard_at=now):
        passed = (Arrival.connection_id == channel.connection_id, Arrival.issue_id == issue_id)
        movable = Arrival.state.in_((ArrivalState.PASSED, ArrivalState.BACKLOG))
        session.execute(update(Arrival).where(*passed, movable).values(**told))


def _pass_over(session: Session, channel: Channel, found: Collection[str]) -> None:
    counted = session.scalars(_issues(channel.id).with_for_update()).all()
    linked = here(session, channel.connection_id, [each.issue_id for each in counted])
    for each in counted:
        if each.issue_id in linked or each.issue_id not in found:
            each.state = ArrivalState.PASSED


def count_issues(session: Session, channel_id: int) -> int:
    """Count the issues that were found, and of which no ticket was made."""
    return session.scalar(select(func.count()).select_from(_issues(channel_id).subquery())) or 0


def begin(host: Host, channel_id: int, way: Way, *, by: Who) -> Transfer:
    """Begin to bring over what is there now; what is created meanwhile is not part of it.

    Raises:
        Refused: the channel does not create this way, is switched off or needs mending, or it is being done already.
        NotFound: there is no such channel.
    """
    with host.database.write() as session:
        channel = _channel(session, channel_id)
        session.refresh(channel, with_for_update=True)
        _refuse(session, channel, way)
        if found := read(session, channel_id, way):
            session.delete(found)
            session.flush()
        query = _tickets(session, channel) if way is Way.OUT else _issues(channel_id)
        ids = session.scalars(query.with_only_columns(Ticket.id if way is Way.OUT else Arrival.id)).all()
        made = Transfer(
            channel_id=channel_id,
            way=way,
            total=len(ids),
            last=max(ids, default=0),
            by_name=by if isinstance(by, str) else by.name,
            begun_at=host.now(),
        )
        session.add(made)
        session.flush()
        _enqueue(host.jobs, session, channel, made)
        return made


def stop(host: Host, channel_id: int, way: Way, *, stopped: bool) -> None:
    """Stop a transfer, or let it go on; what was handed on comes to its end in any case.

    Raises:
        NotFound: there is none under way.
    """
    with host.database.write() as session:
        transfer = read(session, channel_id, way)
        if transfer is None or transfer.ended_at is not None:
            msg = "Nothing is being brought over any more."
            raise NotFound(msg)
        transfer.stopped = stopped
        if not stopped:
            _enqueue(host.jobs, session, _channel(session, channel_id), transfer)


def read(session: Session, channel_id: int, way: Way) -> Transfer | None:
    """Return a channel's transfer, under way or ended."""
    return session.scalars(select(Transfer).where(Transfer.channel_id == channel_id, Transfer.way == way)).first()


def progress(session: Session, channel_id: int, way: Way) -> Progress | None:
    """Return how far a channel's transfer has come; None: there was none."""
    transfer = read(session, channel_id, way)
    return Progress(transfer=transfer, under_way=_under_way(session, channel_id, way)) if transfer else None


def hand_on(host: Host, transfer_id: int) -> RetryLater | None:
    """Hand a few on, unless enough are on their way: the handler of its job. It comes back until all are."""
    with host.database.write() as session:
        transfer = session.get(Transfer, transfer_id, with_for_update=True)
        if transfer is None or transfer.stopped or transfer.ended_at is not None:
            return None
        channel = _channel(session, transfer.channel_id)
        if not _goes(channel, transfer.way):  # an admin has told it since to create the other way only
            transfer.ended_at = host.now()
            return None
        if channel.trouble or not channel.enabled:
            return RetryLater(after=WHILE_STOPPED, reason="the channel does not create now")
        room = AT_ONCE - _under_way(session, channel.id, transfer.way)
        if room > 0 and not _next(host, session, channel, transfer, room):
            transfer.ended_at = host.now()
            return None
    return RetryLater(after=AGAIN, reason="enough are on their way")


def _next(host: Host, session: Session, channel: Channel, transfer: Transfer, room: int) -> int:
    """Hand so many on; return how many there were."""
    handed: list[Ticket] | list[Arrival]
    if transfer.way is Way.OUT:
        within = _tickets(session, channel).where(Ticket.id > transfer.after, Ticket.id <= transfer.last)
        held = within.order_by(Ticket.id).limit(room).with_for_update(key_share=True, of=Ticket)
        handed = list(session.scalars(held))
        ids = [each.id for each in handed]
        # PostgreSQL looks again only at the rows that it locked, not at what others added while they held them
        still = set(session.scalars(within.with_only_columns(Ticket.id).where(Ticket.id.in_(ids))))
        for ticket in (each for each in handed if each.id in still):
            by_channel(host.jobs, session, ticket, channel, now=host.now())
    else:
        found = _issues(channel.id).where(Arrival.id > transfer.after, Arrival.id <= transfer.last)
        handed = list(session.scalars(found.order_by(Arrival.id).limit(room).with_for_update()))
        for arrival in handed:
            arrival.state = ArrivalState.WAITING
            session.flush()
            enqueue(host.jobs, session, arrival)
    if handed:
        transfer.after = handed[-1].id
        transfer.handed_on += len(handed)
    return len(handed)


def _tickets(session: Session, channel: Channel) -> Select[Ticket]:
    """Return the query of tickets that are not solved, belong to no channel, and have no issue on the connection."""
    solved = [status.key for status in list_statuses(session) if status.system in SOLVED]
    linked = exists().where(Link.ticket_id == Ticket.id, Link.connection_id == channel.connection_id)
    wanted = exists().where(
        Creation.ticket_id == Ticket.id,
        Creation.connection_id == channel.connection_id,
        Creation.state.in_(UNFINISHED),
    )
    return select(Ticket).where(Ticket.channel_id.is_(None), Ticket.status.not_in(solved), ~linked, ~wanted)


def _issues(channel_id: int) -> Select[Arrival]:
    return select(Arrival).where(Arrival.channel_id == channel_id, Arrival.state == ArrivalState.BACKLOG)


def _under_way(session: Session, channel_id: int, way: Way) -> int:
    if way is Way.OUT:
        moving = (CreationState.WAITING, CreationState.ASKED, CreationState.CREATED)
        query = select(func.count()).where(Creation.channel_id == channel_id, Creation.state.in_(moving))
    else:
        query = select(func.count()).where(Arrival.channel_id == channel_id, Arrival.state == ArrivalState.WAITING)
    return session.scalar(query) or 0


def _refuse(session: Session, channel: Channel, way: Way) -> None:
    if channel.trouble or not channel.enabled:
        msg = "Mend the channel and switch it on first."
        raise Refused(msg)
    if not _goes(channel, way):
        msg = "This channel does not create in that direction."
        raise Refused(msg)
    found = read(session, channel.id, way)
    if found and found.ended_at is None:
        msg = "It is being brought over already."
        raise Refused(msg)


def _goes(channel: Channel, way: Way) -> bool:
    return channel.creates.outward if way is Way.OUT else channel.creates.inward


def _channel(session: Session, channel_id: int) -> Channel:
    if channel := session.get(Channel, channel_id):
        return channel
    msg = "There is no such channel any more."
    raise NotFound(msg)


def _enqueue(jobs: Jobs, session: Session, channel: Channel, transfer: Transfer) -> None:
    key = f"connection/{channel.connection_id}/channel/{channel.id}/transfer/{transfer.id}"
    jobs.enqueue(session, KIND, key, transfer.id, seq=1, queue=Queue.BACKGROUND)
