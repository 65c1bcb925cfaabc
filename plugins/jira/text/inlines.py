"""What stands within a line of a Jira document, as the text, styles and links that the helpdesk can show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from plugins.jira import adf
from plugins.jira.adf import Node
from plugins.jira.text import marking
from plugins.jira.text.safety import cleaned, is_safe_link

STYLES: Final = {"strong", "em", "strike", "code"}
MEDIA: Final = {"media", "mediaInline"}
PLAIN_BLOCKS: Final = {
    *("paragraph", "heading", "blockquote", "codeBlock", "bulletList", "orderedList", "listItem"),
    *("caption", "mediaSingle", "mediaGroup", "rule"),
}
"""What may stand in the cell of a table and is told well enough by its words."""
MAX_DEPTH: Final = 25
MAX_NODES: Final = 20_000
MAX_WORDS: Final = 200_000
"""So many characters are read: more than can be shown, for not all that is read is."""


class Reading:
    """What one reading knows: where the issue is, how much it has read, and whether it showed everything."""

    def __init__(self, issue_url: str | None) -> None:
        self.issue_url = issue_url if is_safe_link(issue_url) else None
        self.complete = True
        self._read = 0
        self._room = MAX_WORDS

    def children(self, node: Node, depth: int) -> list[Node]:
        """Return the nodes in a node that are ones; none when it is too deep or too much was read."""
        content = node.get("content")
        if not isinstance(content, list):
            self.complete &= content is None
            return []
        if depth > MAX_DEPTH:
            self.complete = False
            words = " ".join(within(node, MAX_NODES))
            return [adf.text(words)] if words else []
        room = max(MAX_NODES - self._read, 0)
        found = [_typed(each) for each in content[:room] if isinstance(each, dict)]
        self._read += len(content)
        self.complete &= len(found) == len(content)
        return found

    def taken(self, words: str) -> str:
        """Return as much of a text as there is still room for."""
        self.complete &= len(words) <= self._room
        words = words[: self._room]
        self._room -= len(words)
        return words

    def parts(self, node: Node, depth: int) -> list[Node]:
        """Return the items, rows or cells in a node; what stands there without one gets one."""
        found = self.children(node, depth)
        return [{"type": "paragraph", "content": [each]} if is_inline(each) else each for each in found]


def _typed(node: Node) -> Node:
    """Return a node whose type is text, so that it can be looked up."""
    return node if isinstance(node.get("type"), str) else {**node, "type": ""}


def within(node: object, limit: int) -> Iterator[str]:
    """Yield the pieces of text in a node in their order, without recursion: the depth is the remote system's."""
    pending = [node]
    while pending and limit:
        limit -= 1
        match pending.pop():
            case {"text": str(words)} if words:
                yield words
            case {"content": list(content)}:
                pending.extend(reversed(content[:limit]))


def attributes(node: Node) -> dict[str, Any]:
    """Return a node's attributes, if it has proper ones."""
    found = node.get("attrs")
    return found if isinstance(found, dict) else {}


def words_of(*candidates: object) -> str:
    """Return the first that is text with something in it, on one line."""
    found = (" ".join(cleaned(each).split()) for each in candidates if isinstance(each, str))
    return next((each for each in found if each), "")


def is_inline(node: Node) -> bool:
    """Whether a node stands within a line."""
    return node.get("type") in READERS


def inlines(reading: Reading, node: Node, depth: int) -> list[Node]:
    """Return what stands in a node, as pieces of text with few marks; blocks in it each on a line."""
    found: list[Node] = []
    for child in reading.children(node, depth):
        if is_inline(child):
            found += READERS[child["type"]](reading, child)
            found += inlines(reading, child, depth + 1)  # of such a kind nothing has content, but strangers' may
        else:
            inner = inlines(reading, child, depth + 1)
            if child.get("type") not in PLAIN_BLOCKS:
                inner = [*_unknown(reading, child), *inner]
            found += [adf.text("\n"), *inner] if found and inner else inner
    return found


def link(words: str, url: object) -> Node:
    """Return words that lead somewhere; as text, with the address, where a link may not lead."""
    if is_safe_link(url):
        return adf.link(words, str(url))
    address = words_of(url)
    return adf.text(words if not address or address == words else f"{words} ({address})")


def media(reading: Reading, node: Node) -> list[Node]:
    """Return what stands for a file: its address if it has one, else its name, leading to the issue that has it."""
    reading.complete = False  # the picture itself is not shown
    about = attributes(node)
    name = words_of(about.get("alt"), about.get("name"))
    if url := words_of(about.get("url")):
        return [link(name or url, url)]
    label = f"attachment: {name}" if name else "attachment"
    return [adf.link(label, reading.issue_url)] if reading.issue_url else [adf.text(f"[{label}]")]


def card(reading: Reading, node: Node) -> list[Node]:
    """Return the link that a card is."""
    about = attributes(node)
    data = about.get("data")
    inner = data if isinstance(data, dict) else {}
    url = words_of(about.get("url"), inner.get("url"))
    if url:
        return [link(words_of(inner.get("name")) or url, url)]
    reading.complete = False
    return [adf.text(words_of(inner.get("name")) or "[card]")]


