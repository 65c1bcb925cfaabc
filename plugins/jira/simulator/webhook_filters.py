"""The JQL that a webhook may filter by: read strictly, and asked of single issues (facts §3.1).

Only the fields and the operators `=`, `!=`, `IN`, `NOT IN` of Atlassian's OpenAPI document are
known (`WebhookDetails.jqlFilter`), joined by AND, OR, NOT and parentheses. The words of the
refusals are those that were seen: "The clause watchCount is unsupported", "Operator is not is
unsupported", "Empty JQL search not supported".

Decided here, because nobody tells: `cf[id]` is let pass and has no value on any issue;
`issue.property` is let pass by its name and never fits; `!=` and `NOT IN` also fit an issue without
a value, so that `project != EMPTY` means all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EMPTY_QUERY: Final = "Empty JQL search not supported"
FIELDS: Final = {"issuekey", "project", "issuetype", "status", "assignee", "reporter", "priority"}
ALIASES: Final = {"key": "issuekey", "issue": "issuekey", "id": "issuekey", "type": "issuetype"}
NOTHING: Final = {"empty", "null"}
TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<sign>!=|!~|<=|>=|[=<>~(),])"""
    r"""|(?P<word>[^\s"'=!<>~(),]+))"""
)
Values = frozenset[str]


class FilterError(ValueError):
    """Jira does not register a webhook with this filter; the message is its answer."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`field IN (values)`, or its opposite; None among the values stands for EMPTY."""

    field: str
    values: frozenset[str | None]
    negated: bool

    def fits(self, issue: Mapping[str, Values]) -> bool:
        """Whether an issue fits, told as the names by which a value of each field may be called."""
        names = issue.get(self.field, frozenset())
        found = None in self.values if not names else bool(names & self.values)
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Filter:
    clauses: tuple[Clause, ...]
    fits: Callable[[Mapping[str, Values]], bool]

    def values_of(self, field: str) -> list[str]:
        """Every value that is named for a field, to be checked against what is there."""
        return sorted({value for clause in self.clauses if clause.field == field for value in clause.values if value})


@lru_cache(maxsize=256)
def read_filter(jql: str) -> Filter:
    """Read a filter; raise FilterError with Jira's words for what it does not support."""
    if not jql.strip():
        raise FilterError(EMPTY_QUERY)
    reader = _Reader(_tokens(jql))
    fits = reader.alternatives()
    if reader.word:
        raise FilterError(f"Error in the JQL Query: Expecting the end of the query but got '{reader.word}'.")
    return Filter(tuple(reader.clauses), fits)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    quoted: bool = False


def _tokens(jql: str) -> list[_Token]:
    found, place = [], 0
    while jql[place:].strip():
        match = TOKEN.match(jql, place)
        if match is None:
            raise FilterError(f"Error in the JQL Query: The character at {place + 1} is a reserved JQL character.")
        quoted = match["quoted"]
        text = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else match["sign"] or match["word"]
        found.append(_Token(text, quoted=bool(quoted)))
        place = match.end()
    return found


class _Reader:
    """Reads the tokens from left to right; OR binds weaker than AND, AND weaker than NOT."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self.clauses: list[Clause] = []

    @property
    def word(self) -> str:
        """The next token as a keyword or a sign; empty at the end and for quoted text."""
        return self._tokens[0].text if self._tokens and not self._tokens[0].quoted else ""

    def alternatives(self) -> Callable[[Mapping[str, Values]], bool]:
        parts = [self._conjunction()]
        while self._skip("or", "||"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda issue: any(part(issue) for part in parts)

    def _conjunction(self) -> Callable[[Mapping[str, Values]], bool]:
        parts = [self._term()]
        while self._skip("and", "&&"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda issue: all(part(issue) for part in parts)

    def _term(self) -> Callable[[Mapping[str, Values]], bool]:
        if self._skip("not"):
            inner = self._term()
            return lambda issue: not inner(issue)
        if self._skip("("):
            inner = self.alternatives()
            self._need(")")
            return inner
        clause = self._clause()
        self.clauses.append(clause)
        return clause.fits

    def _clause(self) -> Clause:
        name = self._next().text
        operator, negated = self._operator()
        values = self._several() if operator in ("IN", "NOT IN") else [self._value()]
        return Clause(_field(name), frozenset(values), negated=negated)

    def _operator(self) -> tuple[str, bool]:
        found = self._next().text.lower()
        if found in ("not", "is") and self._skip("in" if found == "not" else "not"):
            found = "not in" if found == "not" else "is not"
        if found not in ("=", "!=", "in", "not in"):
            raise FilterError(f"Operator {found} is unsupported")
        return found.upper(), found in ("!=", "not in")

    def _several(self) -> list[str | None]:
        self._need("(")
        found = [self._value()]
        while self._skip(","):
            found.append(self._value())
        self._need(")")
        return found

    def _value(self) -> str | None:
        token = self._next()
        if not token.quoted and token.text in ("(", ")", ","):
            raise FilterError(f"Error in the JQL Query: Expecting a value but got '{token.text}'.")
        if not token.quoted and self.word == "(":
            raise FilterError(f"The function {token.text} is unsupported")
        return None if not token.quoted and token.text.lower() in NOTHING else token.text.lower()

    def _next(self) -> _Token:
        if not self._tokens:
            raise FilterError("Error in the JQL Query: Expecting more, but the query ends.")
        return self._tokens.pop(0)

    def _skip(self, *words: str) -> bool:
        if self.word.lower() not in words:
            return False
        self._tokens.pop(0)
        return True

    def _need(self, sign: str) -> None:
        got = self._next().text
        if got != sign:
            raise FilterError(f"Error in the JQL Query: Expecting '{sign}' but got '{got}'.")


def _field(name: str) -> str:
    lowered = name.lower()
    field = ALIASES.get(lowered, lowered)
    if field in FIELDS:
        return field
    if re.fullmatch(r"cf\[\d+\]", lowered) or lowered.startswith("issue.property"):
        return lowered
    raise FilterError(f"The clause {name} is unsupported")
