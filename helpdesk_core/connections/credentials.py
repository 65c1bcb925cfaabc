"""Fresh credentials for a connection, renewed by one caller at a time across threads and processes.

Rotating refresh tokens make this delicate: two callers that send the same one look like theft, and Atlassian then
ends the whole grant. So a caller first takes a lease on the row, for one generation of the credentials; it then calls
the remote system *with no transaction open*, so that nobody waits for a lock meanwhile; and it saves what it received
before using it. The save is fenced on the generation alone: a pair that was received is kept even if the lease ran
out during the call. A caller that is killed in mid-flight leaves a lease that ends by itself; the next one sends the
same token again, within the remote system's reuse window (Atlassian: 10 minutes,
https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/).
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from helpdesk_core.connections.guarding import guarded
from helpdesk_core.connections.models import Connection, ConnectionState, Credential
from helpdesk_core.connections.sealing import open_credentials, seal_credentials
from helpdesk_core.db import UtcDateTime
from helpdesk_core.errors import AuthorizationLost, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration
from helpdesk_core.values import Credentials, RefreshRequest, SettingsMap

log = logging.getLogger(__name__)

AHEAD: Final = timedelta(seconds=120)
"""How long before their end credentials are renewed."""
LEASE: Final = timedelta(seconds=60)
"""How long one caller may take to renew. Longer than the HTTP time-outs (5 s + 20 s) together."""
PATIENCE_S: Final = 5.0
"""How long other callers wait for the one that renews; a page must not hang longer."""
PAUSE_S: Final = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """Credentials as they were read, with their generation."""

    credentials: Credentials
    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewal:
    """What renewing one connection's credentials needs."""

    connection_id: int
    integration: Integration
    settings: SettingsMap


def fresh(host: Host, renewal: Renewal, *, refused: int | None = None) -> Held:
    """Return credentials that are good for a while.

    Args:
        host: the collaborators.
        renewal: whose credentials, and how to renew them.
        refused: the generation that the remote system has just refused; it is not returned again.

    Raises:
        AuthorizationLost: they cannot be renewed; the connection now waits for re-authorization.
        TemporarilyUnavailable: the remote system, or the caller who is renewing, takes too long.
    """
    give_up = time.monotonic() + PATIENCE_S
    while True:
        held, leased = _read(host, renewal.connection_id)
        if not _must_renew(held, refused, host.now()):
            return held
        if held.credentials.refresh_token is None:
            return _end(host, renewal, held, "The saved sign-in has ended and cannot be renewed.")
        if not leased and (owner := _take_lease(host, renewal.connection_id, held.generation)):
            return _renew(host, renewal, held, owner, refused)
        if time.monotonic() > give_up:
            msg = "Another process is renewing the sign-in just now. Try again in a moment."
            raise TemporarilyUnavailable(msg, retry_after=PATIENCE_S)
        time.sleep(PAUSE_S)


def store_new(host: Host, session: Session, connection_id: int, credentials: Credentials) -> None:
    """Save credentials from a fresh consent, in place of any that were there."""
    now = host.now()
    row = session.get(Credential, connection_id, with_for_update=True)
    if row is None:
        row = Credential(connection_id=connection_id, generation=0)
        session.add(row)
    row.generation += 1
    row.sealed = seal_credentials(host.vault, credentials)
    row.scopes = " ".join(sorted(credentials.scopes))
    row.expires_at = credentials.expires_at
    row.consented_at = row.refreshed_at = now
    row.lease_owner = row.lease_until = None


def give_up_on(host: Host, connection_id: int, generation: int, sentence: str) -> None:
    """Let the connection wait for re-authorization, unless its credentials were replaced meanwhile."""
    with host.database.write() as session:
        row = session.get(Credential, connection_id, with_for_update=True)
        connection = session.get(Connection, connection_id)
        if row is None or connection is None or row.generation != generation:
            return
        row.lease_owner = row.lease_until = None
        if connection.state == ConnectionState.CONNECTED:
            connection.state = ConnectionState.REAUTHORIZE
            connection.state_since = host.now()
            connection.trouble = sentence
            log.warning("connection %s waits for re-authorization: %s", connection_id, sentence)


