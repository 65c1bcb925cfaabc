"""What the judgement's pages show, as values: gaps with their tickets, and a table of ways for each workflow. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk_core.mapping.judgement import Findings, GapKind, Goal, OpenGap, Subject, Verdict, Way
from helpdesk_core.mapping.paths import FieldRequired, NoPath, ThroughDone, Unknown
from helpdesk_core.mapping.verdict_words import (
    gap_words,
    goal_words,
    short_words,
    subject_words,
    trip_words,
    way_words,
)
from helpdesk_core.mapping.wording import Names


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownGap:
    """A gap in words, with the tickets in it."""

    key: str
    """What a form sends as consent."""
    words: str
    where: str
    tickets: int
    filter: dict[str, str]
    """Which linked tickets these are, for their list."""
    new: str = ""
    """The name of the status, where the gap is that it is New."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """How issues get from one status to where one ticket status sends them."""

    words: str
    level: str
    """here, free, ask, dark or stop."""
    learnt: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """All ways out of one status."""

    status: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A ticket status, and where it sends issues."""

    name: str
    goal: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownWay:
    """A way in full words."""

    ticket: str
    start: str
    words: str
    level: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownVerdict:
    """One judgement, for all kinds of issues that are judged alike."""

    project_id: str
    kind_id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    ways: tuple[ShownWay, ...]
    trips: tuple[str, ...]

    def count(self, level: str) -> int:
        """Return how many cells are of a level."""
        return sum(cell.level == level for row in self.rows for cell in row.cells)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownFindings:
    """All that a board is judged to do."""

    gaps: tuple[ShownGap, ...]
    verdicts: tuple[ShownVerdict, ...]
    unread: tuple[str, ...]

    @property
    def asks(self) -> int:
        """How many ways wait for a value or an allowance."""
        return sum(verdict.count("ask") for verdict in self.verdicts)

    @property
    def dark(self) -> int:
        """How many ways nobody knows yet."""
        return sum(verdict.count("dark") for verdict in self.verdicts)

    @property
    def stops(self) -> int:
        """How many ways there are not."""
        return sum(verdict.count("stop") for verdict in self.verdicts)

    def of(self, project_id: str, kind_id: str, found: Findings) -> ShownVerdict | None:
        """Return the verdict on one kind of issue in one project."""
        for shown, verdict in zip(self.verdicts, found.verdicts, strict=True):
            if any((s.project.id, s.kind.id) == (project_id, kind_id) for s in verdict.subjects):
                return shown
        return None


def show(found: Findings, names: Names, product: str) -> ShownFindings:
    """Make what the pages show of a judgement."""
    return ShownFindings(
        gaps=tuple(_gap(each, names, product) for each in found.gaps),
        verdicts=tuple(_verdict(each, names) for each in found.verdicts),
        unread=found.unread,
    )


def _gap(each: OpenGap, names: Names, product: str) -> ShownGap:
    which = "issue" if each.gap.kind is GapKind.NEW else "ticket"
    return ShownGap(
        key=each.gap.key,
        words=gap_words(each.gap, names, product),
        where=subject_words(each.subjects),
        tickets=each.tickets,
        filter={which: each.gap.subject},
        new=names.remote(each.gap.subject) if each.gap.kind is GapKind.NEW else "",
    )


def _verdict(verdict: Verdict, names: Names) -> ShownVerdict:
    judgement = verdict.judgement
    first = judgement.subject
    goals = [goal for goal in judgement.goals if not goal.leaves]
    return ShownVerdict(
        project_id=first.project.id,
        kind_id=first.kind.id,
        title=subject_words(verdict.subjects),
        columns=tuple(Column(name=names.place(goal.key), goal=goal_words(goal, names)) for goal in goals),
        rows=_rows(goals, first, names),
        ways=tuple(
            ShownWay(
                ticket=names.place(goal.key),
                start=names.remote(way.start),
                words=way_words(way, names),
                level=_level(way),
            )
            for goal in goals
            for way in goal.ways
        ),
        trips=tuple(trip_words(trip, names) for trip in judgement.round_trips),
    )


def _rows(goals: list[Goal], subject: Subject, names: Names) -> tuple[Row, ...]:
    ways = [{way.start: way for way in goal.ways} for goal in goals]
    return tuple(
        Row(
            status=names.remote(start),
            cells=tuple(_cell(goal, found.get(start), start) for goal, found in zip(goals, ways, strict=True)),
        )
        for start in dict.fromkeys((*subject.workflow.status_ids, *(start for found in ways for start in found)))
    )


def _cell(goal: Goal, way: Way | None, start: str) -> Cell:
    if goal.target is None:
        return Cell(words="nowhere to go", level="stop")
    if way is None:
        return Cell(words="is there" if start == goal.target else "–", level="here")
    return Cell(words=short_words(way), level=_level(way), learnt=bool(way.seen_on))


def _level(way: Way) -> str:
    match way.outcome:
        case FieldRequired():
            return "ask"
        case ThroughDone(asked=asked):
            return "ask" if asked else "stop"
        case Unknown():
            return "dark"
        case NoPath():
            return "stop"
        case _:
            return "stop" if way.rejected else "free"
