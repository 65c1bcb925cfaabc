"""What the tracker keeps, as its database would have it. Plain records: what may be done stands elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

PERMISSIONS = ("browse", "move", "create", "comment", "delete", "listen", "workflow")
"""What an account may do in a project. Without `browse` a project answers as if it were not there."""


@dataclass
class Person:
    """Somebody with an account."""

    id: str
    name: str
    email: str
    is_locked: bool = False


@dataclass
class Grant:
    """What lets an app or a script in: an OAuth grant, or an API token (without a refresh token and an end)."""

    access: str
    person_id: str
    site_ids: tuple[str, ...]
    scopes: tuple[str, ...]
    refresh: str | None = None
    ends_at: datetime | None = None


@dataclass
class Consent:
    """A code that waits to be exchanged, once."""

    redirect_uri: str
    challenge: str
    site_ids: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """A status; `project_id` says which project owns it, None: all share it."""

    id: str
    name: str
    category: str | None
    project_id: str | None = None


@dataclass(frozen=True)
class Field:
    """A field of a screen or of the form for a new issue."""

    id: str
    name: str
    type: str = "text"
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Edge:
    """A move of a workflow; `source` None: from everywhere."""

    id: str
    name: str
    source: str | None
    target: str
    fields: tuple[Field, ...] = ()

    def leads_from(self, status_id: str) -> bool:
        """Whether the move is open to an issue in this status."""
        return self.target != status_id if self.source is None else self.source == status_id


@dataclass
class Kind:
    """A kind of issue, with its statuses in order, its workflow and its form."""

    id: str
    name: str
    status_ids: tuple[str, ...]
    edges: tuple[Edge, ...]
    fields: tuple[Field, ...] = ()


@dataclass
class Project:
    """A project; `forbidden` is what the connecting account may not do in it."""

    id: str
    key: str
    name: str
    kinds: dict[str, Kind]
    owns_statuses: bool = False
    archived: bool = False
    forbidden: set[str] = field(default_factory=set)
    issued: int = 0


@dataclass
class Comment:
    """A comment; `visibility` says who may read it."""

    id: str
    person_id: str
    text: str
    visibility: str
    created_at: datetime
    updated_at: datetime
    external_id: str = ""
    revision: int = 1


@dataclass
class Link:
    """A way back that an app shows on an issue."""

    url: str
    title: str
    done: bool


@dataclass
class Issue:
    """An issue with all that hangs on it."""

    id: str
    key: str
    project_id: str
    kind_id: str
    status_id: str
    title: str
    body: str
    person_id: str
    created_at: datetime
    updated_at: datetime
    external_id: str = ""
    values: dict[str, object] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)


@dataclass
class Order:
    """A standing order to tell an address about changes; it ends by itself."""

    id: str
    url: str
    project_ids: tuple[str, ...]
    ends_at: datetime


@dataclass
class Site:
    """A workspace."""

    id: str
    name: str
    url: str
    statuses: dict[str, Status]
    projects: dict[str, Project]
    issues: dict[str, Issue] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
