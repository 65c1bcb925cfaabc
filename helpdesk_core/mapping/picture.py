"""A workflow as a picture: boxes, lines and words with their places, and the same as rows of a table. Pure.

The template only writes down what stands here. `flow` says what is shown, `captions` in which words, `layout` where it
goes; this module puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from helpdesk_core.mapping.board import Tray
from helpdesk_core.mapping.captions import Lines, Text, entry_lines, label_lines, set_lines, size_of, state_lines
from helpdesk_core.mapping.flow import Flow, Journey, Legend, Move, State, Way, read_flow
from helpdesk_core.mapping.geometry import Box, Layout, Point, Size
from helpdesk_core.mapping.layout import lay_out
from helpdesk_core.mapping.wording import listed
from helpdesk_core.values import Evidence, Workflow

COLOURS: Final = 10
"""As many classes as the style sheet has; with more ticket statuses colours repeat, and words tell them apart."""
PADDING: Final = 10.0
PAGE: Final = 980.0
PANEL: Final = 340.0
"""How much is shown beside one another: of a workflow on its page, of an issue's on a ticket's."""
MOST_LINES: Final = 200
"""With more lines nobody finds one, and placing them takes a while: then there is the table alone."""
NARROWEST: Final = 110.0
ARROW: Final = 7.0
"""How long an arrow's head is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A small box with what moves are called and what they require."""

    box: Box
    texts: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A state with its place."""

    state: State
    css: str
    box: Box
    texts: tuple[Text, ...]
    entry: Label | None
    """The moves that lead here from anywhere."""
    stalk: str
    """The line from `entry` to the box, as SVG has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A way between two states, with its place."""

    way: Way
    line: str
    """As SVG has it."""
    label: Label


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A move in words, for the table."""

    from_name: str
    move: str
    to_name: str
    requires: str
    known_from: str
    on_path: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Everything that is drawn, and the same as a table. Without nodes: it is too large to be drawn, or empty."""

    flow: Flow
    size: Size
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    rows: tuple[Row, ...]

    @property
    def summary(self) -> str:
        """Say how much is shown, in a sentence."""
        return f"{_counted(len(self.flow.states), 'status', 'es')} and {_counted(len(self.rows), 'move', 's')}."

    @property
    def mixed(self) -> bool:
        """Whether some moves were read from the workflow and others are known from issues only."""
        return len({way.evidence for way in self.flow.ways}) > 1

    @property
    def signs(self) -> tuple[str, ...]:
        """Explain the signs that are there, and no others."""
        states, ways = self.flow.states, self.flow.ways
        explained = {
            "✓ counts as done.": any(state.done for state in states),
            "Hatched: nobody has placed it on the mapping.": any(state.place is Tray.NEW for state in states),
            "Dashed border: nobody has seen its ways out yet.": any(not state.explored for state in states),
            "Dashed line: seen on issues, not read.": self.mixed,
            "All moves were seen on issues.": bool(ways) and not self.mixed and ways[0].evidence is Evidence.LEARNT,
            "Thick line: the planned way.": any(way.on_path for way in ways),
        }
        return tuple(words for words, holds in explained.items() if holds)


def make_picture(workflow: Workflow, legend: Legend, journey: Journey | None = None) -> Picture:
    """Draw a workflow, with the way of one issue if that is given."""
    flow = read_flow(workflow, legend, journey)
    between = {way.pair: way for way in flow.ways if not (way.shared or way.loop)}
    if len(between) > MOST_LINES:
        return Picture(flow=flow, size=Size(0, 0), nodes=(), edges=(), rows=tuple(_rows(flow)))
    shapes = [_Shape(each, state_lines(each, flow), entry_lines(each, flow)) for each in flow.states]
    labels = {pair: label_lines(way.moves) for pair, way in between.items()}
    layout = lay_out(
        {shape.state.id: shape.size for shape in shapes},
        {pair: _label_size(lines) for pair, lines in labels.items()},
        {shape.state.id: _label_size(shape.entry) for shape in shapes if shape.entry},
        row=PANEL if journey else PAGE,
        first=journey.here if journey else None,
    )
    return Picture(
        flow=flow,
        size=layout.size,
        nodes=tuple(shape.node(layout) for shape in shapes),
        edges=tuple(_edge(way, layout, labels[pair]) for pair, way in between.items()),
        rows=tuple(_rows(flow)),
    )


# ── boxes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Shape:
    """What stands in a state's box, and in its annex: what leads there from anywhere."""

    state: State
    lines: Lines
    entry: Lines

    @property
    def size(self) -> Size:
        """How much room the box takes."""
        wide, high = size_of(self.lines)
        return Size(max(NARROWEST, wide + 2 * PADDING + 4), high + 2 * PADDING - 4)

    def node(self, layout: Layout) -> Node:
        """Draw it into its place."""
        box, annex = layout.boxes[self.state.id], layout.annexes.get(self.state.id)
        middle = box.y + box.height / 2
        return Node(
            state=self.state,
            css=" ".join(_css(self.state)),
            box=box,
            texts=set_lines(self.lines, box.middle, box.y + PADDING - 2),
            entry=_label(self.entry, annex) if annex else None,
            stalk=f"M{annex.x + annex.width:.1f} {middle:.1f}H{box.x - ARROW:.1f}" if annex else "",
        )


