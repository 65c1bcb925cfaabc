"""Encryption at rest for everything that a database dump must not give away.

The keys are Fernet keys, newest first. New texts are sealed with the first; old ones open with any, until
``helpdesk keys rotate`` has sealed them anew. Losing all keys loses the credentials, never tickets or mappings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from helpdesk_core.errors import Misconfigured
from helpdesk_core.values import Secret, SettingsMap


class Vault:
    """Seals texts and settings with the installation's keys.

    Args:
        keys: Fernet keys, newest first.
        reread: gives the keys anew when none of them fits, so that a running process follows a rotation.
    """

    def __init__(self, keys: Sequence[Secret], reread: Callable[[], Sequence[Secret]] | None = None) -> None:
        self._fernet = _fernet(keys)
        self._reread = reread

    @staticmethod
    def new_key() -> Secret:
        """Make a fresh key."""
        return Secret(Fernet.generate_key().decode())

    def seal(self, text: str) -> str:
        """Encrypt `text` with the newest key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` gave, with whichever key fits.

        Raises:
            Misconfigured: none of the keys fits, or the text was changed.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return self._open_with_new_keys(sealed)

    def _open_with_new_keys(self, sealed: str) -> str:
        try:
            if self._reread:
                self._fernet = _fernet(self._reread())
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            msg = (
                "None of the encryption keys opens a stored secret. Put the key it was sealed with into HELPDESK_KEYS."
            )
            raise Misconfigured(msg) from None

    def reseal(self, sealed: str) -> str:
        """Encrypt with the newest key what an older one sealed."""
        return self.seal(self.open(sealed))

    def seal_settings(self, settings: SettingsMap) -> str:
        """Encrypt settings whole, remembering which of them are secrets."""
        return self.seal(
            json.dumps(
                {
                    name: {"secret": value.reveal()} if isinstance(value, Secret) else value
                    for name, value in settings.items()
                }
            )
        )

    def open_settings(self, sealed: str) -> dict[str, str | Secret]:
        """Decrypt what `seal_settings` gave."""
        stored: dict[str, str | dict[str, str]] = json.loads(self.open(sealed))
        return {name: Secret(value["secret"]) if isinstance(value, dict) else value for name, value in stored.items()}


def _fernet(keys: Sequence[Secret]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key.reveal()) for key in keys])
    except ValueError:
        msg = "An encryption key is unusable. Make one with `helpdesk keys new` and put it first in HELPDESK_KEYS."
        raise Misconfigured(msg) from None  # the cause would show the key
