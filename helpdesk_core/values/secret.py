"""Texts that must not be shown, and the settings that may hold them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn, final


@final
class Secret:
    """A text that must not be shown. Only `reveal` gives it out; `repr`, `str` and pickling do not."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. Call it where the text is sent or encrypted, and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is not pickled: encrypt what it reveals, or leave it out"
        raise TypeError(msg)


SettingsMap = Mapping[str, "str | Secret"]
"""What an operator entered for an integration or a connection: name → text, or `Secret` for password fields."""


def nothing() -> SettingsMap:
    """Return settings without an entry."""
    return MappingProxyType({})
