"""Statuses on both sides, projects, and what a plugin suggests that they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from helpdesk_core.values.workspaces import ConnectionView


class StatusCategory(StrEnum):
    """What kind of state a remote status is, where the remote system tells."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    UNDEFINED = "undefined"


class SystemStatus(StrEnum):
    """The five statuses that every helpdesk has. Custom statuses stand under one of them."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketStatus:
    """A ticket status. A system status has its own system status' value as key."""

    key: str
    name: str
    system: SystemStatus

    @property
    def is_custom(self) -> bool:
        """Whether an admin made it."""
        return self.key != self.system.value


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteStatus:
    """A status of the remote system. Only `id` identifies it: names are shared, renamed and translated."""

    id: str
    name: str
    category: StatusCategory = StatusCategory.UNDEFINED
    project_id: str | None = None
    """The project that owns it (Jira: team-managed); None: shared by projects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteProject:
    """A project of the remote system."""

    id: str
    key: str
    name: str
    owns_statuses: bool = False
    """Whether its statuses are its own (Jira: team-managed) or shared with other projects."""
    archived: bool = False
    serves_requesters: bool = False
    """Whether its comments say themselves whether requesters may read them (Jira Service Management)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteKind:
    """A kind of issue in a project (Jira: issue type), with the statuses that its issues can have, in order."""

    id: str
    name: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All projects and statuses that the connecting account can see."""

    projects: tuple[RemoteProject, ...]
    statuses: tuple[RemoteStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectRequest:
    """Asks for the detail of one project in use."""

    connection: ConnectionView
    project: RemoteProject


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectDetail:
    """A project's kinds of issue and every status that occurs in them."""

    project_id: str
    kinds: tuple[RemoteKind, ...]
    statuses: tuple[RemoteStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestRequest:
    """Asks where each remote status belongs."""

    remote: tuple[RemoteStatus, ...]
    tickets: tuple[TicketStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """Where one remote status belongs, and why."""

    remote_id: str
    ticket_status: str | None
    """A ticket status' key; None: ignore the remote status."""
    reason: str
    """One sentence for the admin, such as "same name" or "its category is Done"."""
    comes_last: bool = False
    """Work may end there, but should not be sent there (Won't Do): its card comes after the others of its column."""
