"""Markdown of strangers becomes documents that Atlassian's schema accepts, and loses nothing that a reader sees."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.jira.text import MAX_LENGTH, to_adf, to_markdown
from plugins.jira.text.writing import SHORTENED, length
from tests.jira.text_readers import (
    check_valid,
    is_within,
    nodes,
    seen_in_document,
    seen_in_markdown,
    written,
)

WRITTEN = {"doc", "paragraph", "heading", "blockquote", "bulletList", "orderedList", "listItem", "codeBlock", "rule"}
WRITTEN |= {"taskList", "taskItem", "table", "tableRow", "tableHeader", "tableCell", "text", "hardBreak"}
MARKS = {"strong", "em", "strike", "code", "link"}

WORDS = st.text("abcdefgh ÄßИ漢😀0123", min_size=1, max_size=12)
LETTERS = st.text("abcdef", min_size=1, max_size=8)
ADDRESSES = st.sampled_from(
    [
        "https://x.example/a_b?c=d",
        "http://y.example",
        "mailto:a@b.example",
        "javascript:alert(1)",
        "/path",
        "ftp://z.example",
    ]
)
PIECES = st.one_of(
    WORDS,
    WORDS,
    st.builds("**{}**".format, LETTERS),
    st.builds("*{}*".format, LETTERS),
    st.builds("~~{}~~".format, LETTERS),
    st.builds("`{}`".format, WORDS),
    st.builds("[{}]({})".format, WORDS, ADDRESSES),
    st.builds("![{}]({})".format, WORDS, ADDRESSES),
    st.builds("<{}>".format, ADDRESSES),
    ADDRESSES,
    st.builds("<{0} adf='mention'>{1}</{0}>".format, LETTERS, WORDS),
    st.sampled_from(["<br>", "<!-- a -->", "<script>", "@Ann", ":smile:", "[1]", "[1]: https://r.example"]),
    st.text("*_`~[]()<>!#|-+=.:\"'\\ {}", min_size=1, max_size=6),
)
STARTS = st.sampled_from(
    [
        *(
            "",
            "",
            "",
            "# ",
            "### ",
            "> ",
            "> > ",
            "> # ",
            "- ",
            "* ",
            "  - ",
            "1. ",
            "7) ",
            "- [ ] ",
            "- [x] ",
            "  - [ ] ",
        ),
        *("- > ", "- # ", "- - ", "> - ", "```", "~~~ ", "    ", "---", "===", "| ", "<div>", "<p>", "\t"),
    ]
)
LINES = st.builds(lambda start, pieces: start + " ".join(pieces), STARTS, st.lists(PIECES, max_size=5))
TABLES = st.builds(
    lambda head, rows: "\n".join(["| " + " | ".join(row) + " |" for row in (head, ("---", "---"), *rows)]),
    st.tuples(LETTERS, LETTERS),
    st.lists(st.tuples(PIECES, LETTERS), max_size=3),
)
TEXTS = st.lists(st.one_of(LINES, LINES, LINES, TABLES), max_size=12).map("\n".join)


def check_nothing_lost(markdown: str) -> None:
    document = to_adf(markdown)
    check_valid(document)
    in_jira = seen_in_document(document)
    assert is_within(written(markdown), in_jira), "a word that was written is lost on the way to Jira"
    back = to_markdown(document)
    assert back.complete
    assert is_within(in_jira, seen_in_markdown(back.markdown)), "a word that Jira shows is lost on the way back"


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_nothing_that_a_reader_sees_is_lost_there_and_back(markdown):
    check_nothing_lost(markdown)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=300))
def test_any_text_becomes_a_valid_document_of_few_kinds(text):
    document = to_adf(text, author=text)
    check_valid(document)
    assert {each["type"] for each in nodes(document) if "type" in each} <= WRITTEN | MARKS
    json.dumps(document).encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(1000, 3000))
def test_what_is_too_long_ends_early_says_so_and_stays_valid(markdown, limit):
    text = markdown * 20
    document = to_adf(text, author="Ann", limit=limit)
    check_valid(document)
    assert length(document) <= limit
    shortened = SHORTENED in json.dumps(document)
    assert shortened or is_within(written(text), seen_in_document(document))


def test_the_limit_is_jiras_and_counts_as_java_counts():
    assert MAX_LENGTH == 32_767
    assert length({"text": "😀"}) == length({"text": "ab"})
    document = to_adf("word " * 6500)
    assert SHORTENED not in json.dumps(document)
    document = to_adf("word " * 7000)
    assert document["content"][-1]["content"][0]["text"] == SHORTENED
    assert 32_300 < length(document) <= MAX_LENGTH, "nearly all that fits is sent"


def test_three_hundred_quotes_lose_nothing():
    document = to_adf("> " * 300 + "deep **words**")
    check_valid(document)
    assert seen_in_document(document) == ["deep", "words"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\ufdd0", "\ud800"])
def test_no_text_is_no_content_or_only_the_author(text):
    assert to_adf(text) == {"type": "doc", "version": 1, "content": []}
    assert seen_in_document(to_adf(text, author="Ann")) == ["Ann", "wrote"]
    check_valid(to_adf(text))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann Lee", "Ann Lee"),
        ("**Ann** <b>", "**Ann** <b>"),
        ("Ann\n\n# Admin", "Ann # Admin"),
        ("Ann\u202enimdA\u200b", "AnnnimdA"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("x" * 500, "x" * 100),
    ],
)
def test_an_authors_name_is_only_words_on_the_first_line(name, shown):
    document = to_adf("text", author=name)
    check_valid(document)
    assert document["content"][0]["content"] == [
        {"type": "text", "text": shown, "marks": [{"type": "strong"}]},
        {"type": "text", "text": " wrote:"},
    ]


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u202e", None])
def test_without_a_name_there_is_no_first_line(name):
    assert to_adf("text", author=name) == to_adf("text")


def test_what_stands_around_a_quote_stays_in_its_place():
    """mistune moves a list that ends a quote in front of it, and a line numbered from 2 as well."""
    assert seen_in_document(to_adf("before\n> quoted\n2. behind")) == ["before", "quoted", "2", "behind"]
    assert seen_in_document(to_adf("> - quoted\n- behind\n# last")) == ["quoted", "behind", "last"]


def test_the_same_text_is_always_the_same_document():
    assert to_adf("- [ ] a\n  - [x] b") == to_adf("- [ ] a\n  - [x] b")


@pytest.mark.parametrize(
    "piece", ["[a](", "![a](", "*a ", "`a", "> ", "- ", "a\n=\n", "[", "<a ", "|a|b|\n", "**a*", "[a]: b\n"]
)
def test_a_hostile_length_is_converted_within_its_limit(piece):
    document = to_adf(piece * (MAX_LENGTH // len(piece)))
    check_valid(document)
    assert length(document) <= MAX_LENGTH


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_what_came_back_loses_nothing_when_it_goes_there_again(markdown):
    once = to_markdown(to_adf(markdown)).markdown
    assert is_within(seen_in_document(to_adf(markdown)), seen_in_document(to_adf(once)))
