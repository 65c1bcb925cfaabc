"""Which channel holds for a ticket, and which wants a new ticket or a new issue. Makes no call and knows no Flask."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.models import Channel, Way
from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.conversation.deciding import Terms
from helpdesk_core.conversation.models import ConversationSetting
from helpdesk_core.sync.merge import Policy
from helpdesk_core.sync.models import EVER, Link
from helpdesk_core.tickets.models import Ticket


def channel_of(session: Session, ticket_id: int, connection_id: int) -> Channel | None:
    """Return the channel by whose rules a ticket and its issue on a connection live; None: by the connection's own.

    A channel that is switched off creates nothing, and what it has created stays in step by its rules.
    """
    query = (
        select(Channel)
        .join(Ticket, Ticket.channel_id == Channel.id)
        .where(Ticket.id == ticket_id, Channel.connection_id == connection_id)
    )
    return session.scalars(query).first()


def directed(session: Session, link: Link, policy: Policy) -> Policy:
    """Return the policy of a link's connection, with the ways that its channel says instead of the connection's."""
    channel = channel_of(session, link.ticket_id, link.connection_id)
    return in_direction(policy, channel.status) if channel else policy


def in_direction(policy: Policy, way: Way) -> Policy:
    """Return a policy by which statuses go the ways of a channel."""
    return replace(policy, inward=way.inward, outward=way.outward)


def terms_of(session: Session, link: Link) -> Terms | None:
    """Return what holds for a link's conversation: by its channel, else by the connection; None: nothing travels."""
    terms = terms_for(session, link.ticket_id, link.connection_id)
    if terms is None:
        return None
    outward, inward = (_since(link, chosen_at) for chosen_at in (terms.outward_since, terms.inward_since))
    return replace(terms, outward_since=outward, inward_since=inward)


def terms_for(session: Session, ticket_id: int, connection_id: int) -> Terms | None:
    """Return what an admin chose for the conversation of a ticket with any issue on a connection, and when."""
    if channel := channel_of(session, ticket_id, connection_id):
        source: Channel | ConversationSetting = channel
        ways = channel.comments.outward, channel.comments.inward
    elif setting := session.get(ConversationSetting, connection_id):
        source, ways = setting, (setting.outward, setting.inward)
    else:
        return None
    return Terms(
        outward=ways[0],
        inward=ways[1],
        public=source.public,
        outward_since=source.outward_since or EVER,
        inward_since=source.inward_since or EVER,
    )


def _since(link: Link, chosen_at: datetime) -> datetime:
    """Return from when on comments of a link are carried: nothing that was said before an admin wanted it so.

    A younger link may reach back farther: that somebody wanted it so while linking is newer than the choice.
    """
    since = link.talks_since or link.created_at
    return since if link.created_at >= chosen_at else max(since, chosen_at)


def shows_ticket(session: Session, link: Link) -> bool:
    """Whether the issue may be told of its ticket: not where its channel is all one way, to the helpdesk."""
    channel = channel_of(session, link.ticket_id, link.connection_id)
    return channel is None or channel.writes


def for_tickets(session: Session) -> list[Channel]:
    """Return the channels that make issues of new tickets, the oldest first: it is the usual one."""
    query = (
        select(Channel)
        .join(Connection, Connection.id == Channel.connection_id)
        .where(
            Channel.enabled,
            Channel.creates.in_((Way.OUT, Way.BOTH)),
            Connection.state != ConnectionState.DISCONNECTED,
        )
        .order_by(Channel.id)
    )
    connections = {one.id: one.integration for one in session.scalars(select(Connection))}
    return [each for each in session.scalars(query) if is_enabled(session, connections[each.connection_id])]


def for_issues(session: Session, connection_id: int) -> list[Channel]:
    """Return the channels of a connection that make tickets of new issues."""
    query = select(Channel).where(
        Channel.connection_id == connection_id, Channel.enabled, Channel.creates.in_((Way.IN, Way.BOTH))
    )
    return list(session.scalars(query.order_by(Channel.id)))


def for_issue(
    session: Session, connection_id: int, project_id: str, kind_id: str, created_at: datetime | None
) -> Channel | None:
    """Return the channel that makes a ticket of one new issue; one that was there before is none of its business."""
    for each in for_issues(session, connection_id):
        if (each.project_id, each.kind_id) == (project_id, kind_id):
            return each if created_at is None or created_at >= each.since else None
    return None


def by_hand(session: Session, connection_id: int, project_id: str, kind_id: str) -> Channel | None:
    """Return the channel to which a ticket belongs for which somebody creates an issue of this kind by hand."""
    query = select(Channel).where(
        Channel.connection_id == connection_id,
        Channel.project_id == project_id,
        Channel.kind_id == kind_id,
        Channel.enabled,
    )
    return session.scalars(query.order_by(Channel.id)).first()
