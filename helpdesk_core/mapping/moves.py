"""What moves need from an admin: values for fields that transitions ask for, and leave to pass done statuses.

Knows no Flask. `read_page` gathers it from what is known of the workflows of the projects in use; `save` keeps the
answers. Only what the page showed is changed: what was learnt meanwhile waits for the next look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.errors import Refused
from helpdesk_core.mapping.board import Board, Targets
from helpdesk_core.mapping.judgement import Subject
from helpdesk_core.mapping.judging import read_subjects
from helpdesk_core.mapping.knowledge import KnownProject, known_project, status_name, status_names
from helpdesk_core.mapping.models import MoveAllowance
from helpdesk_core.mapping.paths import Planner, Terms, ThroughDone
from helpdesk_core.mapping.versions import latest
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.workflows import set_allowance, set_default, terms
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import FieldOption, SystemStatus, TicketStatus, TransitionField


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedField:
    """A field that moves into one status ask for."""

    entered: str
    id: str
    label: str
    """Resolution, when an issue enters Done."""
    required: bool
    """Whether any of the moves is refused without it."""
    options: tuple[FieldOption, ...]
    """The values that any of the moves allows; none: it is text."""
    moves: tuple[str, ...]
    value: str = ""
    """The default in force."""

    @property
    def key(self) -> str:
        """How forms name it."""
        return _key(self.entered, self.id)

    @property
    def gone(self) -> bool:
        """Whether the default is an option that no move offers any more."""
        return bool(self.value and self.options) and all(option.id != self.value for option in self.options)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """A done status that issues must pass on the way to a target."""

    target: str
    crossed: str
    question: str
    """To reach Closed an issue must pass Resolved. Allow?"""
    allowed: bool
    suggested: bool
    """Whether to pass it says nothing new: it means what the target means, or Done on the way to Closed."""
    where: tuple[str, ...]
    """The projects and kinds whose issues wait for it."""

    @property
    def key(self) -> str:
        """How forms name it."""
        return _key(self.target, self.crossed)


@dataclass(frozen=True, kw_only=True, slots=True)
class MovesPage:
    """All that the page shows."""

    projects: tuple[KnownProject, ...]
    fields: tuple[AskedField, ...]
    crossings: tuple[Crossing, ...]

    @property
    def required(self) -> tuple[AskedField, ...]:
        """The fields without which moves are refused."""
        return tuple(field for field in self.fields if field.required)

    @property
    def optional(self) -> tuple[AskedField, ...]:
        """The fields that merely stand on screens."""
        return tuple(field for field in self.fields if not field.required)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What came back from the page's form."""

    values: Mapping[str, str]
    """Key of each field that was shown → its value."""
    offered: Collection[str]
    """The keys of the crossings that were shown; a box that is not ticked does not come back by itself."""
    allowed: Collection[str]


def read_page(session: Session, connection_id: int, board: Board | None = None) -> MovesPage:
    """Gather what moves need; makes no call.

    Args:
        session: a reading session.
        connection_id: whose moves.
        board: the board by which issues would be moved; None: the one in force.
    """
    stored = read_stored(session, connection_id)
    board = latest(session, connection_id).board if board is None else board
    seen = read_subjects(session, connection_id, stored)
    names, on_terms = status_names(stored), terms(session, connection_id, stored)
    waiting = _waiting(seen, board, tuple(list_statuses(session)), on_terms)
    rows = session.scalars(select(MoveAllowance).where(MoveAllowance.connection_id == connection_id))
    allowed = {(row.target, row.crossed) for row in rows}
    return MovesPage(
        projects=tuple(known_project(used, seen, names) for used in stored.in_use),
        fields=_fields(seen, names, on_terms.defaults),
        crossings=_crossings(waiting, allowed, names, board),
    )


def save(session: Session, connection_id: int, answers: Answers, board: Board | None = None) -> int:
    """Keep an admin's answers; return how many differ from what was in force. `board` is the one that was shown.

    Raises:
        Refused: a value that is not offered; nothing is kept.
    """
    page = read_page(session, connection_id, board)
    given = [(field, answers.values[field.key].strip()) for field in page.fields if field.key in answers.values]
    changed = [(field, value) for field, value in given if value != field.value]
    for field, value in changed:
        if value and field.options and all(option.id != value for option in field.options):
            msg = f"{field.label}: the value is not offered any more. Choose another."
            raise Refused(msg)
    for field, value in changed:
        set_default(session, connection_id, field.entered, field.id, value)
    shown = [crossing for crossing in page.crossings if crossing.key in answers.offered]
    turned = [crossing for crossing in shown if crossing.allowed != (crossing.key in answers.allowed)]
    for each in turned:
        set_allowance(session, connection_id, each.target, each.crossed, allowed=not each.allowed)
    return len(changed) + len(turned)


