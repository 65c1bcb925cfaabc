"""The doctor's checks of what is stored: whether the keys open it, who may change settings, and what is connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk_core.accounts.service import active_admins
from helpdesk_core.connections.models import Connection, ConnectionState, Credential, IntegrationSetting
from helpdesk_core.errors import Misconfigured
from helpdesk_core.operations import findings
from helpdesk_core.operations.results import Result
from helpdesk_core.vault import Vault

KINDS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "set-up forms": IntegrationSetting.sealed,
    "settings of connections": Connection.settings_sealed,
    "credentials": Credential.sealed,
}
"""What is stored encrypted for good; what a running connect attempt keeps ends with it."""


def check_secrets(session: Session, vault: Vault, place: str) -> Iterator[Result]:
    """Try to open every stored secret; `place` says where the keys are."""
    stored = {kind: session.scalars(select(column).where(column.is_not(None))).all() for kind, column in KINDS.items()}
    shut = {kind: sum(not _opens(vault, text) for text in texts) for kind, texts in stored.items()}
    count = sum(map(len, stored.values()))
    if not any(shut.values()):
        yield findings.SECRETS_OK.result(count=count)
        return
    kinds = ", ".join(f"{number} of the {kind}" for kind, number in shut.items() if number)
    yield findings.SECRETS_SHUT.result(shut=sum(shut.values()), count=count, kinds=kinds, place=place)


def check_admins(session: Session) -> Iterator[Result]:
    """Look whether anybody can change settings."""
    count = active_admins(session)
    yield findings.ADMINS_OK.result(count=count) if count else findings.ADMINS_NONE.result()


def connected(session: Session) -> dict[str, int]:
    """Return how many connections each integration has; those that were ended do not count."""
    query = (
        select(Connection.integration, func.count())
        .where(Connection.state != ConnectionState.DISCONNECTED)
        .group_by(Connection.integration)
        .order_by(Connection.integration)
    )
    return dict(iter(session.execute(query)))


def _opens(vault: Vault, sealed: str) -> bool:
    try:
        vault.open(sealed)
    except Misconfigured:
        return False
    return True
