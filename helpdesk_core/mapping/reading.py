"""Reads a connection's projects and statuses anew from the remote system. Knows no Flask.

Reading is one call for the whole vocabulary and one for each project in use; no transaction is open meanwhile, and
each answer is stored as soon as it is there, so an outage half-way loses nothing. What became known then follows the
others of its name, where an admin chose that, and what changed under the board becomes an item.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.facets import StatusVocabulary
from helpdesk_core.host import Host
from helpdesk_core.mapping.baselines import complete
from helpdesk_core.mapping.drifting import check_statuses
from helpdesk_core.mapping.following import take_up
from helpdesk_core.mapping.versions import latest
from helpdesk_core.mapping.vocabulary import Stored, UsedProject, read_stored, store_detail, store_vocabulary
from helpdesk_core.values import ConnectionView, ProjectDetail, ProjectRequest, RemoteProject

log = logging.getLogger(__name__)

READ_AT_ONCE: Final = 40
"""How many projects one request reads: at Jira's pace some ten seconds."""


def refresh_vocabulary(host: Host, connection_id: int) -> None:
    """Read all projects and statuses anew and store them.

    Raises:
        IntegrationError: the remote system did not answer, or refused; what was stored stays.
    """
    vocabulary = ask(host, connection_id, _facet(host, connection_id).read)
    with host.database.write() as session:
        before = _remember(session, connection_id)
        store_vocabulary(session, connection_id, vocabulary, now=host.now())
    _follow(host, connection_id, {project.id: f"{project.key} {project.name}" for project in before.projects})


def read_details(host: Host, connection_id: int, *, again: bool = False) -> int:
    """Read the statuses of projects in use, those first that were never read or longest ago; one page's worth.

    Args:
        host: the running helpdesk.
        connection_id: whose projects.
        again: also those that were read before.

    Returns:
        How many are left for the next call; 0 when everything was read.

    Raises:
        IntegrationError: one could not be read; those before it are stored, and calling again goes on.
    """
    with host.database.write() as session:
        stored = _remember(session, connection_id)
    waiting = sorted(stored.in_use if again else stored.unread, key=_read_before)
    facet = _facet(host, connection_id)
    try:
        for used in waiting[:READ_AT_ONCE]:
            _read_detail(host, connection_id, facet, used.project)
    finally:  # once for all projects, and also when one of them could not be read
        _follow(host, connection_id)
    return max(0, len(waiting) - READ_AT_ONCE)


def reread_details(host: Host, connection_id: int) -> None:
    """Read the statuses of all projects in use anew; trouble with one does not keep the others from being read.

    A project that is gone is left alone: what was read of it before tells which of its statuses are on the board.

    Raises:
        TemporarilyUnavailable: the remote system does not answer now; nor would it for the next project.
        AuthorizationLost: a person must authorize again.
        Refused: the integration is switched off, or the connection is disconnected.
        NotFound: there is no such connection any more.
    """
    with host.database.write() as session:
        stored = _remember(session, connection_id)
    there = {project.id for project in stored.projects}
    facet = _facet(host, connection_id)
    try:
        for used in (each for each in stored.in_use if each.project.id in there):
            try:
                _read_detail(host, connection_id, facet, used.project)
            except Rejected as error:
                log.warning("a project of connection %s was not read: %s", connection_id, error)
    finally:
        _follow(host, connection_id)


def _remember(session: Session, connection_id: int) -> Stored:
    """Keep what is on the board as it is known before it is read anew, where nothing is kept yet; return all of it."""
    session.get(
        Connection, connection_id, with_for_update=True
    )  # as whoever saves: so neither waits for the other twice
    stored = read_stored(session, connection_id)
    complete(session, connection_id, latest(session, connection_id).board, stored)
    return stored


def _follow(host: Host, connection_id: int, projects: Mapping[str, str] | None = None) -> None:
    """Do what follows from having read something."""
    # a transaction of its own: what was read is kept whatever becomes of it
    with host.database.write() as session:
        take_up(session, connection_id, now=host.now())
        check_statuses(session, connection_id, names_before=projects, now=host.now())


def _read_before(used: UsedProject) -> tuple[float, str]:
    return (used.read_at.timestamp() if used.read_at else 0.0, used.project.key)


def _read_detail(host: Host, connection_id: int, facet: StatusVocabulary, project: RemoteProject) -> None:
    def question(view: ConnectionView) -> ProjectDetail:
        return facet.project(ProjectRequest(connection=view, project=project))

    try:
        detail = ask(host, connection_id, question)
    except Rejected as rejected:  # the admin has to know which of fifty projects it was
        raise Rejected(f"{project.key}: {rejected.reason}", cure=rejected.cure, code=rejected.code) from rejected
    with host.database.write() as session:
        store_detail(session, connection_id, project.id, detail, now=host.now())


def _facet(host: Host, connection_id: int) -> StatusVocabulary:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
    if connection is None:
        msg = f"There is no connection with the id {connection_id}."
        raise NotFound(msg)
    return host.registry.get(connection.integration).status_vocabulary
