"""Makes what Markdown allows fit what a document of Atlassian allows, before marklas silently drops the rest.

A document has no heading, rule, table or quote inside a quote or a list item, and no block at all inside a task;
marklas leaves out what does not fit, text and all. Here such blocks become paragraphs that read the same. Works on
the tokens of mistune, in which marklas reads Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from plugins.jira.text.safety import is_safe_link

Token = dict[str, Any]

LANGUAGE: Final = re.compile(r"[\w+#.-]{1,30}")
BREAK: Final[Token] = {"type": "linebreak"}
STYLES: Final = {"strong", "emphasis", "strikethrough"}


def fitted(tokens: Iterable[Token]) -> list[Token]:
    """Return the tokens of a whole text, so that nothing of them gets lost."""
    return _blocks(tokens, nested=False)


def _blocks(tokens: Iterable[Token], *, nested: bool) -> list[Token]:
    return [block for token in tokens for block in _block(token, nested=nested)]


def _block(token: Token, *, nested: bool) -> list[Token]:
    """Return what stands for a block; nothing for a blank line."""
    kind = token.get("type")
    if kind == "block_quote":
        return _quote(token, nested=nested)
    if kind == "list":
        return [_list(token, nested=nested)]
    if kind in LEAVES:
        return LEAVES[kind](token, nested)
    # HTML, where a rule of mistune finds it despite our wish; and whatever a later mistune may bring.
    return _blocks(_children(token), nested=nested) or [_lines(str(token.get("raw", "")))]


def _words(token: Token, _nested: bool) -> list[Token]:
    return [_paragraph(_inlines(_children(token)))]


def _heading(token: Token, nested: bool) -> list[Token]:
    words = _inlines(_children(token))
    return [_paragraph([{"type": "strong", "children": words}]) if nested else {**token, "children": words}]


def _rule(token: Token, nested: bool) -> list[Token]:
    return [_paragraph([_text("———")]) if nested else token]


def _children(token: Token) -> list[Token]:
    return list(token.get("children") or ())


def _text(words: str) -> Token:
    return {"type": "text", "raw": words}


def _paragraph(inlines: list[Token]) -> Token:
    return {"type": "paragraph", "children": inlines}


def _lines(raw: str) -> Token:
    parts = [part for line in raw.strip().split("\n") for part in (BREAK, _text(line))]
    return _paragraph(parts[1:])


def _led(mark: str, block: Token) -> Token:
    if block["type"] != "paragraph":
        return block
    return _paragraph([_text(mark), *_children(block)])


def _code(token: Token) -> Token:
    """Keep what stands behind a fence when it is no language: people go on writing on that line."""
    info = str((token.get("attrs") or {}).get("info") or "").strip()
    if not info or LANGUAGE.fullmatch(info):
        return token
    return {"type": "block_code", "raw": f"{info}\n{token.get('raw', '')}"}


def _quote(token: Token, *, nested: bool) -> list[Token]:
    inner = _blocks(_children(token), nested=True) or [_paragraph([])]
    if nested:
        return [_led("> ", block) for block in inner]
    return [{"type": "block_quote", "children": inner}]


# ── lists and tables ────────────────────────────────────────────────────────────────────────────────────────────────


def _list(token: Token, *, nested: bool) -> Token:
    if not nested and _is_tasks(token):
        return _tasks(token)
    return {**token, "children": [_item(item) for item in _children(token)]}


def _is_tasks(token: Token) -> bool:
    """Whether a list holds only tasks of one paragraph each, and lists of such: all that a task list can hold."""
    if token.get("type") != "list":
        return False
    for item in _children(token):
        first, *rest = [one for one in _children(item) if one.get("type") != "blank_line"] or [{}]
        simple = item.get("type") == "task_list_item" and first.get("type") in {"paragraph", "block_text"}
        if not simple or not all(_is_tasks(one) for one in rest):
            return False
    return True


def _tasks(token: Token) -> Token:
    return {**token, "children": [_task(item) for item in _children(token)]}


def _task(item: Token) -> Token:
    first, *lists = [one for one in _children(item) if one.get("type") != "blank_line"]
    return {**item, "children": [_paragraph(_inlines(_children(first))), *(_tasks(one) for one in lists)]}


def _item(item: Token) -> Token:
    inner = _blocks(_children(item), nested=True)
    if not inner or inner[0]["type"] == "list":  # older readers of the format want words first
        inner = [_paragraph([]), *inner]
    if item.get("type") == "task_list_item":
        inner[0] = _led("[x] " if (item.get("attrs") or {}).get("checked") else "[ ] ", inner[0])
    return {"type": "list_item", "children": inner}


def _table(token: Token) -> Token:
    """Return a table, its cells made safe; whatever holds no words is a row, a head or a body."""
    if token.get("type") == "table_cell":
        return {**token, "children": _inlines(_children(token))}
    return {**token, "children": [_table(child) for child in _children(token)]}


LEAVES: Final[dict[str, Callable[[Token, bool], list[Token]]]] = {
    "blank_line": lambda _token, _nested: [],
    "paragraph": _words,
    "block_text": _words,
    "heading": _heading,
    "block_code": lambda token, _nested: [_code(token)],
    "thematic_break": _rule,
    "table": lambda token, _nested: [_table(token)],
}


# ── within a line ───────────────────────────────────────────────────────────────────────────────────────────────────


def _inlines(tokens: Iterable[Token], *, linked: bool = False) -> list[Token]:
    return [one for token in tokens for one in _inline(token, linked=linked)]


def _inline(token: Token, *, linked: bool) -> list[Token]:
    kind = token.get("type")
    if kind in {"text", "codespan"}:
        return [{"type": kind, "raw": token["raw"]}] if token.get("raw") else []
    if kind in {"linebreak", "softbreak"}:
        return [BREAK]
    if kind in {"link", "image"}:
        return _link(token, linked=linked)
    inner = _inlines(_children(token), linked=linked)
    if kind in STYLES:
        return [{"type": kind, "children": inner}]
    return inner or ([_text(str(token["raw"]))] if token.get("raw") else [])


def _link(token: Token, *, linked: bool) -> list[Token]:
    """Return a link, or its words and its address as text. A picture becomes a link to it: nobody uploaded it here."""
    attributes = token.get("attrs") or {}
    url, title = str(attributes.get("url") or ""), attributes.get("title")
    label = _inlines(_children(token), linked=True)
    if is_safe_link(url) and not linked:
        return [{"type": "link", "children": label or [_text(url)], "attrs": {"url": url, "title": title}}]
    shown = f'{url} "{title}"' if title else url
    if not url or [one.get("raw") for one in label] == [shown]:
        return label
    return [*label, _text(f" ({shown})" if label else shown)]
