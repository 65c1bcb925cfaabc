"""The settings of one installation. This module is the only reader of the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
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
    metrics_token: Secret | None = None
    """Who shows it may read /metrics from anywhere; without one only this machine may."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All HELPDESK_ variables, for `integration_settings`. Hidden in `repr`: they may hold secrets."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the HELPDESK_ variables; make key files in the data directory where they are missing.

        Raises:
            Misconfigured: a variable is wrong; the message names it.
        """
        env = _own_variables(environ)
        seen = cls._read(env)  # a wrong variable is told before anything is made
        if seen.key_file and is_missing(seen.key_file):
            add_key(seen.key_file)
        if seen.session_key_file and is_missing(seen.session_key_file):
            _write_private(seen.session_key_file, secrets.token_urlsafe(48))
        settings = cls._read(env)
        for file, there in ((settings.key_file, settings.keys), (settings.session_key_file, settings.session_key)):
            if file and not there:
                msg = f"The key file {file} is empty, or this user may not read it. Put it back, or make it readable."
                raise Misconfigured(msg)
        return settings

    @classmethod
    def look(cls, environ: Mapping[str, str] | None = None, *, ignoring: Collection[str] = ()) -> Self:
        """Read the variables and make nothing: where a key file is missing or unreadable, no key is there.

        Args:
            environ: the variables; this process' own by default.
            ignoring: names of variables to do without, because they are known to be wrong.

        Raises:
            Misconfigured: a variable is wrong; the message names it.
        """
        return cls._read({k: v for k, v in _own_variables(environ).items() if k not in ignoring})

    @classmethod
    def _read(cls, env: Mapping[str, str]) -> Self:
        data_dir = _data_dir(env)
        token = env.get("HELPDESK_METRICS_TOKEN")
        return cls(
            data_dir=data_dir,
            database_url=env.get("HELPDESK_DATABASE_URL", f"sqlite:///{data_dir / 'helpdesk.db'}"),
            base_url=_base_url(env.get("HELPDESK_BASE_URL", "http://127.0.0.1:8000")),
            keys=_keys(env.get("HELPDESK_KEYS"), data_dir / KEY_FILE),
            session_key=Secret(env.get("HELPDESK_SESSION_KEY") or _text_of(data_dir / SESSION_KEY_FILE)),
            metrics_token=Secret(token) if token else None,
            environment=env,
        )

    def reread_keys(self) -> tuple[Secret, ...]:
        """Read the encryption keys again: `helpdesk keys rotate` may have added one meanwhile."""
        return _keys(self.environment.get("HELPDESK_KEYS"), self.data_dir / KEY_FILE)

    @property
    def key_file(self) -> Path | None:
        """The file with the encryption keys; None where HELPDESK_KEYS holds them."""
        return None if "HELPDESK_KEYS" in self.environment else self.data_dir / KEY_FILE

    @property
    def session_key_file(self) -> Path | None:
        """The file with the session key; None where HELPDESK_SESSION_KEY holds it."""
        return None if "HELPDESK_SESSION_KEY" in self.environment else self.data_dir / SESSION_KEY_FILE

    def integration_settings(self, key: str) -> dict[str, str]:
        """Return the variables of one integration, by lower-case name: HELPDESK_JIRA_CLIENT_ID → client_id."""
        prefix = f"{PREFIX}{key.upper().replace('-', '_')}_"
        return {name.removeprefix(prefix).lower(): v for name, v in self.environment.items() if name.startswith(prefix)}


def is_missing(file: Path) -> bool:
    """Tell whether a file is surely not there; where this user may not look it may be."""
    try:
        return not file.exists()
    except PermissionError:
        return False


def add_key(file: Path) -> None:
    """Put a fresh encryption key in front of those in `file`."""
    old = file.read_text() if file.exists() else ""
    _write_private(file, f"{Vault.new_key().reveal()}\n{old}")


def _own_variables(environ: Mapping[str, str] | None) -> dict[str, str]:
    return {k: v for k, v in (os.environ if environ is None else environ).items() if k.startswith(PREFIX) and v}


def _data_dir(env: Mapping[str, str]) -> Path:
    return Path(env.get("HELPDESK_DATA_DIR", "var")).absolute()


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = f"HELPDESK_BASE_URL is {url!r}. It must be the helpdesk's own address, such as https://help.example.com."
        raise Misconfigured(msg)
    return url.rstrip("/")


def _keys(variable: str | None, file: Path) -> tuple[Secret, ...]:
    text = _text_of(file) if variable is None else variable
    return tuple(Secret(key) for key in text.replace(",", "\n").split())


def _text_of(file: Path) -> str:
    """Return what a key file holds: nothing where it is missing or cannot be read. Who needs a key then says so."""
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)
