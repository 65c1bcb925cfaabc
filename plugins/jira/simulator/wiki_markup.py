"""Atlassian Documents as Jira's wiki markup: the form of a description in deliveries.

Deliveries carry the v2 shape of an issue (facts §3.4), where rich text is markup, not a document.
Notation after https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all; nodes
without one are told by their text.
"""

from __future__ import annotations

from typing import Any, Final

from plugins.jira.simulator.documents import is_document

SIGNS: Final = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}
LISTS: Final = {"bulletList": "*", "orderedList": "#"}


def wiki_markup(value: Any) -> str | None:
    """The markup of a document; text stays as it is, and what is neither has none."""
    if value is None or isinstance(value, str):
        return value
    return _blocks(value.get("content") or ()) if is_document(value) else None


def _blocks(nodes: Any, lead: str = "") -> str:
    separator = "\n" if lead else "\n\n"
    return separator.join(text for node in nodes if isinstance(node, dict) and (text := _block(node, lead)))


def _block(node: dict[str, Any], lead: str) -> str:
    kind, inner = node.get("type"), node.get("content") or ()
    if kind in LISTS:
        return "\n".join(_item(item, lead + LISTS[str(kind)]) for item in inner)
    if kind == "heading":
        return f"h{node.get('attrs', {}).get('level', 1)}. {_line(inner)}"
    if kind == "codeBlock":
        language = node.get("attrs", {}).get("language")
        return f"{{code{f':{language}' if language else ''}}}\n{_line(inner)}\n{{code}}"
    if kind == "blockquote":
        return f"{{quote}}\n{_blocks(inner)}\n{{quote}}"
    if kind == "rule":
        return "----"
    return _line(inner)


def _item(item: Any, lead: str) -> str:
    """An item: its first block on the line of the sign, lists in it below with more signs."""
    nodes = item.get("content") or () if isinstance(item, dict) else ()
    own = [node for node in nodes if isinstance(node, dict) and node.get("type") not in LISTS]
    below = [node for node in nodes if isinstance(node, dict) and node.get("type") in LISTS]
    lines = [f"{lead} {_blocks(own, lead)}", _blocks(below, lead)]
    return "\n".join(line for line in lines if line)


def _line(nodes: Any) -> str:
    return "".join(_inline(node) for node in nodes if isinstance(node, dict))


def _inline(node: dict[str, Any]) -> str:
    kind, attributes = node.get("type"), node.get("attrs") or {}
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        return f"[~accountid:{attributes.get('id', '')}]"
    if kind != "text":
        return str(attributes.get("text") or attributes.get("url") or _line(node.get("content") or ()))
    text = str(node.get("text", ""))
    for mark in node.get("marks") or ():
        text = _marked(text, mark)
    return text


def _marked(text: str, mark: dict[str, Any]) -> str:
    kind = str(mark.get("type"))
    if kind == "code":
        return f"{{{{{text}}}}}"
    if kind == "link":
        return f"[{text}|{mark.get('attrs', {}).get('href', '')}]"
    sign = SIGNS.get(kind, "")
    return f"{sign}{text}{sign}"
