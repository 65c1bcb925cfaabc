"""Which characters and which links may pass, in either direction."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

UNFIT: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""No document may hold them: control characters, halves of characters, and the noncharacters that we mark with."""
MAX_NAME: Final = 100
MAX_ADDRESS: Final = 2000
SCHEMES: Final = {"http", "https"}
MAIL: Final = re.compile(r"mailto:[^\s<>@]+@[^\s<>@]+", re.IGNORECASE)
ADDRESS: Final = re.compile(r"[^\s<>\"\\^`{|}\x00-\x20]+")


def cleaned(words: str) -> str:
    """Return text without unfit characters, every kind of line end as a line feed."""
    return UNFIT.sub("", "\n".join(words.splitlines()))


def cleaned_name(name: str) -> str:
    """Return a name on one line, without characters that are invisible or turn the direction of writing."""
    visible = "".join(" " if one.isspace() else one for one in name if one.isspace() or _is_visible(one))
    return " ".join(visible.split())[:MAX_NAME].strip()


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cn", "Co", "Cs"}


def is_safe_link(url: object) -> bool:
    """Whether an address may be a link: the web or mail, whole, and of a length that browsers take."""
    if not isinstance(url, str) or len(url) > MAX_ADDRESS:
        return False
    if MAIL.fullmatch(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and ADDRESS.fullmatch(url) is not None
    except ValueError:  # a broken IPv6 address
        return False
