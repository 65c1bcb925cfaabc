"""A cursor over parsed JSON whose every complaint names the place in the file and the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

NAMES: Final[dict[type, str]] = {
    str: "text in double quotes",
    bool: "true or false",
    int: "a whole number",
    dict: "an object { … }",
    list: "a list [ … ]",
}


class WorldError(ValueError):
    """The description of a world is wrong; the message names the place and how to mend it."""


class Node:
    """One value of the file and the path that leads to it."""

    def __init__(self, value: Any, path: str, source: str) -> None:
        self.value = value
        self.path = path
        self.source = source

    def error(self, message: str) -> WorldError:
        return WorldError(f"{self.source}, at {self.path or 'the top'}: {message}")

    def of(self, kind: type) -> Any:
        wrong_bool = isinstance(self.value, bool) and kind is int
        if wrong_bool or not isinstance(self.value, kind):
            raise self.error(f"write {NAMES[kind]} here, not {_short(self.value)}")
        return self.value

    def __getitem__(self, key: str) -> Node:
        value = self.of(dict).get(key)
        if value is None:
            raise self.error(f'"{key}" is missing: add it')
        return self._below(key, value)

    def optional(self, key: str) -> Node | None:
        """The member, or None where it is absent or null (both mean: not told)."""
        value = self.of(dict).get(key)
        return None if value is None else self._below(key, value)

    def items(self) -> Iterator[Node]:
        for index, value in enumerate(self.of(list)):
            yield Node(value, f"{self.path}[{index}]", self.source)

    def members(self) -> Iterator[tuple[str, Node]]:
        for key, value in self.of(dict).items():
            yield str(key), self._below(key, value)

    def only(self, *known: str) -> None:
        """Complain about members that nobody would read: most often a misspelt name."""
        unknown = sorted(set(self.of(dict)) - set(known))
        if unknown:
            raise self.error(f'nothing reads "{unknown[0]}": remove it, or write one of {", ".join(known)}')

    def text(self) -> str:
        value = self.of(str).strip()
        if not value:
            raise self.error("write some text here, not nothing")
        return str(value)

    def one_of(self, choices: Collection[str], what: str) -> str:
        value = self.text()
        if value not in choices:
            known = ", ".join(sorted(choices)) or "none at all"
            raise self.error(f'"{value}" is no {what}: write one of {known}')
        return value

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def text_at(self, key: str, default: str = "") -> str:
        node = self.optional(key)
        return default if node is None else node.text()

    def flag_at(self, key: str, *, default: bool = False) -> bool:
        node = self.optional(key)
        return default if node is None else bool(node.of(bool))

    def _below(self, key: object, value: Any) -> Node:
        return Node(value, f"{self.path}.{key}" if self.path else str(key), self.source)


def _short(value: object) -> str:
    written = "null" if value is None else repr(value)
    return written if len(written) <= 40 else written[:37] + "…"  # noqa: PLR2004 - one line
