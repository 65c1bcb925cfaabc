"""Where the boxes, labels and lines of a directed graph go, from top to bottom. Pure.

The one place that knows the layout library: grandalf, which is pure Python, so that nothing has to be installed beside
it. It puts boxes into layers and orders each layer so that few lines cross (Sugiyama's method). What it leaves to the
caller is done here: no two boxes overlap, lines bend around boxes, each label has a place of its own, a box may have an
annex at its left, and parts that hang together stand beside one another. It is given no circles and no loops: an arrow
leads from one box to another one, and one that runs upwards is laid out as if it ran downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

from grandalf.graphs import Edge, Graph, Vertex
from grandalf.layouts import SugiyamaLayout

from helpdesk_core.mapping.geometry import Box, Layout, Pair, Point, Size, joined

BESIDE: Final = 18.0
"""Between two boxes of a layer."""
BETWEEN: Final = 26.0
"""Between two layers, at least; lines that go far to the side get more room, or they would lie flat."""
STEEP: Final = 0.07
MARGIN: Final = 8.0
SHORT: Final = 10.0
"""A piece of a line that is not drawn by itself."""
ROUNDS: Final = 8
STALK: Final = 20.0
"""Between a box and its annex."""
PORT: Final = 22.0
"""Between the ends of two lines at the same side of a box, at most."""


def lay_out(
    boxes: Mapping[str, Size],
    arrows: Mapping[Pair, Size],
    annexes: Mapping[str, Size],
    *,
    row: float,
    first: str | None = None,
) -> Layout:
    """Place boxes with the annexes that some have, and arrows with their labels.

    Args:
        boxes: their sizes, in the order in which they should follow one another: an arrow to an earlier one runs
            upwards. The same boxes in the same order give the same layout, whatever the order of the arrows.
        arrows: the sizes of their labels.
        annexes: the sizes of what stands at the left of boxes.
        row: from this width on, parts that do not hang together stand below one another.
        first: a box whose part comes before the others.
    """
    rank = {id_: number for number, id_ in enumerate(boxes)}
    ordered = sorted(arrows, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
    plots = {id_: _Plot(size, annexes.get(id_)) for id_, size in boxes.items()}
    vertices = {id_: _vertex(id_, plot.size) for id_, plot in plots.items()}
    labels = {pair: _vertex(pair, arrows[pair]) for pair in ordered}
    edges = []
    for pair in ordered:
        upper, lower = sorted(pair, key=lambda id_: rank[id_])
        edges += [Edge(vertices[upper], labels[pair]), Edge(labels[pair], vertices[lower])]
    graph = Graph([*vertices.values(), *labels.values()], edges)
    parts = [_Part(core, rank, plots).layout() for core in graph.C]
    parts.sort(key=lambda part: (first not in part.boxes, min(rank[id_] for id_ in part.boxes)))
    return _beside_one_another(parts, row)


class _Plot(NamedTuple):
    """A box with its annex."""

    box: Size
    annex: Size | None

    @property
    def left(self) -> float:
        """How much room is at the left of the box."""
        return self.annex.width + STALK if self.annex else 0.0

    @property
    def size(self) -> Size:
        """How much room both take."""
        high = max(self.box.height, self.annex.height if self.annex else 0.0)
        return Size(self.left + self.box.width, high)

    def box_in(self, room: Box) -> Box:
        """Return where the box stands."""
        return Box(room.x + self.left, room.y + (room.height - self.box.height) / 2, *self.box)

    def annex_in(self, room: Box) -> Box | None:
        """Return where the annex stands."""
        return Box(room.x, room.y + (room.height - self.annex.height) / 2, *self.annex) if self.annex else None


@dataclass(slots=True)
class _Room:
    """What grandalf asks of a vertex: how large it is, and where it says that it goes."""

    w: float
    h: float
    xy: tuple[float, float] = (0.0, 0.0)


def _vertex(key: str | Pair, size: Size) -> Any:
    vertex = Vertex(key)
    vertex.view = _Room(size.width, size.height)
    return vertex


@dataclass(slots=True)
class _Chain:
    """One arrow on its way down: a box, what stands in the layers between, and a box."""

    pair: Pair
    upper: str
    lower: str
    between: list[Any]


class _Part:
    """A part of the graph that hangs together."""

    def __init__(self, core: Any, rank: Mapping[str, int], plots: Mapping[str, _Plot]) -> None:
        self._rank, self._plots = rank, plots
        self._core = core
        self._ends = {vertex.data: vertex for vertex in core.sV if isinstance(vertex.data, str)}
        self._sugiyama = SugiyamaLayout(core)
        self._sugiyama.xspace = BESIDE
        self._sugiyama.dw, self._sugiyama.dh = 6.0, 6.0
        self._sugiyama.init_all(inverted_edges=[])  # no circles: every edge was made to lead downwards
        self._sugiyama.draw(ROUNDS)
        self._layers = [list(layer) for layer in self._sugiyama.layers]
        self._at: dict[Any, Box] = {}

    def layout(self) -> Layout:
        """Place everything, the upper left corner at 0."""
        chains = list(self._chains())
        self._place(chains)
        left = min(box.x for box in self._at.values())
        self._at = {vertex: box.moved(-left, 0) for vertex, box in self._at.items()}
        placed = {vertex.data: self._at[vertex] for vertex in self._core.sV}
        rooms = {key: room for key, room in placed.items() if isinstance(key, str)}
        boxes = {id_: self._plots[id_].box_in(room) for id_, room in rooms.items()}
        annexes = {id_: self._plots[id_].annex_in(room) for id_, room in rooms.items()}
        right, bottom = (max(box[i] + box[i + 2] for box in self._at.values()) for i in (0, 1))
        return Layout(
            boxes=boxes,
            annexes={id_: annex for id_, annex in annexes.items() if annex},
            labels={key: box for key, box in placed.items() if not isinstance(key, str)},
            lines=dict(self._lines(chains, boxes)),
            size=Size(right, bottom),
        )

    def _place(self, chains: Iterable[_Chain]) -> None:
        top = 0.0
        links = [pair for chain in chains for pair in pairwise(self._passed(chain))]
        for number, layer in enumerate(self._layers):
            if number:
                far = [abs(self._wish(a) - self._wish(b)) for a, b in links if self._level(b) == number]
                top += max(BETWEEN, min(max(far, default=0) * STEEP, 3 * BETWEEN))
            height = max(vertex.view.h for vertex in layer)
            wishes = [(self._wish(vertex), vertex.view.w) for vertex in layer]
            for vertex, x in zip(layer, _apart(wishes), strict=True):
                w, h = vertex.view.w, vertex.view.h
                self._at[vertex] = Box(x - w / 2, top + (height - h) / 2, w, h)
            top += height

    def _wish(self, vertex: Any) -> float:
        return float(vertex.view.xy[0])

    def _level(self, vertex: Any) -> int:
        return int(self._sugiyama.grx[vertex].rank)

    def _chains(self) -> Iterator[_Chain]:
        """Yield each arrow with what it passes: grandalf's bends, and its own label."""
        for label in sorted((v for v in self._core.sV if not isinstance(v.data, str)), key=self._by_rank):
            (above,), (below,) = label.e_in(), label.e_out()
            between = [*self._bends(above), label, *self._bends(below)]
            yield _Chain(label.data, above.v[0].data, below.v[1].data, between)

    def _by_rank(self, label: Any) -> tuple[int, ...]:
        return tuple(self._rank[id_] for id_ in label.data)

    def _bends(self, edge: Any) -> list[Any]:
        passed = self._sugiyama.ctrls.get(edge, {})
        return [passed[level] for level in sorted(passed)][1:-1]

    def _passed(self, chain: _Chain) -> list[Any]:
        return [self._ends[chain.upper], *chain.between, self._ends[chain.lower]]

    def _lines(self, chains: list[_Chain], boxes: Mapping[str, Box]) -> Iterator[tuple[Pair, tuple[Point, ...]]]:
        """Yield each arrow as a line: upright within layers, so that it meets nothing that stands there."""
        leave, enter = self._ports(chains, boxes)
        tops, bottoms = self._edges_of_layers()
        for chain in chains:
            first, *between, last = self._passed(chain)
            upper, lower = boxes[chain.upper], boxes[chain.lower]
            start, end = upper.y + upper.height, lower.y
            points = [Point(leave[chain.pair], start)]
            if (bottom := bottoms[self._level(first)]) > start + SHORT:
                points.append(Point(leave[chain.pair], bottom))
            for vertex in between:
                x, level = self._at[vertex].middle, self._level(vertex)
                points += [Point(x, tops[level]), Point(x, bottoms[level])]
            if (top := tops[self._level(last)]) < end - SHORT:
                points.append(Point(enter[chain.pair], top))
            points.append(Point(enter[chain.pair], end))
            yield chain.pair, tuple(points if chain.pair[0] == chain.upper else reversed(points))

    def _edges_of_layers(self) -> tuple[list[float], list[float]]:
        layers = [[self._at[vertex] for vertex in layer] for layer in self._layers]
        return [min(b.y for b in layer) for layer in layers], [max(b.y + b.height for b in layer) for layer in layers]

    def _ports(self, chains: list[_Chain], boxes: Mapping[str, Box]) -> tuple[dict[Pair, float], dict[Pair, float]]:
        """Spread the ends of lines along the lower and upper sides of the boxes, in the order in which they arrive."""
        leave: dict[Pair, float] = {}
        enter: dict[Pair, float] = {}
        for id_, box in boxes.items():
            down = [(self._at[c.between[0]].middle, c.pair) for c in chains if c.upper == id_]
            up = [(self._at[c.between[-1]].middle, c.pair) for c in chains if c.lower == id_]
            leave |= _spread(down, box)
            enter |= _spread(up, box)
        return leave, enter


