"""Looks for issues that have arrived and of which no delivery told, as often as a connection is polled.

It reaches back to when a channel was looked at last, with an overlap, since the remote system's search lags behind; so
it also catches up after an outage. One call for each channel that makes tickets.
"""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.arriving import heard
from helpdesk_core.channels.models import Channel
from helpdesk_core.channels.rules import for_issues
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import IssueCreation
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.polling import EARLY, LONGEST, OVERLAP, in_batches, interval
from helpdesk_core.values import ArrivedRequest, ConnectionView

log = logging.getLogger(__name__)

KIND: Final = "channels.look"
BATCH: Final = 50
"""Issues of one transaction."""


def watch(host: Host) -> None:
    """Have all channels looked after whose time has come."""
    now = host.now()
    with host.database.read() as session:
        due = [
            channel.id
            for connection_id in session.scalars(select(Connection.id).order_by(Connection.id))
            if backlog.works(session, connection_id)
            for channel in for_issues(session, connection_id)
            if _is_due(session, channel, now)
        ]
    for channel_id in due:
        with host.database.write() as session:
            ask_to_look(host.jobs, session, session.get_one(Channel, channel_id))


def ask_to_look(jobs: Jobs, session: Session, channel: Channel) -> None:
    """Have a channel's new issues looked for, unless that is about to happen anyway."""
    key = f"connection/{channel.connection_id}/channel/{channel.id}/look"
    if not jobs.counts(session, prefix=key).unfinished:
        jobs.enqueue(session, KIND, key, channel.id, seq=1, queue=Queue.BACKGROUND)


def look(host: Host, channel_id: int) -> None:
    """Find out which issues have arrived since the last time. Where that cannot be asked now, it reaches back later."""
    start = host.now()
    with host.database.read() as session:
        channel = session.get(Channel, channel_id)
        if channel is None or channel not in for_issues(session, channel.connection_id):
            return
        facet = creation_facet(host, session, channel.connection_id)
    if facet is None:
        return
    try:
        found = arrived(host, channel, facet, minutes=minutes_to_ask(channel, start))
    except TemporarilyUnavailable as error:
        log.info("channel %s is looked after later: %s", channel_id, error)
    except (AuthorizationLost, Refused, NotFound, Rejected) as error:
        log.warning("channel %s cannot be looked after: %s", channel_id, error)
    else:
        for some in in_batches(found, BATCH):
            with host.database.write() as session:
                heard(host.jobs, session, channel.connection_id, some, now=start)
        with host.database.write() as session:
            if row := session.get(Channel, channel_id, with_for_update=True):
                row.looked_at = start


def arrived(host: Host, channel: Channel, facet: IssueCreation, *, minutes: int | None) -> tuple[str, ...]:
    """Ask which issues of a channel there are: those created lately, or all that are not done."""

    def question(view: ConnectionView) -> tuple[str, ...]:
        request = ArrivedRequest(
            connection=view, project_id=channel.project_id, kind_id=channel.kind_id, minutes=minutes
        )
        return facet.arrived(request)

    return put(host, channel.connection_id, "arrived", question)


def minutes_to_ask(channel: Channel, now: datetime) -> int:
    """Return for how many minutes back to ask. What is older than the channel is sorted out by the issue itself."""
    since = max(channel.looked_at or channel.since, channel.since)
    back = timedelta(minutes=math.ceil((now - since) / timedelta(minutes=1))) + OVERLAP
    return int(min(back, LONGEST) / timedelta(minutes=1))


def creation_facet(host: Host, session: Session, connection_id: int) -> IssueCreation | None:
    """Return what reads and creates a connection's issues; None where its plugin is missing or cannot."""
    connection = session.get(Connection, connection_id)
    if connection is None or connection.integration not in host.registry:
        return None
    return host.registry.get(connection.integration).issue_creation


def _is_due(session: Session, channel: Channel, now: datetime) -> bool:
    if channel.looked_at is None:
        return True
    return now - channel.looked_at >= interval(session, channel.connection_id, now) - EARLY
