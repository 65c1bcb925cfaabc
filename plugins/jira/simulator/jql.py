"""Reads JQL: the grammar without the meaning of its fields, which `jql_fields.py` gives.

    query  = [ either ] [ ORDER BY name [ASC|DESC] {, …} ]
    either = both { OR both }      both = single { AND single }
    single = NOT single | "(" either ")" | name operator operand

Source: https://support.atlassian.com/jira-software-cloud/docs/jql-fields/ and …/jql-operators/; not
read: functions but `currentUser()`, CHANGED and WAS. The errors speak as Jira's do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>!=|<=|>=|!~|=|<|>|~)
    | (?P<mark>[(),])
    | (?P<word>[^\s"'(),=!<>~]+)
    )""",
    re.VERBOSE,
)
ESCAPED: Final = re.compile(r"\\(.)")
NOTHING: Final = ("EMPTY", "NULL")
OPERATORS: Final = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


FUNCTIONS: Final = {"currentuser": "currentUser"}


class JqlError(ValueError):
    """The query is wrong; the message is Jira's."""


class Function(str):
    """The name of a function that stands for a value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """`name operator values`; a value None is EMPTY, and a Function is what it gives."""

    name: str
    operator: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    part: Condition


Condition = Clause | Both | Either | Negated


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """`condition` is None where the query restricts nothing."""

    condition: Condition | None
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    position: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.value.upper() in words


def parse(jql: str) -> Query:
    """Raise JqlError where this is no JQL."""
    reader = _Reader(_tokens(jql))
    condition = None
    if not reader.next.is_word("ORDER") and reader.next.kind != "end":
        condition = reader.either()
    orders = reader.orders() if reader.next.is_word("ORDER") else ()
    if reader.next.kind != "end":
        reader.fail("Expecting either 'OR' or 'AND'")
    return Query(condition, orders)


def _tokens(jql: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while jql[position:].strip():
        match = TOKEN.match(jql, position)
        if match is None:
            rest = jql[position:].lstrip()
            quoted = rest[:1] in "\"'"
            what = "The quoted string has not been completed." if quoted else f"The character '{rest[0]}' is reserved."
            raise JqlError(f"Error in the JQL Query: {what} (line 1, character {len(jql) - len(rest) + 1})")
        kind = str(match.lastgroup)
        value = match[kind]
        if kind == "text":
            value = ESCAPED.sub(r"\1", value[1:-1])
        found.append(_Token(kind, value, match.start(kind) + 1))
        position = match.end()
    return [*found, _Token("end", "", len(jql) + 1)]


class _Reader:
    """Goes through the tokens once, from the left to the right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._at]

    def take(self) -> _Token:
        token = self.next
        self._at += token.kind != "end"
        return token

    def fail(self, expecting: str, hint: str = "") -> NoReturn:
        token = self.next
        found = "the query ended unexpectedly" if token.kind == "end" else f"got '{token.value}'"
        raise JqlError(f"Error in the JQL Query: {expecting} but {found}.{hint} (line 1, character {token.position})")

    def either(self) -> Condition:
        parts = [self._both()]
        while self._says("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def orders(self) -> tuple[Order, ...]:
        self.take()
        if not self.take().is_word("BY"):
            raise JqlError("Error in the JQL Query: Expecting 'BY' after 'ORDER'.")
        found = [self._order()]
        while self._passes(","):
            found.append(self._order())
        return tuple(found)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._says("AND"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Condition:
        if self._says("NOT"):
            return Negated(self._single())
        if self._passes("("):
            inner = self.either()
            if not self._passes(")"):
                self.fail("Expecting ')'")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        if self.next.kind not in ("word", "text"):
            self.fail("Expecting a field name")
        name = self.take().value
        operator = self._operator()
        if operator in ("in", "not in"):
            return Clause(name, operator, self._list())
        return Clause(name, operator, (self._operand(),))

    def _operator(self) -> str:
        if self.next.kind == "operator":
            return self.take().value
        if self.next.is_word("IN"):
            return self.take().value.lower()
        if self._says("IS"):
            return "is not" if self._says("NOT") else "is"
        if not (self._says("NOT") and self._says("IN")):
            self.fail("Expecting operator", f" The valid operators are {OPERATORS}.")
        return "not in"

    def _list(self) -> tuple[str | None, ...]:
        if not self._passes("("):
            self.fail("Expecting either a value, list or function")
        found = [self._operand()]
        while self._passes(","):
            found.append(self._operand())
        if not self._passes(")"):
            self.fail("Expecting ')'")
        return tuple(found)

    def _operand(self) -> str | None:
        token = self.next
        if token.kind not in ("word", "text") or token.is_word("AND", "OR", "NOT", "ORDER"):
            self.fail("Expecting either a value, list or function")
        self.take()
        if token.kind == "word" and self._passes("("):
            return self._function(token.value)
        return None if token.is_word(*NOTHING) else token.value

    def _function(self, name: str) -> Function:
        """A function without arguments, whose parenthesis has been opened."""
        if name.lower() not in FUNCTIONS:
            raise JqlError(f"Unable to find JQL function '{name}()'.")
        if not self._passes(")"):
            self.fail("Expecting ')'")
        return Function(FUNCTIONS[name.lower()])

    def _order(self) -> Order:
        if self.next.kind not in ("word", "text"):
            self.fail("Expecting a field name")
        name = self.take().value
        descending = self._says("DESC")
        if not descending:
            self._says("ASC")
        return Order(name, descending)

    def _says(self, word: str) -> bool:
        found = self.next.is_word(word)
        self._at += found
        return found

    def _passes(self, mark: str) -> bool:
        found = self.next.kind == "mark" and self.next.value == mark
        self._at += found
        return found
