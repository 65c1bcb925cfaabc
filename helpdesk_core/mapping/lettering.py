"""How wide words are, and where lines of them break. Pure.

SVG does not break lines, and a server does not know the reader's font. So widths are estimated, rather too large than
too small: a box a little too wide looks well, a word that leaves its box does not.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, east_asian_width

NARROW: Final = frozenset("iljtfrI.,:;'|!()[]/ ")
BROAD: Final = frozenset("mwMW@%—…→✓⚠↻")
BOLD: Final = 1.12
ELLIPSIS: Final = "…"
PIECES: Final = re.compile(r"[^ \-/]+[-/]* *|[-/]+ *| +")
"""What may not be broken: a word with what follows it. Words with a no-break space between them are one."""


def width(words: str, size: float, *, bold: bool = False) -> float:
    """Estimate how wide words are in a font of this size."""
    return sum(map(_share, words)) * size * (BOLD if bold else 1)


def broken(words: str, size: float, room: float, *, most: int, bold: bool = False) -> tuple[str, ...]:
    """Break words into at most so many lines, none wider than `room`; what does not fit is cut off with an ellipsis."""
    lines: list[str] = [""]
    for piece in PIECES.findall(words):
        longer = lines[-1] + piece
        if not lines[-1] or width(longer.rstrip(), size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(piece)
    kept = [*lines[: most - 1], "".join(lines[most - 1 :])] if len(lines) > most else lines
    return tuple(cut(line.strip(), size, room, bold=bold) for line in kept)


def cut(words: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return words as they are if there is room for them, else what fits and an ellipsis."""
    if width(words, size, bold=bold) <= room:
        return words
    while words and width(words + ELLIPSIS, size, bold=bold) > room:
        words = words[:-1]
    return words.rstrip() + ELLIPSIS


def _share(letter: str) -> float:
    """How wide a letter is, by the size of the font."""
    if combining(letter):
        return 0
    if letter in NARROW:
        return 0.38
    if letter in BROAD:
        return 1.0
    if east_asian_width(letter) in {"W", "F"}:
        return 1.1
    return 0.74 if letter.isupper() or not letter.isascii() else 0.61
