"""Places and sizes in a picture, in pixels from its upper left corner. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Size(NamedTuple):
    """How much room something takes."""

    width: float
    height: float


class Point(NamedTuple):
    """A place, from the upper left corner."""

    x: float
    y: float


class Box(NamedTuple):
    """A placed rectangle, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Its vertical axis."""
        return self.x + self.width / 2

    def moved(self, x: float, y: float) -> Box:
        """Return it moved to the right and down."""
        return self._replace(x=self.x + x, y=self.y + y)


Pair = tuple[str, str]
"""From which box to which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Everything placed."""

    boxes: Mapping[str, Box]
    annexes: Mapping[str, Box]
    labels: Mapping[Pair, Box]
    lines: Mapping[Pair, tuple[Point, ...]]
    """From the edge of the first box to the edge of the second."""
    size: Size

    def moved(self, x: float, y: float) -> Layout:
        """Return all of it moved to the right and down."""
        return Layout(
            boxes={id_: box.moved(x, y) for id_, box in self.boxes.items()},
            annexes={id_: box.moved(x, y) for id_, box in self.annexes.items()},
            labels={pair: box.moved(x, y) for pair, box in self.labels.items()},
            lines={pair: tuple(Point(p.x + x, p.y + y) for p in line) for pair, line in self.lines.items()},
            size=self.size,
        )


def joined(parts: Iterable[Layout], size: Size) -> Layout:
    """Make one layout of several that stand beside one another."""
    parts = tuple(parts)
    return Layout(
        boxes={id_: box for part in parts for id_, box in part.boxes.items()},
        annexes={id_: box for part in parts for id_, box in part.annexes.items()},
        labels={pair: box for part in parts for pair, box in part.labels.items()},
        lines={pair: line for part in parts for pair, line in part.lines.items()},
        size=size,
    )
