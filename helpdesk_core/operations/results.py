"""What a check of the doctor gives, and how results are told: lines for people, JSON and an exit code for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final


class Standing(StrEnum):
    """How something stands."""

    OK = "ok"
    WARNING = "warning"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    """It could not be looked at."""


MARKS: Final = {Standing.OK: "✓", Standing.WARNING: "!", Standing.TROUBLE: "✗", Standing.UNKNOWN: "?"}
EXIT_CODES: Final = {Standing.OK: 0, Standing.WARNING: 1, Standing.TROUBLE: 2, Standing.UNKNOWN: 3}
"""As monitoring plugins answer (Nagios)."""
_GRAVITY: Final = (Standing.OK, Standing.UNKNOWN, Standing.WARNING, Standing.TROUBLE)
"""From the best to the worst: what is known to be wrong outweighs what is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one check found."""

    check: str
    """What was looked at, in a word or two."""
    standing: Standing
    words: str
    """What was found, in a sentence without secrets."""
    cure: str = ""
    """What to do about it; empty where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check can find, with blanks in braces: `findings` lists them, docs/operations.md shows them."""

    check: str
    standing: Standing
    words: str
    cure: str = ""

    def result(self, **blanks: object) -> Result:
        """Fill in the blanks."""
        return Result(
            check=self.check.format_map(blanks),
            standing=self.standing,
            words=self.words.format_map(blanks),
            cure=self.cure.format_map(blanks),
        )


def worst(results: Sequence[Result]) -> Standing:
    """Return the worst standing of all; without results all is well."""
    return max((result.standing for result in results), key=_GRAVITY.index, default=Standing.OK)


def lines(result: Result) -> Iterator[str]:
    """Tell a result to a person: its line, and the cure indented below."""
    yield f"{MARKS[result.standing]} {result.check}: {result.words}"
    if result.cure:
        yield f"    {result.cure}"


def report(results: Sequence[Result]) -> dict[str, Any]:
    """Tell all results to a machine."""
    return {"standing": worst(results), "results": [asdict(result) for result in results]}