def _css(state: State) -> Iterator[str]:
    yield f"place-{state.place.value}" if isinstance(state.place, Tray) else f"place-{state.place % COLOURS}"
    marks = {
        "done": state.done,
        "dead-end": state.dead_end,
        "unexplored": not state.explored,
        "here": state.here,
        "goal": state.goal,
        "on-path": state.on_path,
    }
    yield from (name for name, holds in marks.items() if holds)


# ── lines and labels ──────────────────────────────────────────────────────────────────────────────────────────────────


def _edge(way: Way, layout: Layout, lines: Lines) -> Edge:
    pair = way.pair
    return Edge(way=way, line=_curve(layout.lines[pair]), label=_label(lines, layout.labels[pair]))


def _curve(points: tuple[Point, ...]) -> str:
    """Write a line for SVG: upright through the layers, bent between them, and short of its end by the arrow's head."""
    end = points[-1]
    upwards = points[0].y > end.y
    points = (*points[:-1], end._replace(y=end.y + (ARROW if upwards else -ARROW)))
    said = [f"M{points[0].x:.1f} {points[0].y:.1f}"]
    for a, b in pairwise(points):
        if abs(a.x - b.x) < 1:
            said.append(f"L{b.x:.1f} {b.y:.1f}")
        else:
            half = (a.y + b.y) / 2
            said.append(f"C{a.x:.1f} {half:.1f} {b.x:.1f} {half:.1f} {b.x:.1f} {b.y:.1f}")
    return "".join(said)


def _label_size(lines: Lines) -> Size:
    wide, high = size_of(lines)
    return Size(wide + PADDING, high + 4)


def _label(lines: Lines, box: Box) -> Label:
    return Label(box=box, texts=set_lines(lines, box.middle, box.y + 2))


# ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(flow: Flow) -> Iterator[Row]:
    names = {state.id: state.name for state in flow.states}
    for way in flow.ways:
        for move in way.moves:
            yield Row(
                from_name="Anywhere" if way.everywhere else ", ".join(names[id_] for id_ in way.from_ids),
                move=move.name,
                to_name=names[way.to_id],
                requires=listed(move.requires),
                known_from=_known_from(move),
                on_path=way.on_path,
            )


def _known_from(move: Move) -> str:
    if move.evidence is Evidence.KNOWN:
        return "the workflow"
    return f"issue {move.seen_on}" if move.seen_on else "an issue"


def _counted(count: int, one: str, plural: str) -> str:
    return f"{count} {one}{'' if count == 1 else plural}"
