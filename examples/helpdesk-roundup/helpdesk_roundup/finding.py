"""What a person means who types an issue's name, pastes an address or enters some words. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

FOUND: Final = 20
NAME: Final = re.compile(r"(?:#|issue\s*#?)?([0-9]{1,15})", re.IGNORECASE | re.ASCII)
ON_PAGE: Final = re.compile(r"issue([0-9]{1,15})")
MOST_WORDS: Final = 10


def number_in(text: str, tracker_url: str) -> str:
    """Return the number of the issue that a text names, or that an address of this tracker leads to; else nothing."""
    if found := NAME.fullmatch(text):
        return found[1].lstrip("0")
    if not _is_address(text):
        return ""
    try:
        there, tracker = urlsplit(text), urlsplit(tracker_url)
        same = (there.hostname, there.port) == (tracker.hostname, tracker.port)
    except ValueError:
        return ""
    if not same or not there.path.startswith(tracker.path):
        return ""
    on_page = ON_PAGE.fullmatch(there.path[len(tracker.path) :].strip("/"))
    return on_page[1].lstrip("0") if on_page else ""


def words_in(text: str) -> list[str]:
    """Return the words to look for in titles; none in an address."""
    if _is_address(text):
        return []
    words = "".join(char if char.isprintable() else " " for char in text).split()
    return [word for word in words if any(char.isalnum() for char in word)][:MOST_WORDS]


def _is_address(text: str) -> bool:
    return re.match(r"https?://", text, re.IGNORECASE) is not None
