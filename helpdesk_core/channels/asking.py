"""Asks the remote system what creating an issue demands, for people who fill in a form. Knows no Flask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from helpdesk_core.channels.fields import askable, impossible
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.facets import IssueCreation
from helpdesk_core.host import Host
from helpdesk_core.mapping.vocabulary import UsedProject, read_stored
from helpdesk_core.sync.holds import put
from helpdesk_core.values import (
    ConnectionView,
    CreateField,
    CreateFieldsRequest,
    FieldOption,
    OptionsRequest,
    RemoteKind,
    RemoteProject,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where issues can be created: one kind in one project in use."""

    project: RemoteProject
    kind: RemoteKind

    @property
    def name(self) -> str:
        """What people choose by."""
        return f"{self.project.key} {self.project.name} · {self.kind.name}"

    @property
    def value(self) -> str:
        """What a form sends."""
        return f"{self.project.id}/{self.kind.id}"


def can_create(host: Host, connection: Connection) -> bool:
    """Whether a connection's plugin creates issues."""
    return connection.integration in host.registry and bool(host.registry.get(connection.integration).issue_creation)


def targets(session: Session, connection_id: int) -> list[Target]:
    """Return where issues can be created: what was read of the projects in use; sub-tasks need a parent."""
    used = read_stored(session, connection_id).in_use
    return [Target(project=each.project, kind=kind) for each in used for kind in _kinds(each)]


def target(session: Session, connection_id: int, value: str) -> Target:
    """Return the place that a form sent.

    Raises:
        NotFound: the project is not in use any more, or has no such kind of issue.
    """
    for each in targets(session, connection_id):
        if each.value == value:
            return each
    msg = "Issues of this kind cannot be created any more. Choose another project or kind."
    raise NotFound(msg)


def read_fields(host: Host, connection_id: int, where: Target, searches: Mapping[str, str]) -> list[CreateField]:
    """Read what creating demands: one call, and one for each field with too many values to list.

    Args:
        host: the collaborators.
        connection_id: on whose behalf.
        where: project and kind.
        searches: by field, some letters of the value that somebody looks for.

    Raises:
        Rejected: a field is demanded that cannot be filled in from here.
        IntegrationError: the remote system cannot be asked, or refuses.
    """
    facet = _facet(host, connection_id)

    def question(view: ConnectionView) -> tuple[CreateField, ...]:
        return facet.fields(CreateFieldsRequest(connection=view, project=where.project, kind_id=where.kind.id))

    fields = put(host, connection_id, "fields", question)
    if missing := impossible(fields):
        names = ", ".join(field.name for field in missing)
        raise Rejected(
            f"{where.name} demands what cannot be filled in from here: {names}.",
            cure="Create the issue there and link it, or let an admin there make the field optional.",
            code="field_required",
        )
    return [
        _with_options(host, connection_id, facet, where=where, field=each, text=searches.get(each.id, ""))
        for each in askable(fields)
    ]


def _with_options(
    host: Host, connection_id: int, facet: IssueCreation, *, where: Target, field: CreateField, text: str
) -> CreateField:
    if not field.searchable:
        return field

    def question(view: ConnectionView) -> tuple[FieldOption, ...]:
        return facet.options(OptionsRequest(connection=view, project=where.project, field=field, text=text))

    return replace(field, options=put(host, connection_id, "options", question))


def _kinds(used: UsedProject) -> tuple[RemoteKind, ...]:
    return used.detail.kinds if used.detail else ()


def _facet(host: Host, connection_id: int) -> IssueCreation:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
    if connection is None or not can_create(host, connection):
        msg = "There is no connection on which issues could be created."
        raise NotFound(msg)
    facet = host.registry.get(connection.integration).issue_creation
    assert facet is not None, "can_create has looked"
    return facet
