"""A status mapping as a YAML file: what stands in it, line by line, and what it is held against. Pure.

A file carries ids, which decide in the workspace that it comes from, and names, categories and project keys, by which
people read it and by which another workspace is matched. `exchange_writing` writes it; `exchange_nodes` and
`exchange_reading` read it; `matching` and `resemblance` find what it means here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from helpdesk_core.mapping.board import Head, Place
from helpdesk_core.values import RemoteProject, RemoteStatus, StatusCategory, SystemStatus, TicketStatus

FORMAT: Final = "helpdesk-status-mapping"
VERSION: Final = 1
MAX_BYTES: Final = 2**20
"""Ten thousand statuses fit in; whatever is larger is something else."""
MOST_ERRORS: Final = 100
"""Who has more has chosen another file, and looking for all of them would take long."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Line:
    """Why a file is refused: where, what is wrong there, and how to mend it."""

    number: int
    reason: str


class Enough(Exception):
    """So much is wrong that looking further helps nobody."""


class Complaints:
    """Collects why a file is refused, up to a number that somebody can read."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines = list(lines)

    def add(self, number: int, reason: str) -> None:
        """Note what is wrong in a line.

        Raises:
            Enough: there is no need to look for more.
        """
        self._lines.append(Line(number=number, reason=reason))
        if len(self._lines) >= MOST_ERRORS:
            raise Enough

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them, from the top of the file down."""
        return tuple(sorted(self._lines))


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The workspace of a mapping. `integration` and `id` identify it; the others are for people."""

    integration: str
    id: str
    name: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What is known on this side: what ids are called when writing, and what a file is matched with when reading."""

    origin: Origin
    tickets: tuple[TicketStatus, ...]
    statuses: Mapping[str, RemoteStatus] = field(default_factory=dict)
    projects: Mapping[str, RemoteProject] = field(default_factory=dict)
    kept_statuses: frozenset[str] = frozenset()
    """What the board in force names counts as known, even if the remote system forgot it."""
    kept_projects: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTicket:
    """A ticket status as a file names it."""

    line: int
    key: str
    name: str = ""
    system: SystemStatus | None = None
    """Of a custom status the one that it stands under."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileStatus:
    """A remote status as a file names it: an id, or name and category, or all of them."""

    line: int
    id: str = ""
    name: str = ""
    category: StatusCategory | None = None
    project: str = ""
    """The key of the project that owns it; empty: shared by projects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileColumn:
    """The cards of one ticket status, in order."""

    line: int
    key: str
    statuses: tuple[FileStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileHead:
    """What a person chose to happen to issues at a column."""

    line: int
    key: str
    head: Head


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePlacement:
    """Where a status lies in one project."""

    status: FileStatus
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class FileOverride:
    """What one project does differently."""

    line: int
    id: str
    key: str
    name: str = ""
    placements: tuple[FilePlacement, ...] = ()
    order: tuple[FileColumn, ...] = ()
    heads: tuple[FileHead, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """All that stands in a file. Nothing in it has been compared with this side yet."""

    origin: Origin
    tickets: tuple[FileTicket, ...] = ()
    columns: tuple[FileColumn, ...] = ()
    ignored: tuple[FileStatus, ...] = ()
    heads: tuple[FileHead, ...] = ()
    overrides: tuple[FileOverride, ...] = ()
