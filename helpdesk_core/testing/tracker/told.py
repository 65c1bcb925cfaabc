"""Reads JSON that a remote system sent, and believes none of it unseen.

Every reader gives back exactly the type that it names, or raises `Unreadable`: a plugin that goes on with a wrong type
fails later, and elsewhere.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from helpdesk_core.errors import TemporarilyUnavailable

LARGEST: Final = 10_000_000
"""Bytes of an answer that are read at most."""


class Unreadable(TemporarilyUnavailable):
    """An answer that is not what the tracker documents; nothing in it is believed."""

    def __init__(self) -> None:
        super().__init__("The tracker answered with something that cannot be read.")


class Told:
    """A JSON object."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Unreadable
        self._value = value

    @classmethod
    def of(cls, content: bytes) -> Told:
        """Read the body of an answer."""
        if len(content) > LARGEST:
            raise Unreadable
        try:
            return cls(json.loads(content))
        except (ValueError, RecursionError):
            raise Unreadable from None

    def text(self, name: str) -> str:
        """Return a text that must be there, and must say something."""
        text = self.maybe(name)
        if not text.strip():
            raise Unreadable
        return text

    def maybe(self, name: str) -> str:
        """Return a text; empty: it is not there."""
        value = self._value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Unreadable
        return clean(value)

    def flag(self, name: str) -> bool:
        """Return whether something is so; it must be said."""
        value = self._value.get(name)
        if not isinstance(value, bool):
            raise Unreadable
        return value

    def number(self, name: str) -> int:
        """Return a whole number that is not negative, and small enough to be meant."""
        value = self._value.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**9:
            raise Unreadable
        return value

    def moment(self, name: str) -> datetime:
        """Return a moment in UTC; one without a time zone could be any."""
        try:
            moment = datetime.fromisoformat(self.text(name))
            if moment.tzinfo is None:
                raise Unreadable
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unreadable from None

    def address(self, name: str) -> str:
        """Return an address that people may be sent to."""
        text = self.text(name)
        if not text.startswith("https://"):
            raise Unreadable
        return text

    def inner(self, name: str) -> Told:
        """Return an object within this one."""
        return Told(self._value.get(name))

    def items(self, name: str = "items") -> tuple[Told, ...]:
        """Return a list of objects."""
        value = self._value.get(name)
        if not isinstance(value, list):
            raise Unreadable
        return tuple(map(Told, value))

    def texts(self, name: str) -> frozenset[str]:
        """Return a list of texts, of which the order means nothing."""
        value = self._value.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Unreadable
        return frozenset(map(clean, value))


def clean(text: str) -> str:
    """Return a text that every database and every encoding takes: JSON can carry halves of characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
