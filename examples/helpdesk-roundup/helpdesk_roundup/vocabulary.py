"""Reads a tracker's statuses. A tracker is one project with one kind of issue: Roundup has no more of either.

Trackers can have further classes of items beside ``issue``; their statuses and rules are each tracker's own, and
nothing in REST tells which class is one of issues. So only the class that each template has is kept in step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import StatusVocabulary
from helpdesk_core.values import (
    ConnectionView,
    ProjectDetail,
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    Suggestion,
    SuggestRequest,
    Vocabulary,
)
from helpdesk_roundup.answers import Json, identifier, text
from helpdesk_roundup.client import RoundupClient
from helpdesk_roundup.suggesting import suggestions

ISSUES: Final = "issue"
"""The id of the one project and of its one kind: the name of the class in the tracker."""


class RoundupStatusVocabulary(StatusVocabulary):
    """The statuses of one tracker."""

    def read(self, connection: ConnectionView) -> Vocabulary:
        """Read all statuses that are not retired."""
        return Vocabulary(projects=(project_of(connection),), statuses=statuses(RoundupClient.of(connection)))

    def project(self, request: ProjectRequest) -> ProjectDetail:
        """Read the statuses again; there is no more to a project."""
        if request.project.id != ISSUES:
            raise Rejected(
                f"A Roundup tracker has no project {request.project.key}.", cure="Refresh the projects.", code="gone"
            )
        found = statuses(RoundupClient.of(request.connection))
        kind = RemoteKind(id=ISSUES, name="Issue", status_ids=tuple(one.id for one in found))
        return ProjectDetail(project_id=ISSUES, kinds=(kind,), statuses=found)

    def suggest(self, request: SuggestRequest) -> Iterable[Suggestion]:
        """Propose by names."""
        return suggestions(request)


def project_of(connection: ConnectionView) -> RemoteProject:
    """Return the one project of a tracker."""
    return RemoteProject(id=ISSUES, key=ISSUES.upper(), name=connection.workspace.name)


def statuses(client: RoundupClient) -> tuple[RemoteStatus, ...]:
    """Read the statuses in the tracker's own order."""
    found = list(client.collection("status", {"@fields": "name,order"}))
    if not found:
        client.myself()  # a stranger may see an empty tracker
    found.sort(key=lambda told: (_place(told), int(identifier(told))))
    return tuple(RemoteStatus(id=identifier(told), name=text(told, "name") or identifier(told)) for told in found)


def _place(told: Json) -> float:
    order = told.get("order")
    is_number = isinstance(order, int | float) and not isinstance(order, bool) and -1e15 < order < 1e15  # noqa: PLR2004 - beyond, no order is meant
    return float(order) if is_number else 0.0  # type: ignore[arg-type]  # the line above says that it is one
