"""Turns what people typed into the tracker's own text, and back.

The tracker shows Markdown, and HTML as it stands: so each sign that HTML is made of is written as an entity, and
nobody's text can do anything on its pages. All calls act as one account, so a text begins with who wrote it.
"""

from __future__ import annotations

import html
import re
from typing import Final

from helpdesk_core.testing.tracker.told import clean

MARKDOWN: Final = re.compile(r"([\\`*_\[\]()#!|])")


def to_tracker(text: str, author: str) -> str:
    """Write a text with its author's name before it."""
    name = MARKDOWN.sub(r"\\\1", " ".join(clean(author).split()))
    return html.escape(f"**{name}** wrote:\n\n{clean(text)}", quote=False)


def from_tracker(text: str) -> str:
    """Read a text as Markdown."""
    return html.unescape(text)
