"""Keeps marklas's Markdown readable as the plain text that the helpdesk shows.

marklas puts a backslash before every character that could mean something, and ``<br>`` where a line ends. Where a
character is harmless, or is meant, a noncharacter of Unicode (no document holds one, `safety.UNFIT`) stands for it
while marklas writes, and gives its place back afterwards.
"""

from __future__ import annotations

import re
from typing import Final

BREAK: Final = "\ufdd0"
BACKSLASH: Final = "\ufdd1"
OPEN: Final = "\ufdd2"
CLOSE: Final = "\ufdd3"
PARENTHESIS: Final = "\ufdda"
"""At the start of an item: its number stands before a parenthesis, not a dot."""
STANDS_FOR: Final = {
    "\\": BACKSLASH,
    "*": "\ufdd4",
    "_": "\ufdd5",
    "[": "\ufdd6",
    "]": "\ufdd7",
    "~": "\ufdd8",
    "<": "\ufdd9",
}
PROTECT: Final = str.maketrans(STANDS_FOR)
RESTORE: Final = str.maketrans({mark: character for character, mark in STANDS_FOR.items()})

HARMLESS: Final = re.compile(
    r"(?<=[^\W_])_(?=[^\W_])"  # within a word
    r"|(?<=\s)\*(?=\s)"
    r"|\\(?=[^\W_]|\s)"  # before no punctuation
    r"|<(?=[\s\d=])"  # no tag begins so
    r"|(?<=[^~])~(?=[^~])"
    r"|\[(?![ xX]\])"  # no box of a task
    r"|\](?![(:\[])"  # no end of a link's words, nor of its definition
)
HARMLESS_IN_LINK: Final = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
ADDRESS: Final = re.compile(r"https?://[^\s<>`\[\]]+")
STARTS_BLOCK: Final = re.compile(r"(\s*)(\d{0,9})(?=#{1,6}(?:\s|$)|>|[-+=](?:[-=\s]|$)|(?<=\d)[.)](?:\s|$))")
LEAD: Final = re.compile(r"(?:\s*(?:>|(?:[-*]|\d+[.)])(?= )) ?)*")
DESTINATION: Final = re.compile(rf"<{OPEN}([^{CLOSE}]*){CLOSE}>")
PLAIN_DESTINATION: Final = re.compile(r"[^\s()<>]+")


def marked(words: str, following: str, *, starts_line: bool, in_link: bool) -> str:
    """Return text in which every character that can do no harm is hidden from marklas.

    Args:
        words: the text, of one line.
        following: the character behind it, or nothing.
        starts_line: whether it begins a line, where marks of headings, lists and quotes count.
        in_link: whether it is the words of a link, in which brackets count.
    """
    pattern = HARMLESS_IN_LINK if in_link else HARMLESS
    hidden = pattern.sub(lambda found: STANDS_FOR[found[0]], words + following)[: len(words)]
    hidden = ADDRESS.sub(lambda found: hidden[found.start() : found.end()].translate(PROTECT), hidden)
    return (
        STARTS_BLOCK.sub(rf"\1\2{BACKSLASH}", hidden, count=1) if starts_line and STARTS_BLOCK.match(words) else hidden
    )


def bare(address: str) -> str:
    """Return an address that stands for itself, as a link: in angle brackets, untouched."""
    return f"<{address}>".translate(PROTECT)


def restored(markdown: str) -> str:
    """Return what marklas wrote with the hidden characters in their places, and every line on its own."""
    numbered = re.sub(rf"\. {PARENTHESIS}", ") ", markdown)
    lines = DESTINATION.sub(_destination, numbered).split("\n")
    return "\n".join(_broken(line) for line in lines).translate(RESTORE)


def _destination(found: re.Match[str]) -> str:
    return found[1] if PLAIN_DESTINATION.fullmatch(found[1]) else f"<{found[1]}>"


def _broken(line: str) -> str:
    """Break a line where its text breaks, each part as deep in quotes and lists as the first."""
    if BREAK not in line:
        return line
    lead = LEAD.match(line)
    depth = re.sub(r"[^>\s]", " ", lead[0]) if lead else ""
    first, *others = line.split(BREAK)
    return "\n".join([first.rstrip(), *(depth + other.strip() for other in others)])
