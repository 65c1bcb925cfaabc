"""The stored copy of a connection's projects and statuses, and the projects in use. Knows no Flask.

Pages, rules and moves work on this copy alone; `reading` renews it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.mapping.models import ProjectInUse, VocabularySnapshot
from helpdesk_core.values import (
    ProjectDetail,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Vocabulary,
)


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
    def read_count(self) -> int:
        """How many projects in use were read."""
        return len(self.in_use) - len(self.unread)

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
            project=known.get(row.project_id) or _vanished(row),
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


def store_vocabulary(session: Session, connection_id: int, vocabulary: Vocabulary, *, now: datetime) -> None:
    """Keep the projects and statuses as they were read."""
    session.merge(VocabularySnapshot(connection_id=connection_id, read_at=now, vocabulary=_vocabulary_out(vocabulary)))
    there = {project.id: project for project in vocabulary.projects}
    for row in _rows(session, connection_id):
        if project := there.get(row.project_id):
            row.key, row.name = project.key[:255], project.name


def store_detail(
    session: Session, connection_id: int, project_id: str, detail: ProjectDetail, *, now: datetime
) -> None:
    """Keep the detail of a project as it was read, unless somebody stopped using it meanwhile."""
    if row := session.get(ProjectInUse, (connection_id, project_id)):
        row.detail, row.read_at = _detail_out(detail), now


def choose_projects(session: Session, connection_id: int, project_ids: Collection[str]) -> None:
    """Store which projects are in use; details of those that stay are kept."""
    rows = {row.project_id: row for row in _rows(session, connection_id)}
    gone = set(rows) - set(project_ids)
    session.execute(
        delete(ProjectInUse).where(ProjectInUse.connection_id == connection_id, ProjectInUse.project_id.in_(gone))
    )
    there = {project.id: project for project in read_stored(session, connection_id).projects}
    for project_id in sorted(set(project_ids) - set(rows)):
        row = ProjectInUse(connection_id=connection_id, project_id=project_id, detail=None, read_at=None)
        if project := there.get(project_id):
            row.key, row.name = project.key[:255], project.name
        session.add(row)
    session.flush()


def _rows(session: Session, connection_id: int) -> list[ProjectInUse]:
    return list(session.scalars(select(ProjectInUse).where(ProjectInUse.connection_id == connection_id)))


def _vanished(row: ProjectInUse) -> RemoteProject:
    return RemoteProject(id=row.project_id, key=row.key or row.project_id, name=row.name or "Not found any more")


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
