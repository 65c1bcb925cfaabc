"""Which projects and statuses there are, what they mean, and which can follow which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from helpdesk_core.values import (
    ConnectionView,
    ProjectDetail,
    ProjectRequest,
    StatusCategory,
    Suggestion,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
    Vocabulary,
    Workflow,
    WorkflowRequest,
)


class StatusVocabulary(ABC):
    """Reads which projects and statuses there are, and proposes what they mean."""

    @abstractmethod
    def read(self, connection: ConnectionView) -> Vocabulary:
        """Read all projects and statuses, to the last page, in few calls.

        An empty answer must be believed only after one authenticated call has succeeded.
        """

    @abstractmethod
    def project(self, request: ProjectRequest) -> ProjectDetail:
        """Read one project's kinds of issue and the statuses of each."""

    def suggest(self, request: SuggestRequest) -> Iterable[Suggestion]:
        """Propose a ticket status for each remote status, with the reason. Pure: no remote call.

        The default goes by name, then by category; a status that neither tells is left out.
        """
        by_name = {status.name.casefold(): status for status in request.tickets}
        by_key = {status.key: status for status in request.tickets}
        for remote in request.remote:
            if same := by_name.get(remote.name.casefold()):
                yield Suggestion(remote_id=remote.id, ticket_status=same.key, reason="It has the same name.")
            elif home := _home(remote.category, by_key):
                yield Suggestion(
                    remote_id=remote.id,
                    ticket_status=home.key,
                    reason=f"Its category is {_CATEGORY_WORDS[remote.category]}.",
                )


class Workflows(ABC):
    """Tells which status can follow which. Without this facet every move counts as free."""

    @abstractmethod
    def read(self, request: WorkflowRequest) -> Workflow:
        """Read what can follow what for one kind of issue in one project, as far as the account may see it.

        Returns:
            The steps, each known (read from the workflow) or learnt (seen on an issue), and which statuses are
            explored: of the others, ways out may be missing. What nobody has seen is left out, never guessed.
        """


_CATEGORY_WORDS = {
    StatusCategory.NEW: "To Do",
    StatusCategory.IN_PROGRESS: "In Progress",
    StatusCategory.DONE: "Done",
}
_CATEGORY_HOMES = {
    StatusCategory.NEW: SystemStatus.OPEN,
    StatusCategory.IN_PROGRESS: SystemStatus.IN_PROGRESS,
    StatusCategory.DONE: SystemStatus.DONE,
}


def _home(category: StatusCategory, by_key: dict[str, TicketStatus]) -> TicketStatus | None:
    system = _CATEGORY_HOMES.get(category)
    return by_key.get(system.value) if system else None
