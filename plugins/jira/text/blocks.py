"""The blocks of a Jira document, as the few that Markdown has: paragraphs, headings, lists, quotes, code and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from plugins.jira import adf
from plugins.jira.adf import Node
from plugins.jira.text import marking
from plugins.jira.text.fitting import LANGUAGE
from plugins.jira.text.inlines import Reading, attributes, card, inlines, is_inline, lines, words_of
from plugins.jira.text.safety import cleaned

PANELS: Final = {"info", "note", "tip", "warning", "error", "success"}
EMPTY: Final = {"rule", "blockCard", "embedCard"}
"""Nothing stands in these, unless a stranger put it there."""
MAX_COLUMNS: Final = 50
"""Beyond, a cell covers one column, whatever it says."""
MAX_CELLS: Final = 10_000
"""What rows and columns make together, empty cells counted: a short document may claim millions."""
MAX_LEVEL: Final = 6


def blocks(reading: Reading, node: Node, depth: int = 0) -> list[Node]:
    """Return the blocks in a node; text that stands there without a block gets one."""
    found: list[Node] = []
    loose: list[Node] = []
    for child in reading.children(node, depth):
        if is_inline(child):
            loose.append(child)
            continue
        found += [*_paragraph(reading, {"content": loose}, depth), *_block(reading, child, depth + 1)]
        loose = []
    return _apart([*found, *_paragraph(reading, {"content": loose}, depth)])


def _apart(found: list[Node]) -> list[Node]:
    """Mark every second of neighbouring numbered lists, or Markdown would make one of them and count on."""
    apart: list[Node] = []
    for block in found:
        follows = bool(apart) and apart[-1]["type"] == block["type"] == "orderedList"
        apart.append(_marked(block) if follows and not {"marked"} & {*apart[-1], *block} else block)
    return apart


def _marked(block: Node) -> Node:
    first = adf.text(marking.PARENTHESIS)
    items = []
    for item in block["content"]:
        head, *rest = item["content"] or [adf.paragraph()]
        if head["type"] != "paragraph":
            head, rest = adf.paragraph(), [head, *rest]
        items.append({**item, "content": [adf.paragraph(first, *head["content"]), *rest]})
    return {**block, "content": items, "marked": True}


def _block(reading: Reading, node: Node, depth: int) -> list[Node]:
    found = READERS.get(node["type"], _unknown)(reading, node, depth)
    return (
        [*found, *blocks(reading, node, depth)] if node["type"] in EMPTY else found
    )  # not empty, if a stranger says so


def _of(words: list[Node]) -> list[Node]:
    ready = lines(words)
    return [adf.paragraph(*ready)] if any(piece["text"].strip() for piece in ready) else []


def _paragraph(reading: Reading, node: Node, depth: int) -> list[Node]:
    return _of(inlines(reading, node, depth))


def _heading(reading: Reading, node: Node, depth: int) -> list[Node]:
    level = attributes(node).get("level")
    rank = level if isinstance(level, int) and 1 <= level <= MAX_LEVEL else 1
    words = lines(inlines(reading, node, depth), flat=True)
    return [{"type": "heading", "attrs": {"level": int(rank)}, "content": words}] if words else []


def _code(reading: Reading, node: Node, depth: int) -> list[Node]:
    pieces = [str(piece["text"]) for piece in inlines(reading, node, depth)]
    words = cleaned("".join(pieces))
    language = attributes(node).get("language")
    named = isinstance(language, str) and LANGUAGE.fullmatch(language)
    content = [adf.text(words)] if words else []
    return [{"type": "codeBlock", "attrs": {"language": language} if named else {}, "content": content}]


def _quote(reading: Reading, node: Node, depth: int) -> list[Node]:
    inner = blocks(reading, node, depth)
    return [{"type": "blockquote", "content": inner}] if inner else []


def _list(reading: Reading, node: Node, depth: int) -> list[Node]:
    order = attributes(node).get("order")
    start = order if isinstance(order, int) and 0 <= order < 10**9 else 1
    items = [blocks(reading, child, depth + 1) for child in reading.parts(node, depth)]
    return _listed(items, str(node["type"]), int(start))


def _listed(items: list[list[Node]], kind: str = "bulletList", start: int = 1) -> list[Node]:
    content = [{"type": "listItem", "content": item} for item in items]
    return [{"type": kind, "attrs": {"order": start}, "content": content}] if content else []


def _tasks(reading: Reading, node: Node, depth: int) -> list[Node]:
    items: list[Node] = []
    for child in reading.parts(node, depth):
        if child.get("type") == "taskList":
            items += _tasks(reading, child, depth + 1)
            continue
        state = "DONE" if attributes(child).get("state") == "DONE" else "TODO"
        words = lines(inlines(reading, child, depth + 1))
        items.append({"type": "taskItem", "attrs": {"state": state}, "content": words})
    return [{"type": "taskList", "content": items}] if items else []


def _decisions(reading: Reading, node: Node, depth: int) -> list[Node]:
    items = (inlines(reading, child, depth + 1) for child in reading.parts(node, depth))
    return _listed([_of([adf.text("Decision: "), *words]) for words in items])


def _panel(reading: Reading, node: Node, depth: int) -> list[Node]:
    kind = attributes(node).get("panelType")
    title = [adf.paragraph(adf.strong(kind.capitalize()))] if isinstance(kind, str) and kind in PANELS else []
    inner = blocks(reading, node, depth)
    return [{"type": "blockquote", "content": [*title, *inner]}] if inner else []


def _expand(reading: Reading, node: Node, depth: int) -> list[Node]:
    title = words_of(attributes(node).get("title"))
    return [*(_of([adf.strong(title)]) if title else []), *blocks(reading, node, depth)]


def _media(reading: Reading, node: Node, depth: int) -> list[Node]:
    return [block for child in reading.parts(node, depth) for block in _of(inlines(reading, child, depth + 1))]


def _unknown(reading: Reading, node: Node, depth: int) -> list[Node]:
    """Return what an unknown block says, and what is in it."""
    reading.complete = False
    about = attributes(node)
    words = words_of(node.get("text"), about.get("text"), about.get("title"))
    return [*(_of([adf.text(words)]) if words else []), *blocks(reading, node, depth)]


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(reading: Reading, node: Node, depth: int) -> list[Node]:
    """Return a table as a plain grid: Markdown has neither blocks in a cell nor cells over several columns or rows."""
    rows: list[list[list[Node]]] = []
    hanging: dict[int, int] = {}  # column → how many rows a cell from above still covers
    for row in reading.parts(node, depth):
        cells: list[list[Node]] = []
        for cell in reading.parts(row, depth + 1):
            _cover(cells, hanging)
            width = min(_span(cell, "colspan"), max(MAX_COLUMNS - len(cells), 1))
            if len(cells) < MAX_COLUMNS:
                hanging |= {len(cells) + at: _span(cell, "rowspan") - 1 for at in range(width)}
            cells += [_cell(reading, cell, depth + 2), *([] for _ in range(width - 1))]
        _cover(cells, hanging)
        rows.append(cells)
    width = min(max(map(len, rows), default=0), max(MAX_CELLS // max(len(rows), 1), 1))
    return [{"type": "table", "content": [_row(row, width, at) for at, row in enumerate(rows)]}] if width else []


def _cover(cells: list[list[Node]], hanging: dict[int, int]) -> None:
    while hanging.get(len(cells), 0) > 0:
        hanging[len(cells)] -= 1
        cells.append([])


def _span(cell: Node, name: str) -> int:
    span = attributes(cell).get(name)
    return max(span, 1) if isinstance(span, int) else 1


def _cell(reading: Reading, node: Node, depth: int) -> list[Node]:
    return lines(inlines(reading, node, depth), flat=True)


def _row(cells: list[list[Node]], width: int, at: int) -> Node:
    """Return a row, the last cell with all that is too wide; the first is the head: Markdown has no table without."""
    kind = "tableCell" if at else "tableHeader"
    beyond = [piece for cell in cells[width:] for piece in (adf.text(" "), *cell)]
    filled = [*cells[:width], *([] for _ in range(width - len(cells)))]
    filled[-1] = [*filled[-1], *beyond]
    return {"type": "tableRow", "content": [{"type": kind, "content": [adf.paragraph(*cell)]} for cell in filled]}


READERS: Final[dict[str, Callable[[Reading, Node, int], list[Node]]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "codeBlock": _code,
    "blockquote": _quote,
    "bulletList": _list,
    "orderedList": _list,
    "taskList": _tasks,
    "decisionList": _decisions,
    "panel": _panel,
    "expand": _expand,
    "nestedExpand": _expand,
    "mediaSingle": _media,
    "mediaGroup": _media,
    "table": _table,
    "rule": lambda _reading, _node, _depth: [{"type": "rule"}],
    "blockCard": lambda reading, node, _depth: _of(card(reading, node)),
    "embedCard": lambda reading, node, _depth: _of(card(reading, node)),
    "layoutSection": blocks,
    "layoutColumn": blocks,
}
