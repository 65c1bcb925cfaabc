"""Pausing a connection and resuming it, by a person. Meanwhile changes and deliveries are stored, none is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk_core.accounts.models import User
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import Host
from helpdesk_core.sync import backlog, deliveries


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """What has gathered on a connection: shown before it is resumed."""

    links: int
    """Links that want to be looked at."""
    deliveries: int
    """Deliveries that nobody has worked off."""

    @property
    def words(self) -> str:
        """What waits, as people read it."""
        links = "1 link" if self.links == 1 else f"{self.links} links"
        deliveries = "1 delivery" if self.deliveries == 1 else f"{self.deliveries} deliveries"
        return f"{links} and {deliveries}"


def pause(connection: Connection, *, by: User, now: datetime) -> None:
    """Let nothing be written on either side from now on; what is under way this moment may still end.

    Raises:
        Refused: it is paused or disconnected already.
    """
    if connection.state == ConnectionState.DISCONNECTED:
        msg = f"{connection.workspace_name} is disconnected, so there is nothing to pause."
        raise Refused(msg)
    if connection.paused_at is not None:
        msg = f"{connection.paused_by_name} has paused {connection.workspace_name} already."
        raise Refused(msg)
    connection.paused_at, connection.paused_by_name = now, by.name


def waiting(session: Session, connection_id: int) -> Waiting:
    """Count what waits for a connection."""
    return Waiting(
        links=backlog.count_waiting(session, connection_id),
        deliveries=deliveries.count_waiting(session, connection_id),
    )


def resume(host: Host, connection_id: int) -> Waiting:
    """Go on, with what has gathered first; return how much that is.

    Raises:
        NotFound: there is no such connection.
        Refused: it is not paused.
    """
    with host.database.write() as session:
        connection = session.get(Connection, connection_id)
        if connection is None:
            msg = f"There is no connection with the id {connection_id}."
            raise NotFound(msg)
        if connection.paused_at is None:
            msg = f"{connection.workspace_name} is not paused."
            raise Refused(msg)
        connection.paused_at, connection.paused_by_name = None, ""
        session.flush()
        gathered = waiting(session, connection_id)
        backlog.top_up(host.jobs, session, connection_id)
        deliveries.ask_to_drain(host.jobs, session, connection.integration)
        return gathered
