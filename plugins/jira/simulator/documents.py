"""Atlassian Documents, as far as others need to look into them (facts §5, ADF)."""

from __future__ import annotations

from typing import Any, Final

LONGEST_TEXT: Final = 32_767
TOO_LONG: Final = f"The entered text is too long. It exceeds the allowed limit of {LONGEST_TEXT:,} characters."
# What shows without any text of its own.
SHOWN_ALONE: Final = {"mention", "emoji", "date", "status", "inlineCard", "blockCard", "media", "rule"}
NOT_A_DOCUMENT: Final = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
BLOCKS: Final = {"paragraph", "heading", "listItem", "codeBlock", "blockquote"}


def is_document(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc"


def is_empty(node: Any) -> bool:
    """Whether nothing would be seen of a document, however many empty blocks it has."""
    if not isinstance(node, dict):
        return True
    if node.get("type") in SHOWN_ALONE or (node.get("type") == "text" and str(node.get("text") or "").strip()):
        return False
    return all(is_empty(each) for each in _inner(node))


def is_too_long(value: object) -> bool:
    """Not confirmed, and decided here: what is counted is the text, not the document as JSON."""
    return len(plain_text(value)) > LONGEST_TEXT


def plain_text(node: Any) -> str:
    """The text of a document, a line for each block: what is searched and what a history shows."""
    return "\n".join(line for line in _text(node).split("\n") if line.strip())


def text_document(text: str) -> dict[str, Any]:
    """Plain text as an Atlassian Document of one paragraph (facts §5, ADF minimum)."""
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def _text(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    inner = "".join(_text(each) for each in _inner(node))
    return f"{inner}\n" if node.get("type") in BLOCKS else inner


def _inner(node: dict[str, Any]) -> list[Any]:
    found = node.get("content")
    return found if isinstance(found, list) else []