def _must_renew(held: Held, refused: int | None, now: datetime) -> bool:
    if refused is not None:
        return held.generation <= refused
    ends = held.credentials.expires_at
    return ends is not None and ends - now < AHEAD


def _renew(host: Host, renewal: Renewal, held: Held, owner: str, refused: int | None) -> Held:
    host.tally.refresh(renewal.connection_id)
    request = RefreshRequest(
        credentials=held.credentials, settings=renewal.settings, http=host.new_http(), now=host.now()
    )
    try:
        with request.http:
            renewed = guarded(renewal.integration, lambda: renewal.integration.connect_flow.refresh(request))
    except AuthorizationLost as lost:
        return _end(host, renewal, held, str(lost))
    except BaseException as error:
        _release_lease(host, renewal.connection_id, owner)
        if isinstance(error, TemporarilyUnavailable) and refused is None and _still_good(held, host.now()):
            log.warning(
                "connection %s: renewing ahead failed, the old token is still good: %s", renewal.connection_id, error
            )
            return held
        raise
    return _save(host, renewal.connection_id, held, renewed)


def _still_good(held: Held, now: datetime) -> bool:
    return held.credentials.expires_at is None or held.credentials.expires_at > now


def _end(host: Host, renewal: Renewal, held: Held, sentence: str) -> Held:
    """Give up on these credentials, unless somebody has just stored better ones."""
    give_up_on(host, renewal.connection_id, held.generation, sentence)
    latest, _ = _read(host, renewal.connection_id)
    if latest.generation > held.generation:
        return latest
    raise AuthorizationLost(sentence)


def _read(host: Host, connection_id: int) -> tuple[Held, bool]:
    with host.database.read() as session:
        row = session.get(Credential, connection_id)
        if row is None:
            msg = "This connection has no saved sign-in."
            raise AuthorizationLost(msg)
        leased = row.lease_until is not None and row.lease_until > _moment(host, session)
        held = Held(credentials=open_credentials(host.vault, row.sealed), generation=row.generation)
    return held, leased


def _take_lease(host: Host, connection_id: int, generation: int) -> str | None:
    owner = secrets.token_hex(8)
    with host.database.write() as session:
        now = _moment(host, session)
        free = or_(Credential.lease_until.is_(None), Credential.lease_until < now)
        won = session.execute(
            update(Credential)
            .where(Credential.connection_id == connection_id, Credential.generation == generation, free)
            .values(lease_owner=owner, lease_until=now + LEASE)
            .returning(Credential.connection_id)
        ).all()
    return owner if won else None


def _release_lease(host: Host, connection_id: int, owner: str) -> None:
    with host.database.write() as session:
        session.execute(
            update(Credential)
            .where(Credential.connection_id == connection_id, Credential.lease_owner == owner)
            .values(lease_owner=None, lease_until=None)
        )


def _save(host: Host, connection_id: int, held: Held, renewed: Credentials) -> Held:
    with host.database.write() as session:
        saved = session.execute(
            update(Credential)
            .where(Credential.connection_id == connection_id, Credential.generation == held.generation)
            .values(
                generation=held.generation + 1,
                sealed=seal_credentials(host.vault, renewed),
                scopes=" ".join(sorted(renewed.scopes)),
                expires_at=renewed.expires_at,
                refreshed_at=host.now(),
                lease_owner=None,
                lease_until=None,
            )
            .returning(Credential.generation)
        ).all()
    if saved:
        log.info("connection %s: credentials renewed, generation %s", connection_id, held.generation + 1)
        return Held(credentials=renewed, generation=held.generation + 1)
    return _read(host, connection_id)[0]  # a newer consent was stored during the call: that one counts


def _moment(host: Host, session: Session) -> datetime:
    """Return the time by which leases are judged: the server's on PostgreSQL, where processes' clocks may differ."""
    if session.get_bind().dialect.name == "postgresql":
        return session.execute(select(func.clock_timestamp(type_=UtcDateTime()))).scalar_one()
    return host.now()
