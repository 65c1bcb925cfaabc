"""Reads a mapping's YAML into what stands in it, and collects everything that is wrong, each with its line. Pure.

What has a mistake is left out, so that the rest can be looked at too and all mistakes are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeVar

from helpdesk_core.mapping.board import Head, Leave, Move, SameAs, Tray
from helpdesk_core.mapping.exchange import (
    FORMAT,
    VERSION,
    Complaints,
    Enough,
    File,
    FileColumn,
    FileHead,
    FileOverride,
    FilePlacement,
    FileStatus,
    FileTicket,
    Line,
    Origin,
)
from helpdesk_core.mapping.exchange_nodes import Many, Members, Node, Text, Unreadable, parse
from helpdesk_core.values import StatusCategory, SystemStatus

T = TypeVar("T")

_SECTIONS: Final = ("format", "version", "workspace", "ticket_statuses", "columns", "ignored", "heads", "overrides")
_STATUS: Final = ("id", "name", "category", "project")
_PLACES: Final = ("column", "tray")
_HEADS: Final = ("move", "same as", "leave")
_CATEGORIES: Final = tuple(category.value for category in StatusCategory)
_SYSTEMS: Final = tuple(system.value for system in SystemStatus)
_TRAYS: Final = tuple(tray.value for tray in Tray)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What could be read. No file: there is nothing to look at beyond the errors."""

    file: File | None
    errors: tuple[Line, ...]


def read(data: bytes) -> Reading:
    """Read a file as it was uploaded."""
    try:
        root = parse(data)
    except Unreadable as unreadable:
        return Reading(file=None, errors=unreadable.lines)
    if wrong := _foreign(root):
        return Reading(file=None, errors=(wrong,))
    complaints = Complaints()
    file = None
    with suppress(Enough):
        file = _Reader(complaints).file(root)
    return Reading(file=file, errors=complaints.lines)


def _foreign(root: Node) -> Line | None:
    """Say why this is no mapping of ours, if so; then nothing else in it is worth telling."""
    cure = "Choose a file that was exported from a mapping."
    if not isinstance(root, Members):
        return Line(
            number=root.line, reason=f"This is not a status mapping, which begins with “format: {FORMAT}”. {cure}"
        )
    for name, wanted in {"format": FORMAT, "version": str(VERSION)}.items():
        node = root.values.get(name)
        if node is None:
            return Line(number=root.line, reason=f"“{name}: {wanted}” is missing here. {cure}")
        found = node.text if isinstance(node, Text) else "something else"
        if found != wanted:
            said = f"This helpdesk reads the {name} {wanted}, and here stands {found}."
            return Line(number=node.line, reason=f"{said} {cure if name == 'format' else 'Export it anew.'}")
    return None


