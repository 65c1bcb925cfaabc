"""Text between the helpdesk, which keeps Markdown, and Roundup, whose messages are plain text. Pure.

To Roundup, Markdown goes as it was typed: people read it, and Roundup shows it as text. From Roundup, each character
must stay the character that it is, so a backslash goes before what Markdown would take for more: but only there,
because the helpdesk shows Markdown line by line, and people see each backslash.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

UNFIT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
MAX_NAME: Final = 100
MAX_TITLE: Final = 255
MAX_SUMMARY: Final = 100

INLINE: Final = re.compile(
    r"""
      (\\)(?=[!-/:-@\[-`{-~]|$)          # a backslash that would swallow what follows
    | (`|~~|\*\*+)                       # code, strikethrough, strong
    | ((?<!\s)\*|\*(?!\s))               # emphasis, but not 2 * 3
    | ((?<![^\W_])_|_(?![^\W_]))         # emphasis, but not snake_case
    | (<)(?=[a-zA-Z/!?])                 # a tag or a link
    | (\])(?=[(\[:])                     # the middle of a link or a reference, on whichever line it began
    | (!)(?=\[)                          # a picture
    | (&)(?=\#?\w+;)                     # an entity
    """,
    re.VERBOSE,
)
OPENING: Final = re.compile(
    r"""
      (?P<mark>\#)(?=\#{0,5}(\s|$))      # a heading
    | (?P<quote>>)                       # a quotation
    | (?P<item>[-+*])(?=\s|$)            # an item
    | (?P<digits>\d{1,9})(?P<dot>[.)])(?=\s|$)   # a numbered item
    | (?P<rule>[-=_+|:])(?=[-=_+|:\s]*$) # a line that is a rule, underlines a heading or divides a table
    """,
    re.VERBOSE,
)


def to_roundup(body: str, *, author: str) -> str:
    """Return a message: who wrote it, then what, as it was typed."""
    return f"{one_line(author, MAX_NAME) or 'Somebody'} wrote:\n\n{_fit(body).strip()}\n"


def summary_of(body: str) -> str:
    """Return the first words of a text, which Roundup keeps beside a message and shows in lists."""
    return one_line(next((line for line in body.splitlines() if line.strip()), ""), MAX_SUMMARY)


def title_of(title: str) -> str:
    """Return a title on one line."""
    return one_line(title, MAX_TITLE) or "(no title)"


def one_line(words: str, longest: int) -> str:
    """Return words on one line, without characters that are invisible or turn the direction of writing."""
    visible = "".join(one if one.isspace() or unicodedata.category(one)[0] != "C" else "" for one in words)
    line = " ".join(visible.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def from_roundup(content: str) -> str:
    """Return the Markdown that shows a plain text as it is, line by line."""
    return "\n".join(map(_line, _fit(content).strip("\n").split("\n")))


def _fit(words: str) -> str:
    return UNFIT.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))


def _line(line: str) -> str:
    line = line.expandtabs(4).rstrip()
    words = line.lstrip(" ")
    indent = len(line) - len(words)
    # four blanks would begin a block of code, and in a list fewer do; no-break spaces look the same and begin none
    blanks = "\N{NO-BREAK SPACE}" * indent
    return blanks + (_opened(words) if words else "")


def _opened(words: str) -> str:
    if found := OPENING.match(words):
        if found["digits"]:
            return f"{found['digits']}\\{found['dot']}{_inline(words[found.end() :])}"
        return f"\\{words[0]}{_inline(words[1:])}"
    return _inline(words)


def _inline(words: str) -> str:
    return INLINE.sub(lambda found: "".join(f"\\{one}" for one in found[0]), words)
