"""Reads projects and statuses anew by the clock, and soon after somebody met a status that nobody knows.

Every connection has one job at a time. It only reads: what it finds becomes items for an admin, who decides.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import HelpdeskError
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue, RetryLater
from helpdesk_core.mapping.reading import refresh_vocabulary, reread_details
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.mapping.workflows import ask_to_read

log = logging.getLogger(__name__)

KIND: Final = "mapping.reread"
EVERY: Final = timedelta(hours=4)
SOONEST: Final = timedelta(minutes=1)
"""Unknown statuses come in swarms, when somebody changes a workflow: then one reading is enough for all of them."""


def watch(host: Host) -> None:
    """Have the projects and statuses of all working connections read anew."""
    with host.database.read() as session:
        ids = [one for one in session.scalars(select(Connection.id).order_by(Connection.id)) if may_read(session, one)]
    for connection_id in ids:
        with host.database.write() as session:
            ask_to_reread(host.jobs, session, connection_id)


def ask_to_reread(
    jobs: Jobs, session: Session, connection_id: int, *, is_urgent: bool = False, is_whole: bool = False
) -> None:
    """Have a connection's projects and statuses read anew, unless that is about to happen anyway; see `reread`."""
    key = f"connection/{connection_id}/vocabulary"
    if not jobs.counts(session, prefix=key).unfinished:
        jobs.enqueue(session, KIND, key, connection_id, is_urgent, is_whole, seq=1, queue=Queue.BACKGROUND)


def notice_status(jobs: Jobs, session: Session, connection_id: int, status_id: str) -> None:
    """Take note that an issue is in a status; have everything read anew if nobody knows that one."""
    if may_read(session, connection_id) and status_id not in read_stored(session, connection_id).all_statuses:
        ask_to_reread(jobs, session, connection_id, is_urgent=True)


def may_read(session: Session, connection_id: int) -> bool:
    """Whether a connection is to be asked: not while it is paused, lost, disconnected or switched off."""
    connection = session.get(Connection, connection_id)
    return (
        connection is not None
        and connection.state == ConnectionState.CONNECTED
        and connection.paused_at is None
        and is_enabled(session, connection.integration)
    )


def reread(host: Host, connection_id: int, *, is_urgent: bool = False, is_whole: bool = False) -> RetryLater | None:
    """Read a connection's projects and statuses anew, and then its workflows where statuses came or went.

    The order matters: Jira refuses to look for issues in a status that it does not have any more.

    Args:
        host: the collaborators.
        connection_id: the connection.
        is_urgent: whether somebody met an unknown status, so that what was read a moment ago may be too old.
        is_whole: whether workflows are read in any case.

    Returns:
        When to try again, where it was read a moment ago; None: it is read, or the next turn will tell more.
    """
    with host.database.read() as session:
        if not may_read(session, connection_id):
            return None
        before = read_stored(session, connection_id)
    due = before.read_at + SOONEST if before.read_at else host.now()
    if is_urgent and host.now() < due:
        return RetryLater(after=due - host.now(), reason="it was read a moment ago")
    try:
        refresh_vocabulary(host, connection_id)
        reread_details(host, connection_id)
    except HelpdeskError as error:  # what was read before stays in force until the next turn
        log.warning("projects and statuses of connection %s not read: %s", connection_id, error)
    with host.database.write() as session:
        if is_whole or _kinds(read_stored(session, connection_id)) != _kinds(before):
            ask_to_read(host.jobs, session, connection_id)
    return None


def _kinds(stored: Stored) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the statuses of each kind of issue in each project in use."""
    details = [used.detail for used in stored.in_use if used.detail]
    return {(detail.project_id, kind.id): frozenset(kind.status_ids) for detail in details for kind in detail.kinds}
