"""Atlassian Documents, as far as others need to look into them (facts §5, ADF)."""

from __future__ import annotations

from typing import Any, Final

BLOCKS: Final = {"paragraph", "heading", "listItem", "codeBlock", "blockquote"}


def is_document(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc"


def plain_text(node: Any) -> str:
    """The text of a document, a line for each block: what is searched and what a history shows."""
    return "\n".join(line for line in _text(node).split("\n") if line.strip())


def _text(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    inner = "".join(_text(each) for each in node.get("content") or ())
    return f"{inner}\n" if node.get("type") in BLOCKS else inner
