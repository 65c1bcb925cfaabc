"""Reads which projects and statuses there are, and adds one suggestion of the tracker's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from helpdesk_core.facets import StatusVocabulary
from helpdesk_core.testing.tracker.client import Client, segment
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    ConnectionView,
    ProjectDetail,
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Suggestion,
    SuggestRequest,
    SystemStatus,
    Vocabulary,
)

CATEGORIES: Final = {
    "todo": StatusCategory.NEW,
    "doing": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
}
WAITING: Final = "hold"
"""The status that every workspace has for waiting. It has no category, so only the tracker's plugin can tell."""


class TrackerStatuses(StatusVocabulary):
    """The vocabulary of one workspace."""

    client: ClassVar[type[Client]] = Client

    def read(self, connection: ConnectionView) -> Vocabulary:
        """Read all pages. A stranger is shown empty lists, so those are believed only if the tracker knows us."""
        client = self.client.of(connection)
        projects, statuses = self.projects(client), self.statuses(client)
        if not projects or not statuses:
            self.prove(client)
        return Vocabulary(projects=projects, statuses=statuses)

    def prove(self, client: Client) -> None:
        """Make one call that only a good token passes."""
        client.me()

    def projects(self, client: Client) -> tuple[RemoteProject, ...]:
        """Read all projects, each once: a list can shift while its pages are read."""
        return tuple({each.id: each for each in map(self.project_of, client.pages("projects"))}.values())

    def statuses(self, client: Client) -> tuple[RemoteStatus, ...]:
        """Read all statuses, each once."""
        return tuple({each.id: each for each in map(self.status_of, client.pages("statuses"))}.values())

    def project(self, request: ProjectRequest) -> ProjectDetail:
        """Read one project's kinds of issue with their statuses."""
        told = self.client.of(request.connection).get(f"projects/{segment(request.project.id)}")
        kinds = told.items("kinds")
        return ProjectDetail(
            project_id=request.project.id,
            kinds=tuple(map(self.kind_of, kinds)),
            statuses=self.statuses_of(kinds),
        )

    def project_of(self, told: Told) -> RemoteProject:
        """Read a project."""
        return RemoteProject(
            id=told.text("id"),
            key=told.text("key"),
            name=told.text("name"),
            owns_statuses=told.flag("owns_statuses"),
            archived=told.flag("archived"),
        )

    def status_of(self, told: Told) -> RemoteStatus:
        """Read a status. A category that we do not know is none."""
        return RemoteStatus(
            id=told.text("id"),
            name=told.text("name"),
            category=CATEGORIES.get(told.maybe("category"), StatusCategory.UNDEFINED),
            project_id=told.maybe("project") or None,
        )

    def kind_of(self, told: Told) -> RemoteKind:
        """Read a kind of issue, with the ids of its statuses in order."""
        ids = dict.fromkeys(each.text("id") for each in told.items("statuses"))
        return RemoteKind(id=told.text("id"), name=told.text("name"), status_ids=tuple(ids))

    def statuses_of(self, kinds: Iterable[Told]) -> tuple[RemoteStatus, ...]:
        """Read every status that occurs in some kinds, each once."""
        found = (self.status_of(each) for kind in kinds for each in kind.items("statuses"))
        return tuple({each.id: each for each in found}.values())

    def suggest(self, request: SuggestRequest) -> Iterable[Suggestion]:
        """Say what waits; of the others names and categories tell enough."""
        has_waiting = any(each.key == SystemStatus.WAITING for each in request.tickets)
        mine = {each.id for each in request.remote if each.id == WAITING and has_waiting}
        for id_ in sorted(mine):
            reason = "It is the tracker's own status for waiting."
            yield Suggestion(remote_id=id_, ticket_status=SystemStatus.WAITING.value, reason=reason)
        rest = tuple(each for each in request.remote if each.id not in mine)
        yield from super().suggest(SuggestRequest(remote=rest, tickets=request.tickets))
