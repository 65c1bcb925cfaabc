"""Credentials and connect results as sealed text, and re-sealing everything after a key was rotated."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk_core.connections.models import ConnectAttempt, Connection, Credential, IntegrationSetting
from helpdesk_core.values import Authorized, Credentials, Secret, Workspace
from helpdesk_core.vault import Vault

SEALED_COLUMNS: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    IntegrationSetting.sealed,
    Connection.settings_sealed,
    Credential.sealed,
    ConnectAttempt.kept_sealed,
    ConnectAttempt.arrived_sealed,
    ConnectAttempt.authorized_sealed,
)


def seal_credentials(vault: Vault, credentials: Credentials) -> str:
    """Encrypt credentials for the `credential` table."""
    return vault.seal(json.dumps(_credentials_to_json(credentials)))


def open_credentials(vault: Vault, sealed: str) -> Credentials:
    """Decrypt what `seal_credentials` gave."""
    return _credentials_from_json(json.loads(vault.open(sealed)))


def seal_authorized(vault: Vault, authorized: Authorized) -> str:
    """Encrypt what the remote system granted, while the admin chooses a workspace."""
    return vault.seal(
        json.dumps(
            {
                "credentials": _credentials_to_json(authorized.credentials),
                "workspaces": [{"id": w.id, "name": w.name, "url": w.url} for w in authorized.workspaces],
                "settings": vault.seal_settings(authorized.settings),
            }
        )
    )


def open_authorized(vault: Vault, sealed: str) -> Authorized:
    """Decrypt what `seal_authorized` gave."""
    stored = json.loads(vault.open(sealed))
    return Authorized(
        credentials=_credentials_from_json(stored["credentials"]),
        workspaces=tuple(Workspace(**workspace) for workspace in stored["workspaces"]),
        settings=vault.open_settings(stored["settings"]),
    )


def reseal_everything(session: Session, vault: Vault) -> int:
    """Encrypt every sealed text with the newest key.

    Returns:
        How many texts were sealed anew.
    """
    count = 0
    for column in SEALED_COLUMNS:
        for row in session.scalars(select(column.class_).where(column.is_not(None)).with_for_update()):
            setattr(row, column.key, vault.reseal(getattr(row, column.key)))
            count += 1
    return count


def _credentials_to_json(credentials: Credentials) -> dict[str, Any]:
    return {
        "access_token": credentials.access_token.reveal(),
        "refresh_token": credentials.refresh_token.reveal() if credentials.refresh_token else None,
        "expires_at": credentials.expires_at.isoformat() if credentials.expires_at else None,
        "scopes": sorted(credentials.scopes),
    }


def _credentials_from_json(stored: dict[str, Any]) -> Credentials:
    return Credentials(
        access_token=Secret(stored["access_token"]),
        refresh_token=Secret(stored["refresh_token"]) if stored["refresh_token"] else None,
        expires_at=datetime.fromisoformat(stored["expires_at"]) if stored["expires_at"] else None,
        scopes=frozenset(stored["scopes"]),
    )
