"""Plain text stays plain: whatever stands in a message, Markdown shows just that."""

from __future__ import annotations

import html
import random
import re

import mistune
import pytest

from helpdesk_roundup.text import from_roundup, summary_of, title_of, to_roundup

render = mistune.create_markdown(escape=False, plugins=["strikethrough", "table", "task_lists", "url"])


def shown(markdown: str) -> tuple[str, set[str]]:
    """Return the words that a reader sees, and which tags stand around them; addresses may be links."""
    page = str(render(markdown))
    tags = set(re.findall(r"</?([a-z0-9]+)", page)) - {"p", "br", "a"}
    words = html.unescape(re.sub(r"<[^>]*>", "", page)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", words).strip(), tags


TRICKS = [
    "*emphasis* **strong** ***both*** _under_ __under__ ~~gone~~",
    "2 * 3 * 4, snake_case_name, C:\\Users\\new, 50% & more",
    "# heading",
    "   ## heading\n#hashtag",
    "> quoted\n>quoted",
    "- item\n* item\n+ item\n1. one\n12) twelve\n-\n- [ ] task",
    "Title\n=====\nTitle\n-----\n***\n___\n---\n- - -",
    "    code\n\tcode\n        deep",
    "```\nfence\n```\n~~~\nfence\n~~~",
    "`code` and ``more` code``",
    "<script>alert(1)</script> <b>bold</b> <!-- hidden --> </p> <?php ?> a < b > c <3",
    "<https://x.example> <javascript:alert(1)> <ann@x.example>",
    "[press](javascript:alert(1)) ![picture](https://x.example/a.png) [a][b] [1]: https://x.example",
    "[b]: https://x.example\n[c]: <javascript:x> 'title'",
    "&lt;b&gt; &amp; &#106;avascript &copy &nbsp;",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\na | b\n--- | ---\n1 | 2",
    "\\*not\\* \\\\ \\a \\",
    "line one  \nline two\\\nline three",
    "*\n**\n#\n>\n1.\n`",
    "* * *\n\n_ _ _",
    "[^1]\n\n[^1]: note",
]


@pytest.mark.parametrize("text", TRICKS)
def test_no_trick_is_taken_for_markdown(text: str) -> None:
    words, tags = shown(from_roundup(text))
    assert tags == set()
    assert words == re.sub(r"\s+", " ", text).strip()


def test_no_mixture_of_tricks_is_taken_for_markdown() -> None:
    chosen = random.Random(7)
    pieces = [piece for text in TRICKS for piece in re.findall(r"\w+|\s|[^\w\s]+", text)]
    for _ in range(4000):
        text = "".join(chosen.choice(pieces) for _ in range(chosen.randint(1, 14)))
        words, tags = shown(from_roundup(text))
        assert tags == set(), repr(text)
        assert words == re.sub(r"\s+", " ", text).strip(), repr(text)


def test_what_is_plain_anyway_stays_as_it_is() -> None:
    plain = "Hello (there), it's 2 * 3 < 7; snake_case [1] C:\\Users? Yes! 1.5 - 2 + 3 #4 a@b.example\n\nBye - Ann"
    assert from_roundup(plain) == plain


@pytest.mark.parametrize(("text", "kept"), [("a\r\nb\rc", "a\nb\nc"), ("a\x00\x1b[1mb\ud800", "a[1mb"), ("", "")])
def test_lines_and_characters_are_put_right(text: str, kept: str) -> None:
    assert from_roundup(text) == kept


def test_markdown_goes_as_it_was_typed_after_its_author() -> None:
    assert to_roundup("**Boss** wrote:\n\npay\x00\r\nnow", author="Eve\n\u202eRoe") == (
        "Eve Roe wrote:\n\n**Boss** wrote:\n\npay\nnow\n"
    )
    assert to_roundup("x", author="\u200b ") == "Somebody wrote:\n\nx\n"


def test_titles_and_summaries_are_one_line() -> None:
    assert title_of(" a\n b\x07 ") == "a b"
    assert title_of("\n") == "(no title)"
    assert title_of("é" * 300) == "é" * 254 + "…"
    assert summary_of("\n\n  First line \nSecond") == "First line"
    assert summary_of("") == ""
