"""Atlassian Documents, as far as others need to look into them (facts §5, ADF)."""

from __future__ import annotations

import re
from typing import Any, Final

PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n+")
LONGEST_TEXT: Final = 32_767
TOO_LONG: Final = f"The entered text is too long. It exceeds the allowed limit of {LONGEST_TEXT:,} characters."
# What shows without any text of its own.
SHOWN_ALONE: Final = {"mention", "emoji", "date", "status", "inlineCard", "blockCard", "media", "rule"}
NOT_A_DOCUMENT: Final = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
BLOCKS: Final = {"paragraph", "heading", "listItem", "codeBlock", "blockquote"}


def is_document(value: object) -> bool:
    """Whether this has the form of a document; which nodes may stand where is not looked at."""
    return isinstance(value, dict) and value.get("type") == "doc" and _is_node(value)


def _is_node(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    content, attributes, marks = value.get("content", []), value.get("attrs", {}), value.get("marks", [])
    return (
        isinstance(content, list)
        and all(_is_node(each) for each in content)
        and isinstance(attributes, dict)
        and isinstance(marks, list)
        and all(_is_node(each) for each in marks)
    )


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
    """Plain text as an Atlassian Document: a paragraph for each block of lines (facts §5, ADF minimum)."""
    blocks = PARAGRAPHS.split(text.replace("\r\n", "\n"))
    return {"type": "doc", "version": 1, "content": [_paragraph(each) for each in blocks]}


def _paragraph(block: str) -> dict[str, Any]:
    """Its lines, with breaks between them; an empty line has no text node, which would not be valid."""
    nodes: list[dict[str, Any]] = []
    for line in block.split("\n"):
        nodes += [{"type": "hardBreak"}] if nodes else []
        nodes += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": nodes}


def _text(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    if node.get("type") == "hardBreak":
        return "\n"
    if node.get("type") in SHOWN_ALONE:
        attributes = node.get("attrs")
        told = attributes if isinstance(attributes, dict) else {}
        return str(told.get("text") or told.get("url") or "")
    inner = "".join(_text(each) for each in _inner(node))
    return f"{inner}\n" if node.get("type") in BLOCKS else inner


def _inner(node: dict[str, Any]) -> list[Any]:
    found = node.get("content")
    return found if isinstance(found, list) else []
