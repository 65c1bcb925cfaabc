"""Lets work go on whose hindrance is gone: nobody has to find and retry by hand what one missing permission stopped."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.creations import go_on as go_on_with_channel
from helpdesk_core.channels.models import Channel
from helpdesk_core.conversation import wishes
from helpdesk_core.conversation.models import Carried
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.health.working import refused_links
from helpdesk_core.host import Host
from helpdesk_core.sync import backlog, holds, linking, listening
from helpdesk_core.sync.models import Link

log = logging.getLogger(__name__)

BY: Final = "Health"
"""Who tried again, as a history tells."""
OF_EVERYTHING: Final = frozenset({"authorization", "answers"})
"""What the helpdesk knows by itself and everything waits for; other such checks are about what has its own way back."""


def go_on(host: Host, session: Session, connection_id: int, closed: Iterable[HealthCheck]) -> None:
    """Take up what waited for troubles that are gone.

    Args:
        host: the collaborators.
        session: the transaction that stores that they are gone.
        connection_id: where.
        closed: the troubles.
    """
    projects = {row.project_id for row in closed if not row.own or row.check in OF_EVERYTHING}
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


def _reply(host: Host, session: Session, connection_id: int, project_id: str) -> None:
    """Have replies written that were refused."""
    issues = select(Carried.issue_id).where(Carried.connection_id == connection_id, Carried.refused != "")
    query = select(Link).where(Link.connection_id == connection_id, Link.issue_id.in_(issues)).order_by(Link.id)
    for link in session.scalars(query.where(Link.project_id == project_id) if project_id else query).all():
        refused = select(Carried).where(
            Carried.connection_id == connection_id, Carried.issue_id == link.issue_id, Carried.refused != ""
        )
        for carried in session.scalars(refused):
            carried.refused = ""
        wishes.want(host.jobs, session, [link], reading=False)


def _create(host: Host, session: Session, connection_id: int, project_id: str) -> None:
    """Have channels try again that could not create issues."""
    query = select(Channel).where(Channel.connection_id == connection_id, Channel.trouble != "")
    for channel in session.scalars(query.where(Channel.project_id == project_id) if project_id else query):
        go_on_with_channel(host.jobs, session, channel, now=host.now())
