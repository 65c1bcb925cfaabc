"""Which workflows there are to look at, and the picture of one by the board in force. Knows no Flask; makes no call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from helpdesk_core.errors import NotFound
from helpdesk_core.mapping.flow import Journey, Legend
from helpdesk_core.mapping.knowledge import knowledge_words
from helpdesk_core.mapping.picture import Picture, make_picture
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.mapping.vocabulary import Stored, UsedProject, read_stored
from helpdesk_core.mapping.workflows import known_workflow, terms
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import RemoteKind, RemoteProject, Workflow


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedWorkflow:
    """A workflow of a project, with the kinds of issue that share it."""

    kinds: tuple[RemoteKind, ...]
    known: str
    """How much is known of it, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectWorkflows:
    """A project in use with its workflows. Without any: it was not read yet."""

    project: RemoteProject
    workflows: tuple[SharedWorkflow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowPage:
    """The picture of one workflow, and what it is about."""

    project: RemoteProject
    kind: RemoteKind
    others: tuple[RemoteKind, ...]
    """The other kinds of issue with the same workflow."""
    known: str
    picture: Picture


def list_workflows(session: Session, connection_id: int) -> tuple[ProjectWorkflows, ...]:
    """Return the workflows of all projects in use; kinds of issue that share one are listed together."""
    stored = read_stored(session, connection_id)
    names = _names(stored)
    return tuple(_of_project(session, connection_id, used, names) for used in stored.in_use)


def read_picture(session: Session, connection_id: int, project_id: str, kind_id: str) -> WorkflowPage:
    """Draw the workflow of one kind of issue.

    Raises:
        NotFound: the project is not in use, was not read yet, or has no such kind.
    """
    stored = read_stored(session, connection_id)
    used = next((each for each in stored.in_use if each.project.id == project_id), None)
    if used is None or used.detail is None:
        msg = "This project is not in use, or its statuses were not read yet."
        raise NotFound(msg)
    kind = next((each for each in used.detail.kinds if each.id == kind_id), None)
    if kind is None:
        msg = f"{used.project.key} has no such kind of issue."
        raise NotFound(msg)
    known = _known(session, connection_id, used)
    workflow = known[kind]
    return WorkflowPage(
        project=used.project,
        kind=kind,
        others=tuple(each for each in known if each != kind and _essence(known[each]) == _essence(workflow)),
        known=knowledge_words(workflow, _names(stored)),
        picture=make_picture(workflow, legend(session, connection_id, project_id, stored)),
    )


def issue_picture(
    session: Session, connection_id: int, project_id: str, workflow: Workflow, journey: Journey
) -> Picture:
    """Draw the workflow of one issue with its place in it."""
    return make_picture(workflow, legend(session, connection_id, project_id), journey)


def legend(session: Session, connection_id: int, project_id: str, stored: Stored | None = None) -> Legend:
    """Return what the board in force says about the statuses of a project."""
    stored = stored or read_stored(session, connection_id)
    return Legend(
        board=resolved_board(session, connection_id, project_id),
        statuses=tuple(list_statuses(session)),
        names=_names(stored),
        terms=terms(session, connection_id, stored),
    )


def _of_project(session: Session, connection_id: int, used: UsedProject, names: Mapping[str, str]) -> ProjectWorkflows:
    groups: dict[object, list[RemoteKind]] = {}
    known = _known(session, connection_id, used)
    for kind, workflow in known.items():
        groups.setdefault(_essence(workflow), []).append(kind)
    return ProjectWorkflows(
        project=used.project,
        workflows=tuple(
            SharedWorkflow(kinds=tuple(kinds), known=knowledge_words(known[kinds[0]], names))
            for kinds in groups.values()
        ),
    )


def _known(session: Session, connection_id: int, used: UsedProject) -> dict[RemoteKind, Workflow]:
    kinds = used.detail.kinds if used.detail else ()
    return {kind: known_workflow(session, connection_id, used.project.id, kind.id) for kind in kinds}


def _essence(workflow: Workflow) -> object:
    """What a picture shows of a workflow; on which issue something was seen makes no difference."""
    steps = frozenset((step.from_id, step.transition, step.evidence) for step in workflow.steps)
    return frozenset(workflow.status_ids), steps, workflow.explored


def _names(stored: Stored) -> dict[str, str]:
    return {status.id: status.name for status in stored.all_statuses.values()}
