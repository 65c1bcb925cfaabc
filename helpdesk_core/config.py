"""The settings of one installation. This module is the only reader of the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from helpdesk_core.errors import Misconfigured
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault

PREFIX: Final = "HELPDESK_"
KEY_FILE: Final = "keys"
SESSION_KEY_FILE: Final = "session-key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an operator decides about one installation."""

    data_dir: Path
    """Holds the SQLite database and the key files, where no variable says otherwise."""
    database_url: str
    base_url: str
    """The address under which browsers reach the helpdesk; callback addresses are built from it."""
    keys: tuple[Secret, ...]
    """Encryption keys, newest first."""
    session_key: Secret
    """Signs the session cookie."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All HELPDESK_ variables, for `integration_settings`. Hidden in `repr`: they may hold secrets."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the HELPDESK_ variables; make key files in the data directory where they are missing.

        Raises:
            Misconfigured: a variable is wrong; the message names it.
        """
        env = {k: v for k, v in (os.environ if environ is None else environ).items() if k.startswith(PREFIX) and v}
        data_dir = Path(env.get("HELPDESK_DATA_DIR", "var")).absolute()
        return cls(
            data_dir=data_dir,
            database_url=env.get("HELPDESK_DATABASE_URL", f"sqlite:///{data_dir / 'helpdesk.db'}"),
            base_url=_base_url(env.get("HELPDESK_BASE_URL", "http://127.0.0.1:8000")),
            keys=_keys(env.get("HELPDESK_KEYS"), data_dir / KEY_FILE),
            session_key=_session_key(env.get("HELPDESK_SESSION_KEY"), data_dir / SESSION_KEY_FILE),
            environment=env,
        )

    def reread_keys(self) -> tuple[Secret, ...]:
        """Read the encryption keys again: `helpdesk keys rotate` may have added one meanwhile."""
        return _keys(self.environment.get("HELPDESK_KEYS"), self.data_dir / KEY_FILE)

    @property
    def key_file(self) -> Path | None:
        """The file with the encryption keys; None where HELPDESK_KEYS holds them."""
        return None if "HELPDESK_KEYS" in self.environment else self.data_dir / KEY_FILE

    def integration_settings(self, key: str) -> dict[str, str]:
        """Return the variables of one integration, by lower-case name: HELPDESK_JIRA_CLIENT_ID → client_id."""
        prefix = f"{PREFIX}{key.upper().replace('-', '_')}_"
        return {name.removeprefix(prefix).lower(): v for name, v in self.environment.items() if name.startswith(prefix)}


def add_key(file: Path) -> None:
    """Put a fresh encryption key in front of those in `file`."""
    old = file.read_text() if file.exists() else ""
    _write_private(file, f"{Vault.new_key().reveal()}\n{old}")


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = f"HELPDESK_BASE_URL is {url!r}. It must be the helpdesk's own address, such as https://help.example.com."
        raise Misconfigured(msg)
    return url.rstrip("/")


def _keys(variable: str | None, file: Path) -> tuple[Secret, ...]:
    if variable is None:
        if not file.exists():
            add_key(file)
        variable = file.read_text()
    return tuple(Secret(key) for key in variable.replace(",", "\n").split())


def _session_key(variable: str | None, file: Path) -> Secret:
    if variable is None:
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(48))
        variable = file.read_text()
    return Secret(variable)


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)
