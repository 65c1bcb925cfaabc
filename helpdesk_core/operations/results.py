"""What a check of the doctor gives, and how results are told: lines for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from helpdesk_core.grades import MARKS, Grade, worst


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one check found."""

    check: str
    """What was looked at, in a word or two."""
    standing: Grade
    words: str
    """What was found, in a sentence without secrets."""
    cure: str = ""
    """What to do about it; empty where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check can find, with blanks in braces: `findings` lists them, docs/operations.md shows them."""

    check: str
    standing: Grade
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


def grade_of(results: Sequence[Result]) -> Grade:
    """Return how all stands."""
    return worst(result.standing for result in results)


def lines(result: Result) -> Iterator[str]:
    """Tell a result to a person: its line, and the cure indented below."""
    yield f"{MARKS[result.standing]} {result.check}: {result.words}"
    if result.cure:
        yield f"    {result.cure}"


def report(results: Sequence[Result]) -> dict[str, Any]:
    """Tell all results to a machine."""
    return {"standing": grade_of(results), "results": [asdict(result) for result in results]}
