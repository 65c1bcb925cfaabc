"""What moves need from an admin: values for fields that transitions ask for, and leave to pass done statuses.

Knows no Flask. `read_page` gathers it from what is known of the workflows of the projects in use; `save` keeps the
answers. Only what the page showed is changed: what was learnt meanwhile waits for the next look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.errors import Refused
from helpdesk_core.mapping.board import Board, Targets
from helpdesk_core.mapping.models import MoveAllowance
from helpdesk_core.mapping.paths import Planner, Terms, ThroughDone
from helpdesk_core.mapping.versions import latest
from helpdesk_core.mapping.vocabulary import Stored, UsedProject, read_stored
from helpdesk_core.mapping.wording import listed
from helpdesk_core.mapping.workflows import known_workflow, set_allowance, set_default, terms
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import Evidence, FieldOption, RemoteKind, TicketStatus, TransitionField, Workflow


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowledge:
    """How much is known of the workflow of one kind of issue."""

    kind: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownProject:
    """A project in use, with what is known of it kind by kind. Without kinds: it was not read yet."""

    name: str
    kinds: tuple[Knowledge, ...]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """One kind of issue in one project, and what is known of its workflow."""

    used: UsedProject
    kind: RemoteKind
    workflow: Workflow


def read_page(session: Session, connection_id: int) -> MovesPage:
    """Gather what moves need; makes no call."""
    stored = read_stored(session, connection_id)
    seen = [
        _Seen(used=used, kind=kind, workflow=known_workflow(session, connection_id, used.project.id, kind.id))
        for used in stored.in_use
        for kind in (used.detail.kinds if used.detail else ())
    ]
    names, on_terms = _names(stored), terms(session, connection_id, stored)
    waiting = _waiting(seen, latest(session, connection_id).board, tuple(list_statuses(session)), on_terms)
    rows = session.scalars(select(MoveAllowance).where(MoveAllowance.connection_id == connection_id))
    allowed = {(row.target, row.crossed) for row in rows}
    return MovesPage(
        projects=tuple(_known_project(used, seen, names) for used in stored.in_use),
        fields=_fields(seen, names, on_terms.defaults),
        crossings=_crossings(waiting, allowed, names),
    )


def save(session: Session, connection_id: int, answers: Answers) -> int:
    """Keep an admin's answers; return how many differ from what was in force.

    Raises:
        Refused: a value that is not offered; nothing is kept.
    """
    page = read_page(session, connection_id)
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


# ── what is known ─────────────────────────────────────────────────────────────────────────────────────────────────────


def knowledge_words(workflow: Workflow, names: Mapping[str, str]) -> str:
    """Say how much is known of a workflow."""
    total = len(workflow.status_ids)
    if not total:
        return "no status is known yet"
    dark = [_name(id_, names) for id_ in workflow.status_ids if id_ not in workflow.explored]
    if len(dark) == total:
        return f"nothing yet: nobody has looked into {listed(dark)}"
    if not dark:
        return f"all {total} statuses {_how(workflow)}" if total > 1 else f"its one status {_how(workflow)}"
    return f"{_how(workflow)}: {total - len(dark)} of {total} statuses; nobody has looked into: {listed(dark)}"


def _how(workflow: Workflow) -> str:
    """Say where the ways out of the explored statuses are known from."""
    read = {step.from_id for step in workflow.steps if step.evidence is Evidence.KNOWN}
    learnt = {step.from_id for step in workflow.steps if step.evidence is Evidence.LEARNT} - read
    if not learnt & workflow.explored:
        return "read"
    return "read or seen on issues" if read & workflow.explored else "seen on issues"


def _known_project(used: UsedProject, seen: list[_Seen], names: Mapping[str, str]) -> KnownProject:
    kinds = [
        Knowledge(kind=each.kind.name, words=knowledge_words(each.workflow, names))
        for each in seen
        if each.used is used
    ]
    return KnownProject(name=f"{used.project.key} {used.project.name}", kinds=tuple(kinds))


# ── fields ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fields(
    seen: list[_Seen], names: Mapping[str, str], defaults: Mapping[tuple[str, str], str]
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
            label=f"{found[0][0].name}, when an issue enters {_name(entered, names)}",
            required=any(field.required for field, _ in found),
            options=tuple({option.id: option for field, _ in found for option in field.options}.values()),
            moves=tuple(dict.fromkeys(move for _, move in found)),
            value=defaults.get((entered, field_id), ""),
        )
        for (entered, field_id), found in screens.items()
    ]
    return tuple(sorted(asked, key=lambda one: (_name(one.entered, names), one.entered, one.label, one.id)))


# ── passing done statuses ─────────────────────────────────────────────────────────────────────────────────────────────


def _waiting(
    seen: list[_Seen], board: Board, statuses: tuple[TicketStatus, ...], on_terms: Terms
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
            waiting.setdefault(pair, []).append(f"{each.used.project.key} {each.kind.name}")
    return waiting


def _targets(seen: _Seen, board: Board, statuses: tuple[TicketStatus, ...]) -> Iterator[str]:
    """Yield each status to which the board in force sends the issues of a kind, once."""
    resolved, workflow = board.resolve(seen.used.project.id, statuses), seen.workflow
    there = {*workflow.status_ids, *(s.from_id for s in workflow.steps), *(s.transition.to_id for s in workflow.steps)}
    outbound = [resolved.outbound(status.key) for status in statuses]
    firsts = [next((i for i in to.ids if i in there), None) for to in outbound if isinstance(to, Targets)]
    yield from dict.fromkeys(first for first in firsts if first is not None)


def _crossings(
    waiting: Mapping[tuple[str, str], list[str]], allowed: set[tuple[str, str]], names: Mapping[str, str]
) -> tuple[Crossing, ...]:
    crossings = [
        Crossing(
            target=target,
            crossed=crossed,
            question=f"To reach {_name(target, names)} an issue must pass {_name(crossed, names)}. Allow?",
            allowed=(target, crossed) in allowed,
            where=tuple(waiting.get((target, crossed), ())),
        )
        for target, crossed in {**dict.fromkeys(waiting), **dict.fromkeys(allowed)}
    ]
    return tuple(sorted(crossings, key=lambda one: (one.question, one.target, one.crossed)))


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _names(stored: Stored) -> dict[str, str]:
    """Return status names by id; a name that several have gets the key of the project that owns the status."""
    shared = Counter(status.name for status in stored.statuses_in_use)
    keys = {used.project.id: used.project.key for used in stored.in_use}
    return {
        status.id: f"{status.name} ({keys[status.project_id]})"
        if shared[status.name] > 1 and status.project_id in keys
        else status.name
        for status in stored.all_statuses.values()
    }


def _name(status_id: str, names: Mapping[str, str]) -> str:
    return names.get(status_id, f"status {status_id}")


def _key(first: str, second: str) -> str:
    # quoted, so that no two pairs share a key, and it may stand in an HTML id
    return f"{quote(first, safe='')}:{quote(second, safe='')}"
