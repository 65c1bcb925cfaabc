"""Tries a channel: creates an issue as the channel would, and deletes it again. Knows no Flask.

That it must be deleted is stored, with a job that does it, before the issue is asked for: whatever is lost or killed
in between, the issue is looked for by its marker and goes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.channels.creating import SETTLING, SURPLUS_MIN
from helpdesk_core.channels.looking import creation_facet
from helpdesk_core.channels.models import TRIAL_MARKER, Trial
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import AuthorizationLost, HelpdeskError, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import IssueCreation
from helpdesk_core.host import Host
from helpdesk_core.jobs import RetryLater
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.waiting import pause_after
from helpdesk_core.values import (
    ConnectionView,
    CreatedIssue,
    CreateRequest,
    FieldValue,
    FoundIssue,
    IssueRequest,
    RecentRequest,
    RemoteProject,
)

KIND: Final = "channels.clean_up"
TITLE: Final = "Test from the helpdesk"
BODY: Final = "An admin tries a channel. The helpdesk deletes this issue again; if it is still here, delete it by hand."
FIRST_LOOK: Final = timedelta(seconds=5)
"""By then the request that creates the issue has deleted it, or has given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """How a trial went."""

    key: str
    """The issue that was created."""
    left: str = ""
    """Why it could not be deleted at once; empty: it is gone."""


def try_out(
    host: Host,
    connection_id: int,
    *,
    project: RemoteProject,
    kind_id: str,
    values: tuple[FieldValue, ...],
    by: str,
) -> Tried:
    """Create an issue and delete it. Two calls.

    Raises:
        NotFound: the connection is gone, or its plugin creates no issues.
        IntegrationError: the issue was not created, or nobody knows; then a job looks for it and deletes it.
    """
    with host.database.read() as session:
        facet = _facet(host, session, connection_id)
    trial = _announce(host, connection_id, project.id)

    def create(view: ConnectionView) -> CreatedIssue:
        return facet.create(
            CreateRequest(
                connection=view,
                project=project,
                kind_id=kind_id,
                marker=trial.marker,
                title=TITLE,
                body=BODY,
                author=by,
                fields=values,
            )
        )

    try:
        made = put(host, connection_id, "create", create)
    except (Rejected, AuthorizationLost):
        _forget(host, trial.id)  # it was refused: there is nothing to delete
        raise
    with host.database.write() as session:
        if announced := session.get(Trial, trial.id, with_for_update=True):
            announced.issue_id = made.id
        # else the answer took so long that the job has deleted the issue already, or given up waiting for it
    try:
        _delete(host, connection_id, facet, made.id)
    except HelpdeskError as error:
        return Tried(key=made.key, left=_why(error))
    _forget(host, trial.id)
    return Tried(key=made.key)


def clean_up(host: Host, trial_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Delete what a trial has left: the handler of its job."""
    with host.database.read() as session:
        trial = session.get(Trial, trial_id)
        if trial is None or trial.sentence:
            return None
        facet = _facet(host, session, trial.connection_id)
    try:
        if again := _find_and_delete(host, trial, facet):
            return again
    except TemporarilyUnavailable as error:
        return RetryLater(after=max(pause_after(error, attempt), FIRST_LOOK), reason=str(error))
    except (AuthorizationLost, Refused, NotFound) as error:
        return RetryLater(after=timedelta(minutes=1), reason=str(error))
    except Rejected as error:
        if error.code != "gone":
            _keep(host, trial_id, error)
            return None
    _forget(host, trial_id)
    return None


def _announce(host: Host, connection_id: int, project_id: str) -> Trial:
    with host.database.write() as session:
        trial = Trial(
            connection_id=connection_id,
            project_id=project_id,
            marker=f"{TRIAL_MARKER}{secrets.token_hex(12)}",
            asked_at=host.now(),
        )
        session.add(trial)
        session.flush()
        host.jobs.enqueue(session, KIND, f"connection/{connection_id}/trial/{trial.id}", trial.id, seq=1)
        return trial


def _find_and_delete(host: Host, trial: Trial, facet: IssueCreation) -> RetryLater | None:
    if host.now() < trial.asked_at + FIRST_LOOK:
        return RetryLater(after=FIRST_LOOK, reason="the request that created it is deleting it itself")
    issue_id = trial.issue_id or _search(host, trial, facet)
    if issue_id:
        _delete(host, trial.connection_id, facet, issue_id)
    elif host.now() < trial.asked_at + SETTLING:
        return RetryLater(after=FIRST_LOOK, reason="it may have been created")
    return None


def _search(host: Host, trial: Trial, facet: IssueCreation) -> str:
    minutes = int((host.now() - trial.asked_at).total_seconds() // 60) + SURPLUS_MIN

    def question(view: ConnectionView) -> tuple[FoundIssue, ...]:
        return facet.recent(RecentRequest(connection=view, project_id=trial.project_id, minutes=minutes))

    found = put(host, trial.connection_id, "recent", question)
    return next((each.issue.id for each in found if each.marker == trial.marker), "")


def _delete(host: Host, connection_id: int, facet: IssueCreation, issue_id: str) -> None:
    def question(view: ConnectionView) -> None:
        facet.delete(IssueRequest(connection=view, issue_id=issue_id))

    put(host, connection_id, "delete", question)


def _keep(host: Host, trial_id: int, error: Rejected) -> None:
    """Keep on record why the issue is still there."""
    with host.database.write() as session:
        if trial := session.get(Trial, trial_id):
            trial.sentence = _why(error)


def _forget(host: Host, trial_id: int) -> None:
    with host.database.write() as session:
        if trial := session.get(Trial, trial_id):
            session.delete(trial)


def _facet(host: Host, session: Session, connection_id: int) -> IssueCreation:
    facet = creation_facet(host, session, connection_id) if session.get(Connection, connection_id) else None
    if facet is None:
        msg = "There is no connection on which issues could be created."
        raise NotFound(msg)
    return facet


def _why(error: HelpdeskError) -> str:
    return f"{error.reason} {error.cure}".strip() if isinstance(error, Rejected) else str(error)
