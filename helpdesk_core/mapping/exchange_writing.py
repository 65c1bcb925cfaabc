"""Writes a board as YAML: one line for each status, equal boards as equal bytes, so that its history reads well. Pure.

The text is put together by hand, because a library's layout changes with its version and wraps long names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from helpdesk_core.mapping.board import Board, Head, Leave, Move, Override, Place, SameAs, Tray
from helpdesk_core.mapping.exchange import FORMAT, VERSION, Site
from helpdesk_core.mapping.routes import natural
from helpdesk_core.values import StatusCategory, SystemStatus, TicketStatus

_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not take, or takes for the end of a line."""
_PLAIN: Final = re.compile(r"[a-z][a-z0-9_-]*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""YAML 1.1 reads these as something else than text."""


def write(board: Board, site: Site) -> str:
    """Return `board` as YAML, with ids for the same workspace and names for people and for other workspaces."""
    writer = _Writer(site)
    origin = site.origin
    lines = [
        "# A status mapping. Ids decide in the workspace below; elsewhere names, categories and project keys do.",
        f"format: {FORMAT}",
        f"version: {VERSION}",
        f"workspace: {_flow(integration=origin.integration, id=origin.id, name=origin.name, url=origin.url)}",
        *_section("ticket_statuses", writer.tickets(board.mentioned), empty="{}"),
        *_section("columns", writer.columns(board.columns), empty="{}"),
        *_section("ignored", writer.statuses(sorted(board.ignored, key=natural)), empty="[]"),
        *_section("heads", writer.heads(board.heads), empty="{}"),
        *_section("overrides", writer.overrides(board.overrides), empty="[]"),
    ]
    return "\n".join(lines) + "\n"


class _Writer:
    """Makes the lines of each part, with the names that `site` knows."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._tickets = {status.key: status for status in site.tickets}

    def tickets(self, keys: Iterable[str]) -> Iterator[str]:
        for key in self._sorted(keys):
            yield f"{_word(key)}: {_flow(**_ticket(self._tickets.get(key)))}"

    def columns(self, columns: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        for key in self._sorted(columns):
            yield from _section(_word(key), self.statuses(columns[key]), empty="[]")

    def statuses(self, ids: Iterable[str]) -> Iterator[str]:
        for remote_id in ids:
            yield f"- {_flow(**self._status(remote_id))}"

    def heads(self, heads: Mapping[str, Head]) -> Iterator[str]:
        for key in self._sorted(heads):
            yield f"{_word(key)}: {_head(heads[key])}"

    def overrides(self, overrides: Mapping[str, Override]) -> Iterator[str]:
        for project_id in sorted(overrides, key=natural):
            change = overrides[project_id]
            parts = [f"project: {_flow(**self._project(project_id))}"]
            if change.placements:
                parts += _section("placements", self._placements(change.placements), empty="[]")
            if change.order:
                parts += _section("order", self.columns(change.order), empty="{}")
            if change.heads:
                parts += _section("heads", self.heads(change.heads), empty="{}")
            yield from (f"{'  ' if number else '- '}{part}" for number, part in enumerate(parts))

    def _placements(self, placements: Mapping[str, Place]) -> Iterator[str]:
        for remote_id in sorted(placements, key=natural):
            place = placements[remote_id]
            where = {"tray": place} if isinstance(place, Tray) else {"column": place}
            yield f"- {_flow(**self._status(remote_id), **where)}"

    def _status(self, remote_id: str) -> dict[str, str | StatusCategory]:
        status = self._site.statuses.get(remote_id)
        if status is None:
            return {"id": remote_id}
        owner = {} if status.project_id is None else {"project": self._key(status.project_id)}
        return {"id": remote_id, "name": status.name, "category": status.category, **owner}

    def _project(self, project_id: str) -> dict[str, str]:
        project = self._site.projects.get(project_id)
        return {"id": project_id} | ({"key": project.key, "name": project.name} if project else {})

    def _key(self, project_id: str) -> str:
        project = self._site.projects.get(project_id)
        return project.key if project else project_id

    def _sorted(self, keys: Iterable[str]) -> list[str]:
        """Sort ticket statuses as every helpdesk has them: the five in order, custom ones after theirs, others last."""
        systems = list(SystemStatus)

        def rank(key: str) -> tuple[int, bool, str]:
            status = self._tickets.get(key)
            return (systems.index(status.system), status.is_custom, key) if status else (len(systems), True, key)

        return sorted(keys, key=rank)


def _ticket(status: TicketStatus | None) -> dict[str, str | SystemStatus]:
    """Name a ticket status; of one that was deleted since, only the key is left."""
    if status is None:
        return {}
    return {"name": status.name} | ({"system": status.system} if status.is_custom else {})


def _section(name: str, lines: Iterable[str], *, empty: str) -> list[str]:
    indented = [f"  {line}" for line in lines]
    return [f"{name}:", *indented] if indented else [f"{name}: {empty}"]


def _head(head: Head) -> str:
    match head:
        case SameAs(key):
            return f"{{do: same as, status: {_word(key)}}}"
        case Leave():
            return "{do: leave}"
        case Move():
            return "{do: move}"


def _flow(**members: str | StatusCategory | SystemStatus | Tray) -> str:
    """Write a mapping on one line; what is one of a few words stands without quotes."""
    return f"{{{', '.join(f'{name}: {_value(name, value)}' for name, value in members.items())}}}"


def _value(name: str, value: str | StatusCategory | SystemStatus | Tray) -> str:
    if isinstance(value, StatusCategory | SystemStatus | Tray):
        return value.value
    return _word(value) if name in {"column", "integration"} else _quoted(value)


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in _WORDS else _quoted(text)


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
