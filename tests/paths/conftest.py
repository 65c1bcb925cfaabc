"""Counts what the walk through the real workflows found, to be printed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from tests.telling import Teller

SECTION = "paths: every ordered pair of statuses, planned and carried out in the simulator"


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


HEADS = (
    *("pairs", "direct", "several hops", "through_done", "= free if allowed", "+ never", "no path"),
    *("demand fields", "rejected"),
)


@pytest.fixture
def tally(place: Path, tell: Teller) -> Iterator[Tally]:
    """The tally of one workflow file; it is told also where the test fails."""
    tally = Tally()
    yield tally
    counts = [getattr(tally, each.name) for each in fields(tally)]
    tell.row(SECTION, place.stem, dict(zip(HEADS, counts, strict=True)))
