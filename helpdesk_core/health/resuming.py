"""Lets work go on whose hindrance is gone: nobody has to find and retry by hand what one missing permission stopped."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.channels.creations import go_on as go_on_with_channel
from helpdesk_core.channels.creations import try_again
from helpdesk_core.channels.models import Channel, Creation, CreationState
from helpdesk_core.conversation import wishes
from helpdesk_core.conversation.models import Carried
from helpdesk_core.health.own import UNREACHABLE
from helpdesk_core.health.record import Closed
from helpdesk_core.health.working import refused_links
from helpdesk_core.host import Host
from helpdesk_core.sync import backlog, holds, linking, listening
from helpdesk_core.sync.models import Link

log = logging.getLogger(__name__)

BY: Final = "Health"
"""Who tried again, as a history tells."""
OF_EVERYTHING: Final = frozenset({"authorization", "answers"})
"""What the helpdesk knows by itself and everything waits for; other such checks are about what has its own way back."""


def go_on(host: Host, session: Session, connection_id: int, closed: Iterable[Closed]) -> None:
    """Take up what waited for troubles that are gone.

    Args:
        host: the collaborators.
        session: the transaction that stores that they are gone.
        connection_id: where.
        closed: the troubles.
    """
    projects = {each.project_id for each in closed if not each.own or _stops_work(each)}
    if not projects:
        return
    holds.release(session, connection_id)
    everywhere = "" in projects
    for project_id in ("",) if everywhere else sorted(projects):
        for link in refused_links(session, connection_id, project_id):
            linking.try_again(host, session, link, by=BY)
        _reply(host, session, connection_id, project_id)
        _create(host, session, connection_id, project_id)
    if everywhere:
        listening.ask_to_listen(host.jobs, session, connection_id)
    backlog.top_up(host.jobs, session, connection_id)


def _stops_work(closed: Closed) -> bool:
    """Whether work stopped for a trouble that the helpdesk knows by itself; in an outage it only waits."""
    return closed.check in OF_EVERYTHING and closed.code != UNREACHABLE


def _reply(host: Host, session: Session, connection_id: int, project_id: str) -> None:
    """Have replies written that were refused, or given up because the issue could not be seen."""
    unsaid = or_(Carried.refused != "", and_(Carried.gone, Carried.marker != "", Carried.remote_id == ""))
    query = (
        select(Link, Carried)
        .join(Carried, and_(Carried.connection_id == Link.connection_id, Carried.issue_id == Link.issue_id))
        .where(Link.connection_id == connection_id, unsaid)
        .order_by(Link.id)
    )
    links: dict[int, Link] = {}
    for link, carried in session.execute(query.where(Link.project_id == project_id) if project_id else query):
        carried.refused, carried.gone = "", carried.gone and carried.remote_id != ""
        links[link.id] = link
    wishes.want(host.jobs, session, links.values(), reading=False)


def _create(host: Host, session: Session, connection_id: int, project_id: str) -> None:
    """Have issues created that could not be, for channels and for people."""
    query = select(Channel).where(Channel.connection_id == connection_id, Channel.trouble != "").order_by(Channel.id)
    for channel in session.scalars(query.where(Channel.project_id == project_id) if project_id else query):
        go_on_with_channel(host.jobs, session, channel, now=host.now())
    stopped = select(Creation).where(Creation.connection_id == connection_id, Creation.state == CreationState.STOPPED)
    stopped = stopped.order_by(Creation.id).with_for_update()
    for creation in session.scalars(stopped.where(Creation.project_id == project_id) if project_id else stopped):
        try_again(host.jobs, session, creation)
