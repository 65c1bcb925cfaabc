"""Documents become the markup that deliveries carry."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.jira.simulator.wiki_markup import wiki_markup


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, "marks": list(marks)}


def paragraph(*inline: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(inline)}


def item(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "listItem", "content": list(blocks)}


LINK = {"type": "link", "attrs": {"href": "https://helpdesk.example/7"}}
NESTED = {"type": "orderedList", "content": [item(paragraph(text("deep")))]}


@pytest.mark.parametrize(
    ("blocks", "markup"),
    [
        ([], ""),
        ([paragraph(text("one")), paragraph(text("two"))], "one\n\ntwo"),
        ([paragraph(text("a"), {"type": "hardBreak"}, text("b"))], "a\nb"),
        ([paragraph(text("bold", {"type": "strong"}), text(" "), text("soft", {"type": "em"}))], "*bold* _soft_"),
        ([paragraph(text("ls", {"type": "code"}))], "{{ls}}"),
        ([paragraph(text("ticket", LINK))], "[ticket|https://helpdesk.example/7]"),
        ([paragraph(text("hm", {"type": "unheard-of"}))], "hm"),
        ([paragraph({"type": "mention", "attrs": {"id": "account-ann", "text": "@Ann"}})], "[~accountid:account-ann]"),
        ([paragraph({"type": "emoji", "attrs": {"text": "🖨"}})], "🖨"),
        ([{"type": "heading", "attrs": {"level": 2}, "content": [text("Why")]}], "h2. Why"),
        ([{"type": "codeBlock", "attrs": {"language": "sh"}, "content": [text("ls")]}], "{code:sh}\nls\n{code}"),
        ([{"type": "blockquote", "content": [paragraph(text("said"))]}], "{quote}\nsaid\n{quote}"),
        ([{"type": "rule"}], "----"),
        ([{"type": "bulletList", "content": [item(paragraph(text("a")), NESTED), item(paragraph(text("b")))]}],
         "* a\n*# deep\n* b"),
        ([{"type": "panel", "content": [text("inside")]}], "inside"),
    ],
)  # fmt: skip
def test_markup(blocks: list[dict[str, Any]], markup: str) -> None:
    assert wiki_markup({"type": "doc", "version": 1, "content": blocks}) == markup


def test_what_is_no_document() -> None:
    assert wiki_markup(None) is None
    assert wiki_markup("plain") == "plain"
    assert wiki_markup({"type": "paragraph"}) is None