class _Reader:
    """Goes through the nodes; each method returns what stands there, or nothing and an error more."""

    def __init__(self, complaints: Complaints) -> None:
        self._complaints = complaints

    def file(self, root: Node) -> File:
        part = self._members(root, _SECTIONS, needed=("workspace", "columns"))
        return File(
            origin=self._origin(part["workspace"]) if "workspace" in part else Origin(integration="", id=""),
            tickets=tuple(self._named(part.get("ticket_statuses"), self._ticket)),
            columns=tuple(self._named(part.get("columns"), self._column)),
            ignored=tuple(self._each(part.get("ignored"), self._status)),
            heads=tuple(self._named(part.get("heads"), self._head)),
            overrides=tuple(self._each(part.get("overrides"), self._override)),
        )

    # ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _origin(self, node: Node) -> Origin:
        part = self._members(node, ("integration", "id", "name", "url"), needed=("integration", "id"))
        return Origin(integration=self._text(part.get("integration")), id=self._text(part.get("id")))

    def _ticket(self, line: int, key: str, node: Node) -> FileTicket:
        part = self._members(node, ("name", "system"))
        system = self._one_of(part.get("system"), _SYSTEMS)
        return FileTicket(
            line=line, key=key, name=self._text(part.get("name")), system=SystemStatus(system) if system else None
        )

    def _column(self, line: int, key: str, node: Node) -> FileColumn:
        return FileColumn(line=line, key=key, statuses=tuple(self._each(node, self._status)))

    def _status(self, node: Node, also: tuple[str, ...] = ()) -> FileStatus | None:
        before = len(self._complaints.lines)
        part = self._members(node, (*_STATUS, *also))
        category = self._one_of(part.get("category"), _CATEGORIES)
        status = FileStatus(
            line=node.line,
            id=self._text(part.get("id")),
            name=self._text(part.get("name")),
            category=StatusCategory(category) if category else None,
            project=self._text(part.get("project")),
        )
        if len(self._complaints.lines) == before and not status.id and not (status.name and status.category):
            self._wrong(node, "Which status this is, is missing here: write its id, or its name and category.")
        return status if len(self._complaints.lines) == before else None

    def _head(self, line: int, key: str, node: Node) -> FileHead | None:
        part = self._members(node, ("do", "status"), needed=("do",))
        do = self._one_of(part.get("do"), _HEADS)
        head = self._head_of(do, node, part) if do else None
        return FileHead(line=line, key=key, head=head) if head else None

    def _head_of(self, do: str, node: Node, part: dict[str, Node]) -> Head | None:
        if do == "same as":
            if "status" not in part:
                self._wrong(node, "“status” is missing here: write the ticket status that this is the same as.")
                return None
            key = self._text(part["status"])
            return SameAs(key) if key else None
        if "status" in part:
            self._wrong(part["status"], f"“status” goes with “do: same as”, not with “do: {do}”. Take it out.")
            return None
        return Move() if do == "move" else Leave()

    def _override(self, node: Node) -> FileOverride | None:
        part = self._members(node, ("project", "placements", "order", "heads"), needed=("project",))
        if "project" not in part:
            return None
        project = self._members(part["project"], ("id", "key", "name"))
        override = FileOverride(
            line=part["project"].line,
            **{name: self._text(project.get(name)) for name in ("id", "key", "name")},
            placements=tuple(self._each(part.get("placements"), self._placement)),
            order=tuple(self._named(part.get("order"), self._column)),
            heads=tuple(self._named(part.get("heads"), self._head)),
        )
        if not (override.id or override.key):
            self._wrong(part["project"], "Which project this is, is missing here: write its id or its key.")
            return None
        return override

    def _placement(self, node: Node) -> FilePlacement | None:
        status = self._status(node, _PLACES)
        if status is None or not isinstance(node, Members):
            return None
        column, tray = (node.values.get(name) for name in _PLACES)
        if (column is None) == (tray is None):
            self._wrong(node, "Where the status lies is missing here: write either “column” or “tray”.")
            return None
        place = self._text(column) if column else self._one_of(tray, _TRAYS)
        if not place:
            return None
        return FilePlacement(status=status, place=place if column else Tray(place))

    # ── what nodes must be ────────────────────────────────────────────────────────────────────────────────────────────

    def _members(self, node: Node, known: tuple[str, ...], needed: Iterable[str] = ()) -> dict[str, Node]:
        if not isinstance(node, Members):
            self._wrong(node, f"Here must stand names with values, such as “{known[0]}: …”, {_instead(node)}.")
            return {}
        for name, line in node.lines.items():
            if name not in known:
                self._complaints.add(line, f"“{name}” is not known here. {_meant(name, known)}")
        for name in needed:
            if name not in node.values:
                self._wrong(node, f"“{name}” is missing here. Add it, as an exported file has it.")
        return {name: value for name, value in node.values.items() if name in known}

    def _named(self, node: Node | None, read_one: Callable[[int, str, Node], T | None]) -> Iterator[T]:
        """Read a mapping from ticket statuses to whatever `read_one` reads."""
        if isinstance(node, Members):
            for key, value in node.values.items():
                if (one := read_one(node.lines[key], key, value)) is not None:
                    yield one
        elif node is not None:
            self._wrong(node, f"Here must stand ticket statuses, each with its own lines, {_instead(node)}.")

    def _each(self, node: Node | None, read_one: Callable[[Node], T | None]) -> Iterator[T]:
        if isinstance(node, Many):
            yield from (one for item in node.items if (one := read_one(item)) is not None)
        elif node is not None:
            self._wrong(node, f"Here must stand a list, each line of which begins with “- ”, {_instead(node)}.")

    def _text(self, node: Node | None) -> str:
        if isinstance(node, Text) and not node.blank:
            return node.text
        if node is not None:
            self._wrong(node, f"Here must stand text, {_instead(node)}.")
        return ""

    def _one_of(self, node: Node | None, words: tuple[str, ...]) -> str:
        text = self._text(node)
        if text and text not in words and node is not None:
            self._wrong(node, f"“{text}” cannot stand here. {_meant(text, words)}")
            return ""
        return text

    def _wrong(self, node: Node, reason: str) -> None:
        self._complaints.add(node.line, reason)


def _meant(word: str, known: tuple[str, ...]) -> str:
    if close := get_close_matches(word.casefold(), known, n=1):
        return f"Did you mean “{close[0]}”?"
    return f"Here may stand: {', '.join(known)}."


def _instead(node: Node) -> str:
    match node:
        case Many():
            return "not a list"
        case Members():
            return "not names with values"
        case Text(blank=True):
            return "and nothing does"
        case _:
            return "not text"
