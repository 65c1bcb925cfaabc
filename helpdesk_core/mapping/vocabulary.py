"""The stored copy of a connection's projects and statuses, and the projects in use. Knows no Flask.

Reading is one call for the whole vocabulary and one for each project in use; no transaction is open meanwhile, and
each answer is stored as soon as it is there, so an outage half-way loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.facets import StatusVocabulary
from helpdesk_core.host import Host
from helpdesk_core.mapping.models import ProjectInUse, VocabularySnapshot
from helpdesk_core.values import (
    ConnectionView,
    ProjectDetail,
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Vocabulary,
)

READ_AT_ONCE: Final = 40
"""How many projects one request reads: at Jira's pace some ten seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedProject:
    """A project in use. Its detail is None until it was read."""

    project: RemoteProject
    detail: ProjectDetail | None
    read_at: datetime | None

    @property
    def status_ids(self) -> frozenset[str]:
        """The statuses that its issues can have, as far as they were read."""
        if self.detail is None:
            return frozenset()
        ids = {status.id for status in self.detail.statuses}
        return frozenset(ids.union(*(kind.status_ids for kind in self.detail.kinds)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """All that is known of a connection's projects and statuses."""

    read_at: datetime | None
    """When the list was read; None: never."""
    projects: tuple[RemoteProject, ...] = ()
    statuses: tuple[RemoteStatus, ...] = ()
    in_use: tuple[UsedProject, ...] = ()

    @property
    def used_ids(self) -> frozenset[str]:
        """The ids of the projects in use."""
        return frozenset(used.project.id for used in self.in_use)

    @property
    def unread(self) -> tuple[UsedProject, ...]:
        """The projects in use whose statuses were not read yet."""
        return tuple(used for used in self.in_use if used.detail is None)

    @property
    def all_statuses(self) -> dict[str, RemoteStatus]:
        """Every status by id: from the projects' details, overlaid with the list, which is read more often."""
        detailed = {s.id: s for used in self.in_use if used.detail for s in used.detail.statuses}
        return detailed | {status.id: status for status in self.statuses}

    @property
    def statuses_in_use(self) -> tuple[RemoteStatus, ...]:
        """The statuses that occur in the projects in use; of an unread project, those that it owns."""
        read = frozenset[str]().union(*(used.status_ids for used in self.in_use))
        unread = {used.project.id for used in self.unread}
        return tuple(s for s in self.all_statuses.values() if s.id in read or s.project_id in unread)


def read_stored(session: Session, connection_id: int) -> Stored:
    """Return what was read before; makes no call."""
    snapshot = session.get(VocabularySnapshot, connection_id)
    vocabulary = _vocabulary_in(snapshot.vocabulary) if snapshot else Vocabulary(projects=(), statuses=())
    known = {project.id: project for project in vocabulary.projects}
    rows = session.scalars(select(ProjectInUse).where(ProjectInUse.connection_id == connection_id))
    in_use = [
        UsedProject(
            project=known.get(row.project_id) or _vanished(row.project_id),
            detail=_detail_in(row.detail) if row.detail else None,
            read_at=row.read_at,
        )
        for row in rows
    ]
    return Stored(
        read_at=snapshot.read_at if snapshot else None,
        projects=vocabulary.projects,
        statuses=vocabulary.statuses,
        in_use=tuple(sorted(in_use, key=lambda used: used.project.key)),
    )


def refresh_vocabulary(host: Host, connection_id: int) -> None:
    """Read all projects and statuses anew and store them.

    Raises:
        IntegrationError: the remote system did not answer, or refused; what was stored stays.
    """
    vocabulary = ask(host, connection_id, _facet(host, connection_id).read)
    with host.database.write() as session:
        session.merge(
            VocabularySnapshot(connection_id=connection_id, read_at=host.now(), vocabulary=_vocabulary_out(vocabulary))
        )


def choose_projects(session: Session, connection_id: int, project_ids: Collection[str]) -> None:
    """Store which projects are in use; details of those that stay are kept."""
    rows = {row.project_id: row for row in _rows(session, connection_id)}
    gone = set(rows) - set(project_ids)
    session.execute(
        delete(ProjectInUse).where(ProjectInUse.connection_id == connection_id, ProjectInUse.project_id.in_(gone))
    )
    session.add_all(
        ProjectInUse(connection_id=connection_id, project_id=project_id, detail=None, read_at=None)
        for project_id in sorted(set(project_ids) - set(rows))
    )
    session.flush()


def read_details(host: Host, connection_id: int, *, again: bool = False) -> int:
    """Read the statuses of projects in use, those first that were never read or longest ago; one page's worth.

    Args:
        host: the running helpdesk.
        connection_id: whose projects.
        again: also those that were read before.

    Returns:
        How many are left for the next call; 0 when everything was read.

    Raises:
        IntegrationError: one could not be read; those before it are stored, and calling again goes on.
    """
    with host.database.read() as session:
        stored = read_stored(session, connection_id)
    waiting = sorted(stored.in_use if again else stored.unread, key=_read_before)
    facet = _facet(host, connection_id)
    for used in waiting[:READ_AT_ONCE]:
        _read_detail(host, connection_id, facet, used.project)
    return max(0, len(waiting) - READ_AT_ONCE)


def _read_before(used: UsedProject) -> tuple[float, str]:
    return (used.read_at.timestamp() if used.read_at else 0.0, used.project.key)


def _read_detail(host: Host, connection_id: int, facet: StatusVocabulary, project: RemoteProject) -> None:
    def question(view: ConnectionView) -> ProjectDetail:
        return facet.project(ProjectRequest(connection=view, project=project))

    try:
        detail = ask(host, connection_id, question)
    except Rejected as rejected:  # the admin has to know which of fifty projects it was
        raise Rejected(f"{project.key}: {rejected.reason}", cure=rejected.cure, code=rejected.code) from rejected
    with host.database.write() as session:
        row = session.get(ProjectInUse, (connection_id, project.id))
        if row is not None:  # else somebody stopped using it meanwhile
            row.detail, row.read_at = _detail_out(detail), host.now()


def _facet(host: Host, connection_id: int) -> StatusVocabulary:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
    if connection is None:
        msg = f"There is no connection with the id {connection_id}."
        raise NotFound(msg)
    return host.registry.get(connection.integration).status_vocabulary


def _rows(session: Session, connection_id: int) -> list[ProjectInUse]:
    return list(session.scalars(select(ProjectInUse).where(ProjectInUse.connection_id == connection_id)))


def _vanished(project_id: str) -> RemoteProject:
    return RemoteProject(id=project_id, key=project_id, name="Not found any more")


def _vocabulary_out(vocabulary: Vocabulary) -> dict[str, Any]:
    return {"projects": [asdict(p) for p in vocabulary.projects], "statuses": [asdict(s) for s in vocabulary.statuses]}


def _vocabulary_in(document: dict[str, Any]) -> Vocabulary:
    return Vocabulary(
        projects=tuple(RemoteProject(**project) for project in document["projects"]),
        statuses=tuple(_status_in(status) for status in document["statuses"]),
    )


def _detail_out(detail: ProjectDetail) -> dict[str, Any]:
    return asdict(detail)


def _detail_in(document: dict[str, Any]) -> ProjectDetail:
    return ProjectDetail(
        project_id=document["project_id"],
        kinds=tuple(
            RemoteKind(id=kind["id"], name=kind["name"], status_ids=tuple(kind["status_ids"]))
            for kind in document["kinds"]
        ),
        statuses=tuple(_status_in(status) for status in document["statuses"]),
    )


def _status_in(document: dict[str, Any]) -> RemoteStatus:
    return RemoteStatus(**{**document, "category": StatusCategory(document["category"])})
