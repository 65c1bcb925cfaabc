"""Connections that exist: reading, disconnecting, forgetting, and telling a person's account from a service account."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.accounts.models import User
from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import Connection, ConnectionState, Credential
from helpdesk_core.errors import HelpdeskError, NotFound, Refused
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Disconnected:
    """What disconnecting did at the remote system."""

    removed: tuple[str, ...] = ()
    problem: str = ""
    """Why nothing could be removed there, in one sentence; the connection is ended here all the same."""


def get_connection(session: Session, integration: str, connection_id: int) -> Connection:
    """Return a connection of this integration.

    Raises:
        NotFound: there is none.
    """
    connection = session.get(Connection, connection_id)
    if connection is None or connection.integration != integration:
        msg = "There is no such connection. It may have been forgotten."
        raise NotFound(msg)
    return connection


def list_connections(session: Session) -> list[Connection]:
    """Return all connections, by integration and name."""
    return list(session.scalars(select(Connection).order_by(Connection.integration, Connection.workspace_name)))


def granted_scopes(session: Session, connection_id: int) -> frozenset[str]:
    """Return the scopes that the saved credentials were granted."""
    row = session.get(Credential, connection_id)
    return frozenset(row.scopes.split()) if row else frozenset()


def everyday_account_of(session: Session, connection: Connection) -> User | None:
    """Return the helpdesk's person whose own account the connection seems to act as, judged by address, then by name.

    A connection should act as an account of its own: it outlives the person's job, and what the helpdesk writes is then
    not taken for the person's own words.
    """
    if connection.account_email:
        return session.scalar(select(User).where(User.email == connection.account_email.lower()))
    return session.scalar(select(User).where(User.name == connection.account_name))


def disconnect(host: Host, integration: Integration, connection_id: int) -> Disconnected:
    """End a connection: remove at the remote system what can be removed, then delete the credentials here.

    Mapping and history stay, so that connecting the same workspace again goes on where it stopped.
    """
    try:
        result = Disconnected(removed=ask(host, connection_id, integration.connect_flow.revoke).removed)
    except HelpdeskError as error:
        log.warning("connection %s: nothing removed at the remote system: %s", connection_id, error)
        result = Disconnected(problem=str(error))
    with host.database.write() as session:
        connection = get_connection(session, integration.key, connection_id)
        if credential := session.get(Credential, connection_id):
            session.delete(credential)
        connection.state, connection.state_since = ConnectionState.DISCONNECTED, host.now()
        connection.trouble = ""
    return result


def forget(session: Session, connection: Connection, *, typed_name: str) -> None:
    """Delete a disconnected connection with its mapping. Tickets stay.

    Raises:
        Refused: it is still connected, or the name typed to confirm is not its name.
    """
    if connection.state != ConnectionState.DISCONNECTED:
        msg = f"{connection.workspace_name} is still connected. Disconnect it first."
        raise Refused(msg)
    if typed_name.strip() != connection.workspace_name:
        msg = f"To forget this connection, type its name exactly: {connection.workspace_name}"
        raise Refused(msg)
    session.delete(connection)
