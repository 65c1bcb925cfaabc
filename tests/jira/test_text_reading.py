"""Documents of strangers become Markdown that reads as plain text; whatever they are, nothing is raised."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.jira.text import Shown, to_adf, to_markdown
from plugins.jira.text.inlines import MAX_NODES, within
from plugins.jira.text.reading import SHORTENED
from tests.jira.text_readers import (
    RECORDED,
    check_valid,
    is_within,
    recorded_documents,
    seen_in_document,
    seen_in_markdown,
)

ISSUE = "https://acme.example/browse/A-1"
PAGE = (Path(__file__).parents[2] / "docs" / "text.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]*)`")
INLINE = {"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard"}
HTML = re.compile(r"(?<!\\)</?[a-zA-Z](?!\w*:|[^>\s]*@)|(?<!\\)<!|(?<!\\)<\?")


def document(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def text(words: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": words, "marks": [{"type": mark} for mark in marks]}


def shown(content: Any) -> str:
    return to_markdown(document(*content), issue_url=ISSUE).markdown


# ── the tables of docs/text.md ──────────────────────────────────────────────────────────────────────────────────────


def rows(heading: str) -> list[list[str]]:
    table = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    assert len(found) > 10
    return found


def cell(words: str) -> str:
    found = CODE.search(words)
    return found[1].replace("⏎", "\n") if found else ""


def as_jira_shows(node: dict[str, Any]) -> str:
    if node["type"] == "hardBreak":
        return "\n"
    if node["type"] == "text":
        links = [mark["attrs"]["href"] for mark in node.get("marks", ()) if mark["type"] == "link"]
        return "→".join([node["text"], *links])
    inner = [as_jira_shows(child) for child in node.get("content", ())]
    return ("" if node["type"] in {"paragraph", "heading"} else "\n").join(inner)


@pytest.mark.parametrize("row", rows("To Jira"), ids=lambda row: row[0].strip())
def test_what_the_page_says_of_text_to_jira_is_so(row):
    written, jira_shows = map(cell, row)
    made = to_adf(written)
    check_valid(made)
    assert as_jira_shows(made) == jira_shows


@pytest.mark.parametrize("row", rows("From Jira"), ids=lambda row: row[0].strip())
def test_what_the_page_says_of_documents_is_so(row):
    content = json.loads(f"[{cell(row[0])}]")
    whole = document(paragraph(*content)) if content[0]["type"] in INLINE else document(*content)
    assert to_markdown(whole) == Shown(markdown=cell(row[1]), complete="not all shown" not in row[1])


# ── single things ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_files_lead_to_the_issue_that_has_them():
    media = {"type": "media", "attrs": {"type": "file", "id": "1", "collection": "", "alt": "shot_1.png"}}
    assert shown([{"type": "mediaSingle", "content": [media]}]) == f"[attachment: shot_1.png]({ISSUE})"
    assert to_markdown(document(media), issue_url="javascript:alert(1)").markdown == "[attachment: shot_1.png]"


def test_cells_over_several_columns_and_rows_keep_the_others_in_their_columns():
    def cell_of(words: str, **spans: int) -> dict[str, Any]:
        return {"type": "tableCell", "attrs": spans, "content": [paragraph(text(words))]}

    table = [[cell_of("wide", colspan=2)], [cell_of("tall", rowspan=2), cell_of("a|b")], [cell_of("c")]]
    grid = {"type": "table", "content": [{"type": "tableRow", "content": row} for row in table]}
    assert shown([grid]) == "| wide |  |\n| --- | --- |\n| tall | a\\|b |\n|  | c |"


def test_lines_of_quotes_and_items_stay_in_them():
    lines = paragraph(text("one"), {"type": "hardBreak"}, text("two"))
    item = {
        "type": "listItem",
        "content": [lines, {"type": "orderedList", "content": [{"type": "listItem", "content": [lines]}]}],
    }
    assert shown([{"type": "blockquote", "content": [lines]}]) == "> one\n> two"
    assert shown([{"type": "bulletList", "content": [item]}]) == "- one\n  two\n\n  1. one\n     two"


def test_neighbouring_numbered_lists_stay_two():
    def numbered(start: int) -> dict[str, Any]:
        items = [{"type": "listItem", "content": [paragraph(text("a"))]}, {"type": "listItem", "content": []}]
        return {"type": "orderedList", "attrs": {"order": start}, "content": items}

    markdown = shown([numbered(1), numbered(7), numbered(3)])
    assert markdown == "1. a\n2.\n\n7) a\n8) \n\n3. a\n4."
    starts = [block.get("attrs", {}).get("order", 1) for block in to_adf(markdown)["content"]]
    assert starts == [1, 7, 3]


def test_numbered_lists_that_an_unknown_block_held_are_told_apart_once():
    numbered = {"type": "orderedList", "content": [{"type": "listItem", "content": [paragraph(text("a"))]}]}
    assert shown([{"type": "future", "content": [numbered, numbered, numbered]}]) == "1. a\n\n1) a\n\n1. a"


def test_code_is_left_alone():
    block = {"type": "codeBlock", "attrs": {"language": "python"}, "content": [text("a_b = '<b>'\n  ```")]}
    assert shown([block]) == "````python\na_b = '<b>'\n  ```\n````"
    assert shown([paragraph(text("a_b *c* <d>", "code", "strong"))]) == "**`a_b *c* <d>`**"


def test_a_text_that_looks_like_a_mark_comes_back_as_text():
    for words in ("# no heading", "> no quote", "- no item", "1. no number", "--- no rule", "=== x", "| a | b |"):
        found = to_adf(shown([paragraph(text(words))]))
        assert found == document(paragraph({"type": "text", "text": words}))


def test_what_is_too_long_ends_early_and_says_so():
    found = to_markdown(document(paragraph(text("word " * 10_000))), limit=1000)
    assert len(found.markdown) <= 1000
    assert found.markdown.endswith(SHORTENED)
    assert not found.complete


TYPELESS = {"content": [{"type": [], "content": [{"type": {}, "marks": 5}]}]}
WIKI = "h1. wiki\r\n*text*"


@pytest.mark.parametrize(
    "strange", [None, "", WIKI, 5, [], {}, {"type": "doc"}, {"content": "x"}, {"content": [[]]}, TYPELESS]
)
def test_what_is_no_document_is_told_as_far_as_it_goes(strange):
    found = to_markdown(strange)
    assert found.markdown == ("h1. wiki\n*text*" if strange and isinstance(strange, str) else "")
    assert found.complete == (strange is None or isinstance(strange, str) or strange in ({}, {"type": "doc"}))


# ── hostile sizes ───────────────────────────────────────────────────────────────────────────────────────────────────


DEEP = ["blockquote", "panel", "expand", "bulletList", "taskList", "table", "paragraph", "future"]


@pytest.mark.parametrize("kind", DEEP)
def test_any_depth_keeps_the_words_and_raises_nothing(kind):
    def nested(depth: int) -> Shown:
        node: Any = paragraph(text("deep"))
        for _ in range(depth):
            node = {"type": kind, "content": [node]}
        return to_markdown(document(node))

    found = nested(10_000)
    assert "deep" in found.markdown
    assert not found.complete
    assert not nested(30_000).complete


def test_any_breadth_is_bounded():
    long = to_markdown(document(paragraph(*[text("w" * 1000, style) for style in ("strong", "em") * 500])), limit=10**9)
    assert len(long.markdown) < 300_000
    assert not long.complete
    found = to_markdown(document(*[paragraph(text("w"))] * (MAX_NODES * 3)))
    assert not found.complete
    short = {"type": "tableRow", "content": []}
    broad = {"type": "tableRow", "content": [{"type": "tableCell", "content": [paragraph(text("w"))]}] * 5000}
    assert shown([{"type": "table", "content": [broad, *[short] * 5000]}]).count("w") == 5000
    wide = {"type": "tableCell", "attrs": {"colspan": 10**9, "rowspan": 10**9}, "content": [paragraph(text("w"))]}
    assert "w" in shown([{"type": "table", "content": [{"type": "tableRow", "content": [wide] * 20}] * 200}])


# ── any JSON, any document, recorded documents ──────────────────────────────────────────────────────────────────────

KINDS = [
    *("doc", "paragraph", "heading", "blockquote", "codeBlock", "bulletList", "orderedList", "listItem", "rule"),
    *("table", "tableRow", "tableCell", "tableHeader", "panel", "expand", "nestedExpand", "taskList", "taskItem"),
    *("blockTaskItem", "decisionList", "decisionItem", "mediaSingle", "mediaGroup", "media", "mediaInline", "caption"),
    *("blockCard", "embedCard", "layoutSection", "layoutColumn", "extension", "bodiedExtension", "inlineExtension"),
    *("syncBlock", "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder", "future"),
]
STYLES = [
    *("strong", "em", "strike", "code", "link", "underline"),
    *("textColor", "subsup", "annotation", "border", "future"),
]
NAMES = [
    *("type", "content", "attrs", "marks", "text", "level", "order", "url", "href", "colspan", "rowspan"),
    *("timestamp", "state", "data", "title", "alt", "language"),
]
LINKS = ["https://x.example/(a_b)", "https://x.example", "javascript:x", "mailto:a@b.example"]

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(KINDS + STYLES)
)
KEYS = st.sampled_from(NAMES) | st.text(max_size=3)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)
WORDS = st.text(max_size=12) | st.text("*_`~[]()<>!#|-+=.:\"'\\ab1 \n", max_size=12)
MARKS = st.fixed_dictionaries(
    {"type": st.sampled_from(STYLES)},
    optional={"attrs": st.fixed_dictionaries({"href": st.sampled_from(LINKS)})},
)
PIECES = st.fixed_dictionaries({"type": st.just("text"), "text": WORDS, "marks": st.lists(MARKS, max_size=3)})
NODES = st.recursive(
    PIECES,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS), "content": st.lists(inner, max_size=4)},
        optional={"attrs": st.dictionaries(st.sampled_from(NAMES), WORDS)},
    ),
    max_leaves=20,
)
CODED = re.compile(r"(`+)(?:.|\n)*?\1")


def letters(*pieces: str) -> list[str]:
    return [letter for piece in pieces for letter in piece if letter.isalnum()]


def without_code(markdown: str) -> str:
    return CODED.sub("", markdown.replace("\\`", ""))  # an escaped mark begins no code


@settings(max_examples=500, deadline=None)
@given(JSON)
def test_no_json_raises(anything):
    found = to_markdown(anything, issue_url=str(anything))
    assert isinstance(found.markdown, str)
    found.markdown.encode()
    check_valid(to_adf(found.markdown))


@settings(max_examples=500, deadline=None)
@given(st.lists(NODES, max_size=4))
def test_any_document_keeps_its_words_and_brings_no_html(content):
    found = to_markdown(document(*content), issue_url=ISSUE)
    assert not re.search("[\ufdd0-\ufdef]", found.markdown), "a mark of ours stayed in the text"
    assert not HTML.search(without_code(found.markdown))
    assert is_within(letters(*within(document(*content), 10_000)), letters(found.markdown))
    check_valid(to_adf(found.markdown))


@pytest.mark.recorded
@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recorded answers in {RECORDED}")
def test_recorded_documents_keep_all_that_a_reader_sees():
    recorded = recorded_documents()
    assert len(recorded) >= 5
    for name, found in recorded:
        back = to_markdown(found, issue_url=ISSUE)
        seen = seen_in_document(found)
        assert is_within(seen, seen_in_markdown(back.markdown)), name
        again = to_adf(back.markdown)
        check_valid(again)
        assert is_within(seen, seen_in_document(again)), name