# ── fields ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fields(
    seen: list[Subject], names: Mapping[str, str], defaults: Mapping[tuple[str, str], str]
) -> tuple[AskedField, ...]:
    """Merge what all transitions ask for, by the status entered and the field."""
    screens: dict[tuple[str, str], list[tuple[TransitionField, str]]] = {}
    for each in seen:
        for transition in (step.transition for step in each.workflow.steps):
            for field in transition.fields:
                screens.setdefault((transition.to_id, field.id), []).append((field, transition.name))
    asked = [
        AskedField(
            entered=entered,
            id=field_id,
            label=f"{found[0][0].name}, when an issue enters {status_name(entered, names)}",
            required=any(field.required for field, _ in found),
            options=tuple({option.id: option for field, _ in found for option in field.options}.values()),
            moves=tuple(dict.fromkeys(move for _, move in found)),
            value=defaults.get((entered, field_id), ""),
        )
        for (entered, field_id), found in screens.items()
    ]
    return tuple(sorted(asked, key=lambda one: (status_name(one.entered, names), one.entered, one.label, one.id)))


# ── passing done statuses ─────────────────────────────────────────────────────────────────────────────────────────────


def _waiting(
    seen: list[Subject], board: Board, statuses: tuple[TicketStatus, ...], on_terms: Terms
) -> dict[tuple[str, str], list[str]]:
    """Return which (target, done status) the board in force waits for, and in which projects and kinds."""
    waiting: dict[tuple[str, str], list[str]] = {}
    for each in seen:
        planner = Planner(each.workflow, on_terms)
        asked = {
            (outcome.target, crossed): None
            for target in _targets(each, board, statuses)
            for outcome in planner.reach(target).values()
            if isinstance(outcome, ThroughDone)
            for crossed in outcome.asked
        }
        for pair in asked:
            waiting.setdefault(pair, []).append(f"{each.project.key} {each.kind.name}")
    return waiting


def _targets(seen: Subject, board: Board, statuses: tuple[TicketStatus, ...]) -> Iterator[str]:
    """Yield each status to which the board in force sends the issues of a kind, once."""
    resolved, workflow = board.resolve(seen.project.id, statuses), seen.workflow
    there = {*workflow.status_ids, *(s.from_id for s in workflow.steps), *(s.transition.to_id for s in workflow.steps)}
    outbound = [resolved.outbound(status.key) for status in statuses]
    firsts = [next((i for i in to.ids if i in there), None) for to in outbound if isinstance(to, Targets)]
    yield from dict.fromkeys(first for first in firsts if first is not None)


def _suggested(target: str, crossed: str, board: Board) -> bool:
    means, passes = board.inbound(target), board.inbound(crossed)
    done_before_closed = (passes, means) == (SystemStatus.DONE.value, SystemStatus.CLOSED.value)
    return isinstance(means, str) and (means == passes or done_before_closed)


def _crossings(
    waiting: Mapping[tuple[str, str], list[str]],
    allowed: set[tuple[str, str]],
    names: Mapping[str, str],
    board: Board,
) -> tuple[Crossing, ...]:
    crossings = [
        Crossing(
            target=target,
            crossed=crossed,
            question=f"To reach {status_name(target, names)} an issue must pass {status_name(crossed, names)}. Allow?",
            allowed=(target, crossed) in allowed,
            suggested=_suggested(target, crossed, board),
            where=tuple(waiting.get((target, crossed), ())),
        )
        for target, crossed in {**dict.fromkeys(waiting), **dict.fromkeys(allowed)}
    ]
    return tuple(sorted(crossings, key=lambda one: (one.question, one.target, one.crossed)))


def _key(first: str, second: str) -> str:
    # quoted, so that no two pairs share a key, and it may stand in an HTML id
    return f"{quote(first, safe='')}:{quote(second, safe='')}"
