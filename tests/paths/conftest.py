"""Prints at the end what the walk through the real workflows found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import pytest


@dataclass(kw_only=True)
class Tally:
    """What became of the ordered pairs of one workflow's statuses."""

    pairs: int = 0
    direct: int = 0
    several: int = 0
    through_done: int = 0
    """Without allowance."""
    allowed: int = 0
    """Of these, with a way once the admin allows what is asked."""
    never: int = 0
    """Of these, still through_done with every allowance: the way would leave done again."""
    no_path: int = 0
    fields: int = 0
    """Of the pairs with a way, how many demand a field, for which the admin gave a default."""
    rejected: int = 0
    """Of the pairs with a way, how many end at a validator that no answer announces."""

    def __iter__(self) -> Iterator[int]:
        return (getattr(self, each.name) for each in fields(self))


TALLIES = pytest.StashKey[dict[str, Tally]]()
HEADS = (
    *("pairs", "direct", "several hops", "through_done", "= free if allowed", "+ never", "no path"),
    *("demand fields", "rejected"),
)


@pytest.fixture
def tallies(pytestconfig: pytest.Config) -> dict[str, Tally]:
    return pytestconfig.stash.setdefault(TALLIES, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(TALLIES, {})
    if not found:
        return
    total = Tally(**{each.name: sum(getattr(tally, each.name) for tally in found.values()) for each in fields(Tally)})
    width = max(map(len, found))
    terminalreporter.section("paths: every ordered pair of statuses, planned and carried out in the simulator")
    terminalreporter.write_line("  ".join((" " * width, *HEADS)))
    for name, tally in [*found.items(), ("total", total)]:
        cells = (f"{count:>{len(head)}}" for head, count in zip(HEADS, tally, strict=True))
        terminalreporter.write_line("  ".join((f"{name:<{width}}", *cells)), bold=tally is total)
