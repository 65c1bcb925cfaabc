"""What issues need on their way, gathered from the workflows that are known: fields to fill in, statuses to pass.

The page for admins works on this; planning asks the same workflows and the same answers. Knows no Flask, makes no call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.models import MoveAllowance
from helpdesk_core.mapping.paths import Planner, Terms, ThroughDone
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.mapping.vocabulary import Stored, UsedProject, read_stored
from helpdesk_core.mapping.workflows import known_workflow, terms
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import Evidence, FieldOption, RemoteKind, Workflow

Names = Mapping[str, str]
"""Status id → what people call it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """How much is known of the workflow of one kind of issue."""

    project: str
    kind: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A field that moves into a status show."""

    entered: str
    entered_name: str
    field_id: str
    name: str
    required: bool
    moves: tuple[str, ...]
    """The names of the moves that show it."""
    options: tuple[FieldOption, ...]
    value: str
    """What an admin said; empty: nothing."""

    @property
    def is_gone(self) -> bool:
        """Whether the value that an admin chose is not offered any more."""
        return bool(self.value and self.options) and self.value not in {option.id for option in self.options}


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """A done status that issues must pass to get to a target."""

    target: str
    target_name: str
    crossed: str
    crossed_name: str
    allowed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Moves:
    """Everything on the page."""

    known: tuple[Known, ...]
    required: tuple[Asked, ...]
    optional: tuple[Asked, ...]
    crossings: tuple[Crossing, ...]


def gather(session: Session, connection_id: int) -> Moves:
    """Gather what moves need, over the projects in use and their kinds of issues."""
    stored = read_stored(session, connection_id)
    present = terms(session, connection_id, stored)
    workflows = list(_workflows(session, connection_id, stored))
    names = {id_: status.name for id_, status in stored.all_statuses.items()}
    fields = _fields([workflow for *_, workflow in workflows], present, names)
    return Moves(
        known=tuple(_known(used, kind, workflow, names) for used, kind, workflow in workflows),
        required=tuple(each for each in fields if each.required),
        optional=tuple(each for each in fields if not each.required),
        crossings=_crossings(session, connection_id, workflows, present, names),
    )


def _workflows(
    session: Session, connection_id: int, stored: Stored
) -> Iterator[tuple[UsedProject, RemoteKind, Workflow]]:
    for used in stored.in_use:
        for kind in used.detail.kinds if used.detail else ():
            yield used, kind, known_workflow(session, connection_id, used.project.id, kind.id)


def _known(used: UsedProject, kind: RemoteKind, workflow: Workflow, names: Names) -> Known:
    unseen = [_name(names, id_) for id_ in workflow.status_ids if id_ not in workflow.explored]
    read = any(step.evidence is Evidence.KNOWN for step in workflow.steps)
    total = len(workflow.status_ids)
    if not unseen:
        words = f"All {total} statuses are known" + (", read from the workflow." if read else ", seen on issues.")
    else:
        seen = f"{total - len(unseen)} of {total} statuses were seen on issues."
        words = f"{seen} Nobody has looked into {', '.join(unseen)}."
    return Known(project=used.project.key, kind=kind.name, words=words)


def _fields(workflows: list[Workflow], present: Terms, names: Names) -> list[Asked]:
    """Join what all workflows ask on the way into a status: the same field of several moves is one question."""
    found: dict[tuple[str, str], list[tuple[str, bool, str, tuple[FieldOption, ...]]]] = defaultdict(list)
    for workflow in workflows:
        for step in workflow.steps:
            for asked in step.transition.fields:
                key = (step.transition.to_id, asked.id)
                found[key].append((step.transition.name, asked.required, asked.name, asked.options))
    return sorted(
        (
            Asked(
                entered=entered,
                entered_name=_name(names, entered),
                field_id=field_id,
                name=seen[0][2],
                required=any(required for _, required, *_ in seen),
                moves=tuple(dict.fromkeys(name for name, *_ in seen)),
                options=tuple({option.id: option for *_, options in seen for option in options}.values()),
                value=present.defaults.get((entered, field_id), ""),
            )
            for (entered, field_id), seen in found.items()
        ),
        key=lambda each: (each.entered_name, each.name, each.entered),
    )


def _crossings(
    session: Session,
    connection_id: int,
    workflows: list[tuple[UsedProject, RemoteKind, Workflow]],
    present: Terms,
    names: Names,
) -> tuple[Crossing, ...]:
    """Find the done statuses that stand in the way, for each target that the board in force names."""
    rows = session.scalars(select(MoveAllowance).where(MoveAllowance.connection_id == connection_id))
    found = {(row.target, row.crossed): True for row in rows}
    for used, _, workflow in workflows:
        planner = Planner(workflow, present)
        for target in _targets(session, connection_id, used.project.id, workflow):
            for outcome in planner.reach(target).values():
                if isinstance(outcome, ThroughDone):
                    found |= {(target, id_): False for id_ in outcome.asked if (target, id_) not in found}
    crossings = [
        Crossing(
            target=target,
            target_name=_name(names, target),
            crossed=crossed,
            crossed_name=_name(names, crossed),
            allowed=allowed,
        )
        for (target, crossed), allowed in found.items()
    ]
    return tuple(sorted(crossings, key=lambda each: (each.target_name, each.crossed_name, each.target, each.crossed)))


def _targets(session: Session, connection_id: int, project_id: str, workflow: Workflow) -> set[str]:
    board = resolved_board(session, connection_id, project_id)
    exits = [board.outbound(status.key) for status in list_statuses(session)]
    cards = [[id_ for id_ in each.ids if id_ in workflow.status_ids] for each in exits if isinstance(each, Targets)]
    return {existing[0] for existing in cards if existing}


def _name(names: Names, id_: str) -> str:
    return names.get(id_, f"status {id_}")
