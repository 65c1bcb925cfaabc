"""Connect attempts: the state that travels with the browser to the remote system and back.

A state is single-use, expires, and is bound to the admin who clicked Connect. When that admin's sign-in lapsed during
consent, what arrived is kept encrypted on the attempt, so that signing in again goes on where it stopped, and the
authorization code never stands in an address of ours.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import ConnectAttempt
from helpdesk_core.errors import HelpdeskError, NotFound
from helpdesk_core.host import Host
from helpdesk_core.values import FailureCode, Secret, SettingsMap

LIFETIME: Final = timedelta(minutes=15)
"""From the click on Connect to the way back: time to sign in at the remote system and to read what is asked."""
KEPT: Final = timedelta(days=30)
"""How long ended attempts are kept, to tell a used state from an unknown one."""

SECRET_PARAMETERS: Final = frozenset({"code", "state"})


class ConnectFailed(HelpdeskError):
    """Connecting ended without a connection. Caught by the views, shown as one sentence and one button."""

    def __init__(self, code: FailureCode, detail: str = "", *, attempt: ConnectAttempt | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail
        self.attempt = attempt


def start(
    host: Host, session: Session, *, integration: str, user_id: int, connection_id: int | None
) -> tuple[ConnectAttempt, Secret]:
    """Note a click on Connect.

    Returns:
        The attempt, and its state to send along.
    """
    now = host.now()
    session.execute(delete(ConnectAttempt).where(ConnectAttempt.expires_at < now - KEPT))
    state = Secret(secrets.token_urlsafe(32))
    attempt = ConnectAttempt(
        state_hash=_hash(state),
        integration=integration,
        user_id=user_id,
        connection_id=connection_id,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(attempt)
    session.flush()
    return attempt, state


def find(host: Host, session: Session, *, integration: str, state: str | None) -> ConnectAttempt:
    """Return the attempt that `state` belongs to, if it can still be finished.

    Raises:
        ConnectFailed: the state is missing, unknown, used or expired.
    """
    if not state:
        raise ConnectFailed(FailureCode.STATE_MISSING)
    attempt = session.scalar(select(ConnectAttempt).where(ConnectAttempt.state_hash == _hash(Secret(state))))
    if attempt is None or attempt.integration != integration:
        raise ConnectFailed(FailureCode.STATE_UNKNOWN)
    _check_open(host, attempt)
    return attempt


def get(session: Session, attempt_id: int, *, user_id: int) -> ConnectAttempt:
    """Return an attempt of this admin's own.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    attempt = session.get(ConnectAttempt, attempt_id)
    if attempt is None or attempt.user_id != user_id:
        msg = "There is no such attempt of yours. Start again with Connect."
        raise NotFound(msg)
    return attempt


def park(host: Host, attempt: ConnectAttempt, query: Mapping[str, str]) -> None:
    """Keep what arrived until the admin has signed in again."""
    attempt.arrived_sealed = host.vault.seal_settings(as_settings(query))


def unpark(host: Host, attempt: ConnectAttempt) -> dict[str, str | Secret]:
    """Return what arrived while the admin was signed out.

    Raises:
        ConnectFailed: nothing arrived, or the attempt has ended.
    """
    _check_open(host, attempt)
    if attempt.arrived_sealed is None:
        raise ConnectFailed(FailureCode.STATE_MISSING)
    return host.vault.open_settings(attempt.arrived_sealed)


def claim(host: Host, session: Session, attempt: ConnectAttempt) -> None:
    """Use the state up. Of two callbacks with one state, one gets here.

    Raises:
        ConnectFailed: the other one did.
    """
    claimed = session.execute(
        update(ConnectAttempt)
        .where(ConnectAttempt.id == attempt.id, ConnectAttempt.used_at.is_(None))
        .values(used_at=host.now(), arrived_sealed=None)
        .returning(ConnectAttempt.id)
    ).all()
    if not claimed:
        raise ConnectFailed(FailureCode.STATE_USED)


def as_settings(query: Mapping[str, str]) -> SettingsMap:
    """Return a callback's parameters, the secret ones as secrets."""
    return {name: Secret(value) if name in SECRET_PARAMETERS else value for name, value in query.items()}


def _check_open(host: Host, attempt: ConnectAttempt) -> None:
    if attempt.used_at is not None:
        raise ConnectFailed(FailureCode.STATE_USED)
    if attempt.expires_at < host.now():
        raise ConnectFailed(FailureCode.STATE_EXPIRED)


def _hash(state: Secret) -> str:
    return hashlib.sha256(state.reveal().encode()).hexdigest()
