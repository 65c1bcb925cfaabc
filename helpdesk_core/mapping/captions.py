"""The words in a picture: what stands in boxes and beside lines, in lines that fit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from helpdesk_core.mapping.board import Tray
from helpdesk_core.mapping.flow import Flow, Move, State, Way
from helpdesk_core.mapping.geometry import Size
from helpdesk_core.mapping.lettering import broken, width
from helpdesk_core.mapping.wording import listed

NAME, SMALL = 14.0, 12.0
"""Sizes of fonts; the style sheet has the same."""
NAME_LINE, SMALL_LINE = 18.0, 16.0
STRONG: Final = frozenset({"label strong", "mark"})
"""What the style sheet sets in bold, beside names."""
BOX: Final = 190.0
"""How wide the words in a box may be."""
LABEL: Final = 150.0
"""How wide what stands on a line may be."""
MOST_MOVES: Final = 3
MOST_LINES: Final = 5

Lines = tuple[tuple[str, str], ...]
"""Words and the class in which they are set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One line of words, by its middle and its baseline."""

    x: float
    y: float
    words: str
    css: str


def state_lines(state: State, flow: Flow) -> Lines:
    """Say in a state's box what it is, what it means, and what is special about it."""
    name = f"✓\N{NO-BREAK SPACE}{state.name}" if state.done else state.name
    meaning = state.meaning if isinstance(state.place, Tray) else f"Ticket: {state.meaning}"
    again = [move for way in flow.ways if way.loop and way.to_id == state.id for move in way.moves]
    loops = [
        line for move in again[:MOST_MOVES] for line in broken(f"↻\N{NO-BREAK SPACE}{_said(move)}", SMALL, BOX, most=2)
    ]
    return (
        *((line, "name") for line in broken(name, NAME, BOX, most=3, bold=True)),
        *((line, "small") for line in broken(meaning, SMALL, BOX, most=2)),
        *((line, "small") for line in loops),
        *((line, "mark") for line in _marks(state)),
    )


def _marks(state: State) -> Iterator[str]:
    if state.dead_end:
        yield "⚠ no way out"
    if not state.explored:
        yield "? not looked into"
    if state.here:
        yield "● the issue is here"
    if state.goal:
        yield "◎ it should get here"


def entry_lines(state: State, flow: Flow) -> Lines:
    """Say what leads to a state from many others, and from which."""
    names = {each.id: each.name for each in flow.states}
    anywhere = "anywhere" if all(each.explored for each in flow.states) else "anywhere known"
    lines: list[tuple[str, str]] = []
    for way in (way for way in flow.ways if way.shared and way.to_id == state.id):
        whence = [anywhere] if way.everywhere else [names[id_] for id_ in way.from_ids]
        lines += [(line, "label strong") for line in _whence_lines(whence)]
        if not _plain(way, state):
            lines += label_lines(way.moves)
    return tuple(lines)


def _whence_lines(whence: list[str]) -> tuple[str, ...]:
    """Name as many as there is room for, and count the others."""
    for most in range(len(whence), 0, -1):
        words = f"from {listed(whence, most=most)}"
        if len(lines := broken(words, SMALL, LABEL, most=len(words), bold=True)) <= MOST_LINES:
            return lines
    return broken(f"from {len(whence)} statuses", SMALL, LABEL, most=1, bold=True)


def _plain(way: Way, state: State) -> bool:
    """Whether a move is called like the status that it enters, and requires nothing: then its name says nothing."""
    return all(not move.requires and move.name.casefold() == state.name.casefold() for move in way.moves)


def label_lines(moves: tuple[Move, ...]) -> Lines:
    """Say on a line what its moves are called, and what they require."""
    lines: list[tuple[str, str]] = []
    for move in moves[:MOST_MOVES]:
        lines += [(line, "label") for line in broken(move.name or "(no name)", SMALL, LABEL, most=2)]
        if move.requires:
            lines += [(line, "label needs") for line in broken(_needs(move), SMALL, LABEL, most=3)]
    if len(moves) > MOST_MOVES:
        lines.append((f"and {len(moves) - MOST_MOVES} more", "label"))
    return tuple(lines)


def size_of(lines: Lines) -> Size:
    """Estimate how much room lines take, without anything around them."""
    return Size(max(_line_width(*line) for line in lines), sum(_line_height(css) for _, css in lines))


def set_lines(lines: Lines, middle: float, top: float) -> tuple[Text, ...]:
    """Give lines their places, one below the other."""
    texts: list[Text] = []
    for words, css in lines:
        top += _line_height(css)
        texts.append(Text(x=round(middle, 1), y=round(top - 4, 1), words=words, css=css))
    return tuple(texts)


def _needs(move: Move) -> str:
    return f"needs {listed(move.requires)}"


def _said(move: Move) -> str:
    return f"{move.name}, {_needs(move)}" if move.requires else move.name


def _line_height(css: str) -> float:
    return NAME_LINE if css == "name" else SMALL_LINE


def _line_width(words: str, css: str) -> float:
    return width(words, NAME, bold=True) if css == "name" else width(words, SMALL, bold=css in STRONG)
