"""From the helpdesk's Markdown to a document that Jira accepts.

Jira says no to a text of more than 32,767 characters ("The entered text is too long", 400) and nowhere what it counts.
We count the document as JSON, in UTF-16 units as Java does: markup included, so never less than Jira may count.

marklas's own reader of Markdown cannot be told to leave HTML alone, so its two halves are called one by one, with our
reader in front. They and the order around quotes hang on inner parts of marklas and mistune: hence the narrow versions
in pyproject.toml. The tests pass with mistune 3.3.4 and 3.4.0.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import mistune
from marklas import ast, render_adf
from marklas.md.parser.block import dispatch_blocks
from marklas.md.parser.ir import collect, is_doc
from mistune.plugins.formatting import strikethrough
from mistune.plugins.table import table
from mistune.plugins.task_lists import task_lists
from mistune.plugins.url import url

from plugins.jira import adf
from plugins.jira.adf import Node
from plugins.jira.text.fitting import fitted
from plugins.jira.text.safety import cleaned, cleaned_name

MAX_LENGTH: Final = 32_767
MAX_NESTING: Final = 6
"""Deeper quotes and lists stay as text: no reader follows them, and each level costs markup."""
SHORTENED: Final = "(shortened; the whole text is in the helpdesk)"
NEAR: Final = 200
"""So far back we look for the end of a line or word when we shorten, and so closely we seek the place."""
MAX_LINKS: Final = 1000
"""With more, mistune may seek their ends for half a minute (time grows with the square): such a text stays plain."""


def to_adf(markdown: str, *, author: str | None = None, limit: int = MAX_LENGTH) -> Node:
    """Return text of the helpdesk as a document that Jira accepts.

    HTML, mentions and every other notation than plain Markdown stay the text that they are. Links lead to the web or
    to a mailbox, or are text. Lines stay lines.

    Args:
        markdown: what somebody wrote; it may hold anything.
        author: who wrote it, for a first line that says so; everything we send is otherwise the connecting user's.
        limit: how long the document may be; what is too long ends early and says so. At least 1000.

    Returns:
        A valid document; without content when there is neither text nor author.
    """
    head = _byline(author)
    words = cleaned(markdown)
    if len(words) <= limit:
        whole = adf.document(*head, *_blocks(words))
        if length(whole) <= limit:
            return whole
    return _shortened(head, words[:limit], limit)


def length(document: Node) -> int:
    """Return what may count against Jira's limit: the document as JSON, in UTF-16 units."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le")) // 2


def _byline(author: str | None) -> list[Node]:
    name = cleaned_name(author or "")
    return [adf.paragraph(adf.strong(name), adf.text(" wrote:"))] if name else []


def _shortened(head: list[Node], words: str, limit: int) -> Node:
    """Return as much of a text as fits, converted anew at each try: so no mark is left open, whatever is cut."""
    note = adf.paragraph(adf.emphasized(SHORTENED))
    fits, too_long = 0, len(words) + 1
    best = adf.document(*head, note)
    while too_long - fits > NEAR:  # the last words are not worth the time of converting all again
        middle = (fits + too_long) // 2
        attempt = adf.document(*head, *_blocks(_cut(words, middle)), note)
        if length(attempt) <= limit:
            fits, best = middle, attempt
        else:
            too_long = middle
    return best


def _cut(words: str, at: int) -> str:
    near = words[:at]
    place = max(near.rfind("\n", at - NEAR), near.rfind(" ", at - NEAR))
    return near[:place] if place > 0 else near


# ── Markdown → blocks ───────────────────────────────────────────────────────────────────────────────────────────────


class _State(mistune.BlockState):
    place = 0

    def prepend_token(self, token: dict[str, Any]) -> None:
        """Put a quote where it stood, not before the last of what was read since."""
        self.tokens.insert(self.place, token)


class _Blocks(mistune.BlockParser):
    """Keeps the order around quotes, which mistune mixes up when a list ends one: behind a list, or before a line."""

    state_cls = _State

    def extract_block_quote(self, m: re.Match[str], state: mistune.BlockState) -> tuple[str, int | None, set[int]]:
        """Read a quote, so that nothing behind it joins the paragraph in front of it."""
        place = len(state.tokens)
        state.append_token({"type": "blank_line"})
        extracted = super().extract_block_quote(m, state)
        if isinstance(state, _State):
            state.place = place
        return extracted


def _reader() -> mistune.Markdown:
    """Make the reader that marklas uses, but for HTML, which is text here, and for line ends, which count.

    Definitions of links (``[1]: https://…``) are off too: they vanish from the text when nothing refers to them.
    """
    block = _Blocks(max_nested_level=MAX_NESTING)
    for rules in (block.rules, block.block_quote_rules, block.list_rules):
        for off in ("raw_html", "ref_link"):
            rules.remove(off)
    inline = mistune.InlineParser(hard_wrap=True)
    inline.rules.remove("inline_html")
    return mistune.Markdown(renderer=None, block=block, inline=inline, plugins=[table, strikethrough, task_lists, url])


READER: Final = _reader()


def _blocks(words: str) -> list[Node]:
    if words.count("](") > MAX_LINKS:
        content: list[Node] = adf.from_plain(words)["content"]
        return content
    tokens = READER(words)
    if isinstance(tokens, str):  # only with a renderer, which we did not give
        raise TypeError("mistune rendered where it was to read")
    blocks = collect(dispatch_blocks(list(fitted(tokens))), is_doc)
    document: dict[str, Any] = render_adf(ast.Doc(content=blocks))
    return _Tidying().blocks(document["content"])


class _Tidying:
    """Corrects what marklas writes and Atlassian's schema refuses, and makes the same text always the same document."""

    def __init__(self) -> None:
        self._tasks = 0

    def blocks(self, nodes: list[Node]) -> list[Node]:
        return [self._node(node) for node in nodes if node.get("type") != "text" or node.get("text")]

    def _node(self, node: Node) -> Node:
        if node["type"] == "text":
            return _tidy_text(node)
        if node["type"] == "codeBlock":
            return node
        if node["type"] in {"taskList", "taskItem"}:
            self._tasks += 1  # marklas takes a random one each time: the same text would look changed
            node = {**node, "attrs": {**node.get("attrs", {}), "localId": str(self._tasks)}}
        return {**node, "content": self.blocks(node["content"])} if "content" in node else node


def _tidy_text(node: Node) -> Node:
    """Keep each mark once, and beside code only the link: nothing else is allowed there."""
    marks = {mark["type"]: mark for mark in node.get("marks", ())}
    if "code" in marks:
        marks = {kind: mark for kind, mark in marks.items() if kind in {"code", "link"}}
    words = adf.text(node["text"].replace("\n", " "))
    return {**words, "marks": list(marks.values())} if marks else words