def _text(reading: Reading, node: Node) -> list[Node]:
    words = node.get("text")
    if not isinstance(words, str) or not words:
        reading.complete &= words == ""
        return []
    words = reading.taken(words)
    found = node.get("marks")
    marks = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    styles = [kind for kind in sorted(STYLES) if any(mark.get("type") == kind for mark in marks)]
    url = next((attributes(mark).get("href") for mark in marks if mark.get("type") == "link"), None)
    piece = adf.text(words) if url is None else link(words, url)
    kept = [*piece.get("marks", ()), *({"type": kind} for kind in styles)]
    return [{**piece, "marks": kept} if kept else piece]


def _mention(_reading: Reading, node: Node) -> list[Node]:
    name = words_of(attributes(node).get("text"), attributes(node).get("id"))
    return [adf.text(f"@{name.removeprefix('@') or 'somebody'}")]


def _emoji(_reading: Reading, node: Node) -> list[Node]:
    return [adf.text(words_of(attributes(node).get("text"), attributes(node).get("shortName")) or "[emoji]")]


def _date(reading: Reading, node: Node) -> list[Node]:
    moment = attributes(node).get("timestamp")
    try:
        return [adf.text(datetime.fromtimestamp(int(str(moment)) / 1000, UTC).date().isoformat())]
    except (ValueError, OverflowError, OSError):
        reading.complete = False
        return [adf.text(words_of(moment) or "[date]")]


def _status(_reading: Reading, node: Node) -> list[Node]:
    return [adf.text(f"[{words_of(attributes(node).get('text')) or 'status'}]")]


def _unknown(reading: Reading, node: Node) -> list[Node]:
    reading.complete = False
    words = words_of(node.get("text"), attributes(node).get("text"), attributes(node).get("title"))
    return [adf.text(words)] if words else []


READERS: Final[dict[str, Callable[[Reading, Node], list[Node]]]] = {
    "text": _text,
    "hardBreak": lambda _reading, _node: [adf.text("\n")],
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "status": _status,
    "inlineCard": card,
    "placeholder": lambda _reading, node: [adf.text(words_of(attributes(node).get("text")) or "[placeholder]")],
    "media": media,
    "mediaInline": media,
    "inlineExtension": _unknown,
}


def lines(pieces: list[Node], *, flat: bool = False) -> list[Node]:
    """Return pieces of text as marklas is to have them: cleaned, merged, ends of lines and harmless characters hidden.

    Args:
        pieces: text with marks; a line feed ends a line.
        flat: whether a line cannot end here, as in a heading and in the cell of a table.
    """
    merged = _merged(pieces, flat=flat)
    found: list[Node] = []
    for at, piece in enumerate(merged):
        if any(mark["type"] == "code" for mark in piece.get("marks", ())):
            found.append(piece)
            continue
        behind = merged[at + 1] if at + 1 < len(merged) else None
        found.append(_hidden(piece, behind, starts=at == 0 or merged[at - 1]["text"].endswith("\n")))
    return found


def _merged(pieces: list[Node], *, flat: bool) -> list[Node]:
    merged: list[Node] = []
    for piece in pieces:
        words = cleaned(piece["text"] + "|")[:-1]  # the line end at the end is one as well
        coded = any(mark["type"] == "code" for mark in piece.get("marks", ()))
        words = words.replace("\n", " ") if flat or coded else words
        if merged and merged[-1].get("marks") == piece.get("marks"):
            merged[-1] = {**merged[-1], "text": merged[-1]["text"] + words}
        elif words:
            merged.append({**piece, "text": words})
    return merged


def _hidden(piece: Node, behind: Node | None, *, starts: bool) -> Node:
    words, marks = piece["text"], {mark["type"]: mark for mark in piece.get("marks", ())}
    address = str(attributes(marks["link"]).get("href")) if "link" in marks else None
    if address in {words, f"mailto:{words}"}:
        kept = [mark for mark in piece["marks"] if mark["type"] != "link"]
        return {**adf.text(marking.bare(words)), "marks": kept}
    following = behind["text"][:1] if behind else ""
    first, *others = words.split("\n")
    parts = [(first, starts), *((other, True) for other in others)]
    shown = marking.BREAK.join(
        marking.marked(part, following if at == len(others) else "", starts_line=begins, in_link=address is not None)
        for at, (part, begins) in enumerate(parts)
    )
    if behind and shown.endswith("!") and any(mark["type"] == "link" for mark in behind.get("marks", ())):
        shown = f"{shown[:-1]}{marking.BACKSLASH}!"  # else the link would become a picture
    if address is not None:
        guarded = {"type": "link", "attrs": {"href": f"{marking.OPEN}{address}{marking.CLOSE}"}}
        return {**piece, "text": shown, "marks": [guarded, *(m for m in piece["marks"] if m["type"] != "link")]}
    return {**piece, "text": shown}
