"""Saves, switches and deletes channels, and refuses what would make two issues of a ticket or two tickets of an issue.

Makes no call and knows no Flask: what creating demands was read before, by `asking`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk_core.channels import arriving
from helpdesk_core.channels.asking import Target
from helpdesk_core.channels.creations import discard_waiting, go_on
from helpdesk_core.channels.fields import values_out
from helpdesk_core.channels.looking import ask_to_look
from helpdesk_core.channels.models import MAX_CHANNEL_NAME, Channel, Creation, CreationState, Way
from helpdesk_core.channels.rules import for_issues
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import Host
from helpdesk_core.sync.listening import ask_to_listen
from helpdesk_core.sync.models import Listening
from helpdesk_core.tickets.models import Ticket, Who
from helpdesk_core.values import CreateField, FieldValue

NOT_ASKED_FOR: Final = (CreationState.WAITING, CreationState.STOPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What an admin entered."""

    name: str
    where: Target
    creates: Way
    status: Way
    comments: Way
    public: bool
    values: tuple[FieldValue, ...] = ()


def missing(fields: Iterable[CreateField], values: Iterable[FieldValue]) -> list[CreateField]:
    """Return the fields that creating demands and for which there is no value: with one missing nothing is saved."""
    filled = {each.field.id for each in values if each.value}
    return [field for field in fields if field.required and field.id not in filled]


def list_channels(session: Session, connection_id: int | None = None) -> list[Channel]:
    """Return all channels, or those of one connection, in the order in which they were made."""
    query = select(Channel).order_by(Channel.id)
    if connection_id is not None:
        query = query.where(Channel.connection_id == connection_id)
    return list(session.scalars(query))


def get_channel(session: Session, channel_id: int) -> Channel:
    """Return a channel.

    Raises:
        NotFound: there is none, or not any more.
    """
    if found := session.get(Channel, channel_id):
        return found
    msg = "There is no such channel any more."
    raise NotFound(msg)


def add(host: Host, connection_id: int, draft: Draft, *, by: Who) -> Channel:
    """Add a channel, switched on. Only what is created from now on is touched.

    Raises:
        Refused: the name is missing, or the issues become tickets by another channel already.
        NotFound: the connection is gone.
    """
    with host.database.write() as session:
        _hold(session, connection_id)
        channel = Channel(
            connection_id=connection_id,
            enabled=True,
            since=host.now(),
            by_name=by if isinstance(by, str) else by.name,
            created_at=host.now(),
        )
        _write(session, channel, draft)
        session.add(channel)
        session.flush()
        _begin(host, session, channel)
        return channel


def change(host: Host, channel_id: int, draft: Draft) -> int:
    """Change a channel, and let work go on that waited for it to be mended.

    Returns:
        For how many tickets work goes on.

    Raises:
        Refused: as `add`.
        NotFound: the channel is gone.
    """
    with host.database.write() as session:
        channel = get_channel(session, channel_id)
        _hold(session, channel.connection_id)
        session.refresh(channel, with_for_update=True)
        place, creates, comments = (channel.project_id, channel.kind_id), channel.creates, channel.comments
        _write(session, channel, draft)
        if channel.comments.outward and not comments.outward:
            channel.outward_since = host.now()
        if channel.comments.inward and not comments.inward:
            channel.inward_since = host.now()
        same = place == (channel.project_id, channel.kind_id) and creates.inward == channel.creates.inward
        if not same:  # else what was created and not heard of yet still becomes a ticket
            arriving.forget(session, channel)
            channel.since = host.now()
        session.flush()
        if not channel.creates.outward:
            _give_up(session, channel)
        return _begin(host, session, channel)


def switch(host: Host, channel_id: int, *, enabled: bool) -> int:
    """Switch a channel on or off. Off, it creates nothing; what it has created stays in step.

    Returns:
        For how many tickets work goes on.

    Raises:
        Refused: as `add`.
        NotFound: the channel is gone.
    """
    with host.database.write() as session:
        channel = get_channel(session, channel_id)
        _hold(session, channel.connection_id)
        session.refresh(channel, with_for_update=True)
        if channel.enabled == enabled:
            return 0
        channel.enabled = enabled
        if not enabled:
            return 0
        channel.since = host.now()
        _refuse_second(session, channel)
        session.flush()
        return _begin(host, session, channel)


def delete(host: Host, channel_id: int) -> None:
    """Delete a channel. Its tickets and issues stay, and are kept in step as the connection says.

    Raises:
        NotFound: it is gone already.
    """
    with host.database.write() as session:
        channel = get_channel(session, channel_id)
        session.refresh(channel, with_for_update=True)
        discard_waiting(session, channel_id)
        arriving.forget(session, channel)
        session.delete(channel)


def mended(host: Host, channel_id: int) -> int:
    """Try again what waits, because somebody mended the cause at the remote system; return for how many tickets.

    Raises:
        NotFound: the channel is gone.
    """
    with host.database.write() as session:
        channel = get_channel(session, channel_id)
        session.refresh(channel, with_for_update=True)
        return go_on(host.jobs, session, channel, now=host.now())


def _give_up(session: Session, channel: Channel) -> None:
    """Create no issues any more that were wanted: their tickets belong to no channel, as if they had come now."""
    wanted = select(Creation.ticket_id).where(Creation.channel_id == channel.id, Creation.state.in_(NOT_ASKED_FOR))
    ids = session.scalars(wanted).all()
    discard_waiting(session, channel.id)
    session.execute(update(Ticket).where(Ticket.id.in_(ids), Ticket.channel_id == channel.id).values(channel_id=None))


def _begin(host: Host, session: Session, channel: Channel) -> int:
    if channel.enabled and channel.creates.inward:
        arriving.go_on(host.jobs, session, channel)
        ask_to_look(host.jobs, session, channel)
        listening = session.get(Listening, channel.connection_id)
        if listening is None or channel.project_id not in listening.project_ids:
            ask_to_listen(host.jobs, session, channel.connection_id)
    return go_on(host.jobs, session, channel, now=host.now()) if channel.enabled else 0


def _write(session: Session, channel: Channel, draft: Draft) -> None:
    name = " ".join(draft.name.split())
    if not name or len(name) > MAX_CHANNEL_NAME:
        msg = f"Give the channel a name of at most {MAX_CHANNEL_NAME} characters."
        raise Refused(msg)
    channel.name, channel.place = name, draft.where.name
    channel.project_id, channel.kind_id = draft.where.project.id, draft.where.kind.id
    channel.creates, channel.status, channel.comments = draft.creates, draft.status, draft.comments
    channel.public = draft.public and draft.comments.inward
    channel.values = values_out(draft.values) if draft.creates is not Way.IN else []
    if channel.enabled:
        _refuse_second(session, channel)


def _refuse_second(session: Session, channel: Channel) -> None:
    if not channel.creates.inward:
        return
    for other in for_issues(session, channel.connection_id):
        same = (other.project_id, other.kind_id) == (channel.project_id, channel.kind_id)
        if other.id != channel.id and same:
            msg = f"The channel “{other.name}” makes tickets of these issues already: each would become two."
            raise Refused(msg)


def _hold(session: Session, connection_id: int) -> None:
    """Let one save after the other: two at once could both make tickets of the same issues."""
    if session.get(Connection, connection_id, with_for_update={"key_share": True}) is None:
        msg = "There is no such connection any more."
        raise NotFound(msg)
