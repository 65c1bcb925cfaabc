"""What an imported mapping means here: each thing in the file beside what it is on this side, and its board. Pure.

In the workspace that a file comes from, ids decide. Elsewhere, and for an id that is gone, a status is the one of the
same name and category, of the same project where a project owns it. What fits nothing, or several, is refused by line.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from helpdesk_core.mapping.board import Board, Head, Override, Place, Problem, SameAs, Tray, problems
from helpdesk_core.mapping.exchange import (
    Complaints,
    Enough,
    File,
    FileColumn,
    FileHead,
    FileOverride,
    FileStatus,
    Line,
    Site,
)
from helpdesk_core.mapping.exchange_reading import Reading
from helpdesk_core.mapping.resemblance import Found, Match, Resemblance
from helpdesk_core.mapping.wording import Names, problem_words


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """What a file means here. There is a board exactly when nothing was wrong."""

    board: Board | None
    matches: tuple[Match, ...]
    errors: tuple[Line, ...]


def match(reading: Reading, site: Site) -> Matched:
    """Find what a file's ticket statuses, remote statuses and projects are here, and make its board."""
    if reading.file is None:
        return Matched(board=None, matches=(), errors=reading.errors)
    complaints = Complaints(reading.errors)
    matcher = _Matcher(reading.file, site, complaints)
    board = None
    with suppress(Enough):
        board = matcher.board(reading.file)
        if not complaints.lines:  # of a board that lacks what could not be read, faults are not worth telling
            matcher.refuse_problems(board)
    return Matched(
        board=None if complaints.lines else board,
        matches=tuple(sorted(matcher.matches.values(), key=lambda each: each.line)),
        errors=complaints.lines,
    )


class _Matcher:
    """Goes through a file, and remembers matches and errors."""

    def __init__(self, file: File, site: Site, complaints: Complaints) -> None:
        self.matches: dict[object, Match] = {}
        self._complaints = complaints
        self._site = site
        self._resemblance = Resemblance(file, site)
        self._declared = {ticket.key: ticket for ticket in file.tickets}
        self._claimed: dict[str, str] = {}
        self._lines: dict[tuple[str | None, str], int] = {}
        """Where a head, or else a column, stands: for what is wrong with the whole."""

    def board(self, file: File) -> Board:
        """Make the board of all that matches."""
        taken: dict[str, int] = {}
        columns = self._columns(file.columns, taken)
        ignored = self._ids(file.ignored, taken)
        heads = self._heads(file.heads, None)
        overrides: dict[str, Override] = {}
        seen: dict[str, int] = {}
        for each in file.overrides:
            project_id = self._keep(each, self._resemblance.project(each))
            change = self._override(each, project_id)
            if project_id is None:
                continue
            if project_id in seen:
                self._wrong(each.line, f"This project stands in line {seen[project_id]} already. Make one of the two.")
            seen[project_id] = each.line
            overrides[project_id] = change
        return Board(columns=columns, ignored=frozenset(ignored), heads=heads, overrides=overrides)

    def refuse_problems(self, board: Board) -> None:
        """Find where *same as* leads nowhere, and name the line that says so."""
        names = Names(
            statuses=self._site.tickets,
            remotes={status.id: status.name for status in self._site.statuses.values()},
            projects={project.id: project.key for project in self._site.projects.values()},
        )
        for problem in problems(board, self._site.tickets):
            self._wrong(self._line(problem), problem_words(problem, names))

    # ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _columns(self, columns: tuple[FileColumn, ...], taken: dict[str, int]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for column in columns:
            key, ids = self._ticket(column.key, column.line), self._ids(column.statuses, taken)
            if key is not None:
                found[key] = ids
                self._lines.setdefault((None, key), column.line)
        return found

    def _ids(self, statuses: tuple[FileStatus, ...], taken: dict[str, int]) -> tuple[str, ...]:
        return tuple(remote for each in statuses if (remote := self._status(each, taken)) is not None)

    def _heads(self, heads: tuple[FileHead, ...], project_id: str | None) -> dict[str, Head]:
        found: dict[str, Head] = {}
        for each in heads:
            key, head = self._ticket(each.key, each.line), self._head(each)
            if key is not None and head is not None:
                found[key] = head
                self._lines[project_id, key] = each.line
        return found

    def _head(self, each: FileHead) -> Head | None:
        if not isinstance(each.head, SameAs):
            return each.head
        target = self._ticket(each.head.key, each.line)
        return None if target is None else SameAs(target)

    def _override(self, each: FileOverride, project_id: str | None) -> Override:
        taken: dict[str, int] = {}
        placements: dict[str, Place] = {}
        for placement in each.placements:
            remote = self._status(placement.status, taken)
            place = placement.place
            where = place if isinstance(place, Tray) else self._ticket(place, placement.status.line)
            if remote is not None and where is not None:
                placements[remote] = where
        order = {}
        for column in each.order:
            key, ids = self._ticket(column.key, column.line), self._ids(column.statuses, {})
            if key is not None:
                order[key] = ids
        return Override(placements=placements, order=order, heads=self._heads(each.heads, project_id))

    # ── single things ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _ticket(self, key: str, line: int) -> str | None:
        declared = self._declared.get(key)
        found = self._resemblance.ticket(key, line, declared)
        known = ("ticket", key) in self.matches
        here = self._keep(("ticket", key), found) if not known or declared is None else found.id
        if here is not None and self._claimed.setdefault(here, key) != key and not known:
            self._wrong(found.match.line, f"“{self._claimed[here]}” is this ticket status here already. Make them one.")
        return here

    def _status(self, each: FileStatus, taken: dict[str, int]) -> str | None:
        same = (each.id, each.name.casefold(), each.category, each.project.casefold())
        remote = self._keep(same, self._resemblance.status(each))
        if remote is None:
            return None
        if remote in taken:
            self._wrong(each.line, f"This status stands in line {taken[remote]} already. Take one of the two out.")
            return None
        taken[remote] = each.line
        return remote

    def _keep(self, what: object, found: Found) -> str | None:
        """Remember a match once, and an error each time."""
        self.matches.setdefault(what, found.match)
        if found.reason:
            self._wrong(found.match.line, found.reason)
        return found.id

    def _line(self, problem: Problem) -> int:
        scopes = dict.fromkeys([problem.project_id, None])
        lines = (self._lines.get((scope, key)) for scope in scopes for key in problem.keys)
        return next((line for line in lines if line), 1)

    def _wrong(self, line: int, reason: str) -> None:
        self._complaints.add(line, reason)
