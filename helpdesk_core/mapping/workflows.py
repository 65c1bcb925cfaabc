"""What is known of workflows, and on which terms issues are moved through them. Knows no Flask.

A workflow is read whole where the account may, and else learnt: from each answer that lists an issue's transitions,
and actively by reading one issue of each status. Reading costs calls and runs as a job; everything else works on what
is stored.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import AuthorizationLost, HelpdeskError, NotFound, Refused, Rejected
from helpdesk_core.facets import Workflows
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue
from helpdesk_core.mapping.drift import united
from helpdesk_core.mapping.drifting import check_moves
from helpdesk_core.mapping.judgement import Subject
from helpdesk_core.mapping.models import KnownWorkflow, MoveAllowance, MoveDefault, ProjectInUse
from helpdesk_core.mapping.paths import Terms, corrected
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.values import (
    ConnectionView,
    Evidence,
    FieldOption,
    OpenIssue,
    RemoteKind,
    RemoteProject,
    Step,
    Transition,
    TransitionField,
    Workflow,
    WorkflowRequest,
)

log = logging.getLogger(__name__)

KIND: Final = "mapping.read_workflows"
EMPTY = Workflow(status_ids=(), steps=())


def known_workflow(session: Session, connection_id: int, project_id: str, kind_id: str) -> Workflow:
    """Return what is known of the workflow of one kind of issue in one project; nothing where nobody has looked."""
    row = session.get(KnownWorkflow, (connection_id, project_id, kind_id))
    known = _workflow_in(row.workflow) if row else EMPTY
    listed = _listed(session, connection_id, project_id, kind_id)
    return replace(known, status_ids=tuple(dict.fromkeys((*known.status_ids, *listed))))


def _listed(session: Session, connection_id: int, project_id: str, kind_id: str) -> tuple[str, ...]:
    """Return the statuses that the project's detail names: which exist is known before anybody has seen a way there."""
    used = session.get(ProjectInUse, (connection_id, project_id))
    kinds = used.detail["kinds"] if used and used.detail else []
    return tuple(id_ for kind in kinds if kind["id"] == kind_id for id_ in kind["status_ids"])


def learn(session: Session, connection_id: int, opened: OpenIssue, *, now: datetime) -> None:
    """Keep what one issue's open transitions teach about the status in which it is.

    What was read from the workflow itself stays, with what the issue's screen adds to it: a transition that is not open
    to one issue, for a condition say, is a transition all the same. What was learnt before is replaced.
    """
    if not opened.transitions:
        return  # an account without the permission sees none: that teaches nothing
    issue = opened.issue
    before = known_workflow(session, connection_id, issue.project_id, issue.kind_id)
    seen = corrected(before, opened)
    known = {s.transition.id: s for s in before.steps if s.from_id == issue.status_id and s.evidence is Evidence.KNOWN}
    steps = [s for s in seen.steps if s.from_id != issue.status_id or s.transition.id not in known]
    screens = {each.id: each for each in opened.transitions}
    steps += [replace(s, transition=screens.get(s.transition.id, s.transition)) for s in known.values()]
    after = replace(seen, steps=tuple(steps))
    if _essence(after) != _essence(before):
        store_workflow(session, connection_id, issue.project_id, issue.kind_id, after, now=now)


def store_workflow(
    session: Session,
    connection_id: int,
    project_id: str,
    kind_id: str,
    workflow: Workflow,
    *,
    now: datetime,
    is_compared: bool = False,
) -> None:
    """Keep a workflow as it was read; `is_compared`: also for the next reading to be compared with."""
    key = {"connection_id": connection_id, "project_id": project_id, "kind_id": kind_id}
    document = _workflow_out(workflow)
    compared = {"compared": document} if is_compared else {}
    insert_or_update(session, KnownWorkflow, key, workflow=document, read_at=now, **compared)
    session.expire_all()


def read_workflows(host: Host, connection_id: int, project_id: str) -> int:
    """Read the workflows of one project in use anew, kind by kind; return how many were read.

    Raises:
        IntegrationError: one could not be read; those before it are stored.
    """
    with host.database.read() as session:
        connection = session.get_one(Connection, connection_id)
        facet = host.registry.get(connection.integration).workflows
        used = next((u for u in read_stored(session, connection_id).in_use if u.project.id == project_id), None)
    if facet is None or used is None or used.detail is None:
        return 0
    for kind in used.detail.kinds:
        _read_one(host, connection_id, facet, used.project, kind)
    return len(used.detail.kinds)


def ask_to_read(jobs: Jobs, session: Session, connection_id: int) -> None:
    """Have the workflows of a connection's projects in use read soon, so that moves need not stop for not knowing."""
    jobs.enqueue(session, KIND, f"workflows/{connection_id}", connection_id, seq=1, queue=Queue.BACKGROUND)


