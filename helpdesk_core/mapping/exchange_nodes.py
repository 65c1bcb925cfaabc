"""Text that anybody may have written, as YAML nodes that know their lines. Pure.

Refused is what a mapping never needs and what could hurt: anchors and aliases (a few lines that mean millions), tags,
depth, size, and a name that stands twice, of which YAML would silently take the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import yaml

from helpdesk_core.mapping.exchange import MAX_BYTES, MOST_ERRORS, Line

MAX_DEPTH: Final = 12
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where the C library is there; both read the same."""
_ESCAPED: Final = re.compile(
    r"(?<!\\)(?:\\\\)*\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}|(?<!\\)(?:\\\\)*\\U(?!000[0-9a-fA-F]|0010)[0-9a-fA-F]{8}"
)
"""Half a character, or one beyond the last: only the C library refuses these by itself."""
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """The text is no YAML that we read."""

    def __init__(self, *lines: Line) -> None:
        super().__init__(lines)
        self.lines = lines


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A word, number or sentence, as it is written."""

    line: int
    text: str
    blank: bool
    """Nothing stands there, or `null`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Many:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Members:
    """Names with what each stands for. `lines` tells where each name stands."""

    line: int
    values: dict[str, Node]
    lines: dict[str, int]


Node = Text | Many | Members


def parse(data: bytes) -> Node:
    """Return the nodes of a YAML document.

    Raises:
        Unreadable: says each line and why.
    """
    text = _decode(data)
    try:
        if lines := tuple(islice(_hazards(text), MOST_ERRORS)):
            raise Unreadable(*lines)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        number = mark.line + 1 if mark else 1
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise Unreadable(Line(number=number, reason=f"This is not YAML: {said}. {_INDENT}")) from error
    if root is None:
        raise Unreadable(Line(number=1, reason="The file is empty. Choose one that was exported from a mapping."))
    errors: list[Line] = []
    node = _node(root, errors)
    if errors:
        raise Unreadable(*errors[:MOST_ERRORS])
    return node


_INDENT: Final = "Look at quotes, colons, brackets and indentation here and in the line before."


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        reason = f"The file is larger than {MAX_BYTES // 1024} KiB. No mapping is; choose the exported file."
        raise Unreadable(Line(number=1, reason=reason))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        reason = "This is not text in UTF-8. Save the file with the encoding UTF-8."
        raise Unreadable(Line(number=number, reason=reason)) from error
    if found := _FORBIDDEN.search(text):
        number = text.count("\n", 0, found.start()) + 1
        reason = f"The character U+{ord(found[0]):04X} cannot stand in YAML. Take it out."
        raise Unreadable(Line(number=number, reason=reason))
    if found := _ESCAPED.search(text):
        number = text.count("\n", 0, found.start()) + 1
        raise Unreadable(Line(number=number, reason=f"{found[0]} is no character. Take it out."))
    return text


def _hazards(text: str) -> Iterator[Line]:
    """Look through the text before anything is built of it; beyond a certain depth, look no further."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        number = _line(event)
        if isinstance(event, yaml.AliasEvent):
            yield Line(number=number, reason=f"The alias *{event.anchor} is not read. Write out what it stands for.")
        elif anchor := getattr(event, "anchor", None):
            yield Line(number=number, reason=f"The anchor &{anchor} is not read. Take it out.")
        if tag := getattr(event, "tag", None):
            yield Line(number=number, reason=f"The tag {tag} is not read. Take it out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            yield Line(number=number, reason=f"This is nested deeper than {MAX_DEPTH} levels, as no mapping is.")
            return


def _node(node: yaml.Node, errors: list[Line]) -> Node:
    line = _line(node)
    if isinstance(node, yaml.MappingNode):
        return _members(node, line, errors)
    if isinstance(node, yaml.SequenceNode):
        return Many(line=line, items=tuple(_node(item, errors) for item in node.value))
    return Text(line=line, text=node.value, blank=node.tag == "tag:yaml.org,2002:null")


def _members(node: yaml.MappingNode, line: int, errors: list[Line]) -> Members:
    values: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        number = _line(key)
        if not isinstance(key, yaml.ScalarNode):
            errors.append(Line(number=number, reason="A name must be text, not a list or a mapping. Put it in quotes."))
        elif key.value in lines:
            reason = f"“{key.value}” stands here already, in line {lines[key.value]}. Take one of the two out."
            errors.append(Line(number=number, reason=reason))
        else:
            values[key.value], lines[key.value] = _node(value, errors), number
    return Members(line=line, values=values, lines=lines)


def _line(where: yaml.Event | yaml.Node) -> int:
    mark = where.start_mark
    return mark.line + 1 if mark else 1
