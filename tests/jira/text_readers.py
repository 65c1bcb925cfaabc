"""What a reader sees, read independently of the code under test: HTML made by mistune, and Atlassian's own schema."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import mistune
from adf_bridge import validate_adf
from bs4 import BeautifulSoup, NavigableString, Tag

from plugins.jira.simulator.documents import is_document, plain_text

RENDER = mistune.create_markdown(escape=True, plugins=["table", "strikethrough", "task_lists", "url"])
WORD = re.compile(r"[^\W_]+")
RECORDED = Path(os.environ.get("HELPDESK_RECORDED") or Path(__file__).parents[3] / "shared" / "data" / "recorded")


def words(text: str) -> list[str]:
    return WORD.findall(text)


def written(markdown: str) -> list[str]:
    """Every word of a text as it stands there, but for bare numbers: Markdown counts the items of a list itself."""
    return [word for word in words(unquote(markdown)) if not word.isdigit()]


def seen_in_markdown(markdown: str) -> list[str]:
    """The words that a browser shows for Markdown, and what a style or an address says beside them: see `_before`."""
    page = BeautifulSoup(str(RENDER(markdown)), "html.parser")
    return [word for piece in _pieces(page) for word in words(piece)]


def _pieces(node: Tag) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, NavigableString):
            yield str(child)
        elif isinstance(child, Tag):
            yield _before(child)
            yield from _pieces(child)
            address = str(child.get("href") or child.get("src") or "")
            yield "" if address in {"#harmful-link", child.get_text()} else unquote(address)
            yield str(child.get("title") or "")


def _before(tag: Tag) -> str:
    """What stands in front: a picture's words, an item's number, a ticked box, a code's language."""
    language = " ".join(tag.get_attribute_list("class")) if tag.name == "code" else ""
    ticked = "x" if tag.name == "input" and tag.has_attr("checked") else ""
    number = ""
    if tag.name == "li" and tag.parent is not None and tag.parent.name == "ol":
        earlier = len(tag.find_previous_siblings("li"))
        number = str(int(str(tag.parent.get("start") or 1)) + earlier)
    return f"{tag.get('alt') or ''} {number} {ticked} {language.removeprefix('language-')}"


def seen_in_document(document: dict[str, Any]) -> list[str]:
    """The words of a document in their order, with the same beside them as in `seen_in_markdown`."""
    found: list[str] = []
    pending: list[Any] = [document]
    while pending:
        node = pending.pop()
        attributes = node.get("attrs") or {}
        children = list(node.get("content", ()))
        found += words(f"{node.get('number', '')} {attributes.get('language', '')}")
        found += ["x"] if attributes.get("state") == "DONE" else []
        if node.get("type") == "orderedList":
            start = attributes.get("order", 1)
            children = [{**child, "number": start + at} for at, child in enumerate(children)]
        if node.get("type") == "text":
            found += words(node["text"])
            found += [word for mark in node.get("marks", ()) for word in words(unquote(_address(mark, node["text"])))]
        pending.extend(reversed(children))
    return found


def _address(mark: dict[str, Any], text: str) -> str:
    attributes = mark.get("attrs") or {}
    address = str(attributes.get("href", ""))
    return f"{'' if address == text else address} {attributes.get('title', '')}"


def is_within(fewer: list[str], more: list[str]) -> bool:
    """Whether the words stand among the others in the same order."""
    others = iter(more)
    return all(word in others for word in fewer)


def check_valid(document: dict[str, Any]) -> None:
    """Fail unless the document is one by Atlassian's schema, and by what the simulator takes for one."""
    validate_adf(document)
    assert is_document(document)
    assert isinstance(plain_text(document), str)


def nodes(document: object) -> Iterator[dict[str, Any]]:
    """Every object in a document, whatever it is."""
    pending = [document]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield each
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)


def recorded_documents() -> list[tuple[str, dict[str, Any]]]:
    """Every document in the recorded answers of real Jira sites, with its file's name."""
    files = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []
    return [
        (file.stem, each)
        for file in files
        for each in nodes(json.loads(file.read_text(encoding="utf-8")))
        if each.get("type") == "doc" and isinstance(each.get("content"), list)
    ]
