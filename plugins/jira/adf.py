"""Atlassian Document Format, as little of it as we write: paragraphs of text and links (``jira-cloud-api.md`` §2.8).

Version 3 of the interface takes rich text only in this form and refuses plain strings.
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]


def text(words: str) -> Node:
    """Return a piece of text. Empty ones are not allowed in a document."""
    return {"type": "text", "text": words}


def link(words: str, url: str) -> Node:
    """Return a piece of text that leads somewhere."""
    return {**text(words), "marks": [{"type": "link", "attrs": {"href": url}}]}


def strong(words: str) -> Node:
    """Return a piece of text in bold."""
    return {**text(words), "marks": [{"type": "strong"}]}


def emphasized(words: str) -> Node:
    """Return a piece of text in italics."""
    return {**text(words), "marks": [{"type": "em"}]}


def paragraph(*content: Node) -> Node:
    """Return a paragraph."""
    return {"type": "paragraph", "content": list(content)}


def document(*blocks: Node) -> Node:
    """Return a document."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def from_plain(words: str) -> Node:
    """Return plain text as a document, a paragraph for each line."""
    lines = (line.strip() for line in words.splitlines())
    return document(*(paragraph(text(line)) for line in lines if line))


def appended(existing: object, block: Node) -> Node:
    """Return a document with one block more, everything else as it is; `existing` may be none."""
    if not isinstance(existing, dict) or not isinstance(existing.get("content"), list):
        return document(block)
    return {**existing, "content": [*existing["content"], block]}


def mentions(existing: object, url: str) -> bool:
    """Whether an address stands in a document, as text, link or card; one that only begins like it does not count."""
    whole = re.compile(rf"{re.escape(url)}(?![\w/-])")
    return any(whole.search(found) for found in _texts(existing))


def _texts(node: object) -> Iterator[str]:
    pending = [node]
    while pending:  # not recursive: the depth is the remote system's
        match pending.pop():
            case str(words):
                yield words
            case dict(members):
                pending.extend(members.values())
            case list(items):
                pending.extend(items)
