"""What a person means who types a key, pastes an address or enters some words. Pure.

JQL takes words in double quotes and reads them as a query of its own within, with operators that must be escaped twice:
https://support.atlassian.com/jira-software-cloud/docs/search-for-issues-using-the-text-field/
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

FOUND: Final = 20
"""The most that is shown to a person who looks for one issue."""
LONGEST: Final = 250
KEY: Final = re.compile(r"[a-z][a-z0-9_]+-[1-9][0-9]*", re.IGNORECASE | re.ASCII)
OPERATORS: Final = re.compile(r'[+\-&|!(){}\[\]^~*?:/\\"]')


def key_in(text: str, site_url: str) -> str:
    """Return the key that a text is, or that an address of this site leads to; empty where it is neither."""
    if KEY.fullmatch(text):
        return text.upper()
    if not _is_address(text):
        return ""
    try:
        parts, site = urlsplit(text), urlsplit(site_url)
        if parts.hostname != site.hostname:
            return ""
        named = [*parse_qs(parts.query).get("selectedIssue", ()), *reversed(parts.path.split("/"))]
    except ValueError:
        return ""
    return next((part.upper() for part in named if KEY.fullmatch(part)), "")


def words_query(text: str) -> str:
    """Return the JQL that looks for words; empty where there are none to look for, as in an address."""
    words = "".join(char if char.isprintable() else " " for char in text)[:LONGEST].strip()
    if _is_address(words) or not any(char.isalnum() for char in words):
        return ""
    escaped = OPERATORS.sub(lambda found: f"\\{found[0]}", words)
    quoted = escaped.replace("\\", "\\\\").replace('"', '\\"')
    return f'text ~ "{quoted}" ORDER BY updated DESC'


def _is_address(text: str) -> bool:
    return re.match(r"https?://", text, re.IGNORECASE) is not None