def renew_workflows(host: Host, only: int | None = None) -> None:
    """Read the workflows of all projects in use anew, of all working connections or `only` one; trouble is logged.

    What was read before stays in force until the next turn.
    """
    with host.database.read() as session:
        working = select(Connection.id).where(Connection.state == ConnectionState.CONNECTED).order_by(Connection.id)
        if only is not None:
            working = working.where(Connection.id == only)
        query = select(ProjectInUse.connection_id, ProjectInUse.project_id).where(
            ProjectInUse.connection_id.in_(working)
        )
        found = session.execute(query.order_by(ProjectInUse.connection_id, ProjectInUse.project_id)).all()
    lost: set[int] = set()
    for connection_id, project_id in found:
        if connection_id in lost:
            continue
        try:
            read_workflows(host, connection_id, project_id)
        except HelpdeskError as error:
            log.warning("workflows of project %s, connection %s, not read: %s", project_id, connection_id, error)
            if isinstance(error, AuthorizationLost | NotFound | Refused):
                lost.add(connection_id)  # it will answer for no other project either


def _read_one(host: Host, connection_id: int, facet: Workflows, project: RemoteProject, kind: RemoteKind) -> None:
    def question(view: ConnectionView) -> Workflow:
        request = WorkflowRequest(connection=view, project=project, kind_id=kind.id, status_ids=kind.status_ids)
        return facet.read(request)

    try:
        workflow = ask(host, connection_id, question)
    except Rejected as rejected:
        raise Rejected(f"{project.key}: {rejected.reason}", cure=rejected.cure, code=rejected.code) from rejected
    with host.database.write() as session:
        before = known_workflow(session, connection_id, project.id, kind.id)
        after, now = _kept(before, workflow), host.now()
        check_moves(
            session,
            connection_id,
            Subject(project=project, kind=kind, workflow=after),
            before=united(_compared(session, connection_id, project.id, kind.id), before),
            looked_into=workflow.explored,
            on_terms=terms(session, connection_id),
            now=now,
        )
        store_workflow(session, connection_id, project.id, kind.id, after, now=now, is_compared=True)


def _compared(session: Session, connection_id: int, project_id: str, kind_id: str) -> Workflow:
    """Return a workflow as its last reading left it. Since then an issue may have taught that a move is gone."""
    row = session.get(KnownWorkflow, (connection_id, project_id, kind_id))
    return _workflow_in(row.compared) if row and row.compared else EMPTY


def terms(session: Session, connection_id: int, stored: Stored | None = None) -> Terms:
    """Return on which terms issues of a connection are moved: categories, the admin's defaults and allowances."""
    stored = stored or read_stored(session, connection_id)
    statuses = [*stored.statuses, *(s for used in stored.in_use if used.detail for s in used.detail.statuses)]
    crossable: dict[str, set[str]] = defaultdict(set)
    for row in session.scalars(select(MoveAllowance).where(MoveAllowance.connection_id == connection_id)):
        crossable[row.target].add(row.crossed)
    defaults = session.scalars(select(MoveDefault).where(MoveDefault.connection_id == connection_id))
    return Terms(
        categories={status.id: status.category for status in statuses},
        defaults={(row.entered, row.field_id): row.value for row in defaults},
        crossable={target: frozenset(crossed) for target, crossed in crossable.items()},
    )


def set_default(session: Session, connection_id: int, entered: str, field_id: str, value: str) -> None:
    """Say what to put into a field on the way into a status; an empty value takes it back."""
    row = session.get(MoveDefault, (connection_id, entered, field_id))
    if not value:
        if row:
            session.delete(row)
        return
    key = {"connection_id": connection_id, "entered": entered, "field_id": field_id}
    insert_or_update(session, MoveDefault, key, value=value)


def set_allowance(session: Session, connection_id: int, target: str, crossed: str, *, allowed: bool) -> None:
    """Allow issues to pass a done status on the way to a target, or take that back."""
    row = session.get(MoveAllowance, (connection_id, target, crossed))
    if allowed and row is None:
        session.add(MoveAllowance(connection_id=connection_id, target=target, crossed=crossed))
    elif row and not allowed:
        session.delete(row)


def _kept(before: Workflow, read: Workflow) -> Workflow:
    """Add to a fresh reading what was learnt about statuses that it could not look into, unless they are gone."""
    missing = (before.explored - read.explored) & set(read.status_ids)
    return replace(
        read,
        steps=(*read.steps, *(s for s in before.steps if s.from_id in missing)),
        explored=read.explored | missing,
    )


def _essence(workflow: Workflow) -> object:
    """What makes two workflows the same; on which issue something was seen does not."""
    steps = sorted((s.from_id, s.transition.id, repr(s.transition), s.evidence.value) for s in workflow.steps)
    return set(workflow.status_ids), steps, workflow.explored


# ── as stored ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _workflow_out(workflow: Workflow) -> dict[str, Any]:
    return {
        "status_ids": list(workflow.status_ids),
        "steps": [{**asdict(step), "evidence": step.evidence.value} for step in workflow.steps],
        "explored": sorted(workflow.explored),
    }


def _workflow_in(document: Mapping[str, Any]) -> Workflow:
    return Workflow(
        status_ids=tuple(document["status_ids"]),
        steps=tuple(
            Step(
                from_id=step["from_id"],
                transition=_transition_in(step["transition"]),
                evidence=Evidence(step["evidence"]),
                seen_on=step["seen_on"],
            )
            for step in document["steps"]
        ),
        explored=frozenset(document["explored"]),
    )


def _transition_in(document: Mapping[str, Any]) -> Transition:
    fields = [
        TransitionField(**{**field, "options": tuple(FieldOption(**option) for option in field["options"])})
        for field in document["fields"]
    ]
    return Transition(**{**document, "fields": tuple(fields)})