def _spread(ends: list[tuple[float, Pair]], box: Box) -> dict[Pair, float]:
    step = min(PORT, (box.width - 24) / max(len(ends), 1))
    first = box.middle - step * (len(ends) - 1) / 2
    return {pair: first + step * number for number, (_, pair) in enumerate(sorted(ends))}


@dataclass(slots=True)
class _Block:
    """Neighbours of a layer that touch, and so move together."""

    members: list[float] = field(default_factory=list)
    """Where each wishes the block's first member to be."""

    @property
    def x(self) -> float:
        return sum(self.members) / len(self.members)


def _apart(wishes: list[tuple[float, float]]) -> list[float]:
    """Return middles as near to those wished for as can be, in the same order and without overlapping.

    `wishes` are middles and widths. Neighbours that would overlap form a block, which stands where its members wish on
    average (the method is known as "pool adjacent violators").
    """
    offset, offsets = 0.0, [0.0]
    for (_, left), (_, right) in pairwise(wishes):
        offset += (left + right) / 2 + BESIDE
        offsets.append(offset)
    blocks: list[_Block] = []
    for (wish, _), away in zip(wishes, offsets, strict=True):
        blocks.append(_Block([wish - away]))
        while len(blocks) > 1 and blocks[-2].x > blocks[-1].x:
            last = blocks.pop()
            blocks[-1].members += last.members
    starts = [block.x for block in blocks for _ in block.members]
    return [start + away for start, away in zip(starts, offsets, strict=True)]


def _beside_one_another(parts: list[Layout], row: float) -> Layout:
    """Put the parts into rows."""
    placed: list[Layout] = []
    x, y, below, right = MARGIN, MARGIN, MARGIN, MARGIN
    for part in parts:
        if x > MARGIN and x + part.size.width > row:
            x, y = MARGIN, below + BETWEEN
        placed.append(part.moved(x, y))
        below, right = max(below, y + part.size.height), max(right, x + part.size.width)
        x += part.size.width + 2 * BESIDE
    return joined(placed, Size(right + MARGIN, below + MARGIN))
