"""Reads a site's projects and statuses, and suggests what the statuses mean for tickets.

A whole site takes 1 + ⌈projects/100⌉ calls: ``GET /status`` once, ``GET /project/search`` a page at a time
(``jira-cloud-api.md`` §2.2, §2.3). Statuses of company-managed projects are shared; a team-managed project owns its
own, which Jira tells in ``scope``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from helpdesk_core.facets import StatusVocabulary
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
    TicketStatus,
    Vocabulary,
)
from plugins.jira.client import JiraClient
from plugins.jira.payloads import ProjectPayload, StatusPayload, unique

CATEGORIES: Final = {
    "new": StatusCategory.NEW,
    "indeterminate": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
}
"""By Jira's keys, which are fixed (facts §2.4); anything else, also "No Category", is undefined."""

HOMES: Final = {
    StatusCategory.NEW: ("To Do", SystemStatus.OPEN),
    StatusCategory.IN_PROGRESS: ("In Progress", SystemStatus.IN_PROGRESS),
    StatusCategory.DONE: ("Done", SystemStatus.DONE),
}
"""What Jira calls a category, and where its statuses belong if nothing else tells."""

WAITING_NAMES: Final = frozenset(
    {
        "awaiting approval",
        "blocked",
        "on hold",
        "pending",
        "pending approval",
        "waiting",
        "waiting for approval",
        "waiting for customer",
        "waiting for third party",
    }
)
"""Names, in lower case, that mean that the team waits for somebody, which no category of Jira can say: recorded sites
have "Blocked" under To Do and "Pending Approval" under In Progress; the others are Jira Service Management's own."""

REFUSAL: Final = re.compile(
    r"\b(abandoned|cancell?ed|cannot reproduce|declined|discarded|duplicated?|invalid|not a bug|obsolete|refused"
    r"|rejected|withdrawn|won[’']?t (do|fix)|wontfix)\b"
)
"""Words in the names of done statuses that say that nothing was done. Jira has one category for both."""


SERVICE: Final = "service_desk"
"""A project of Jira Service Management: its comments tell who may read them by ``jsdPublic`` (facts §2.8)."""


class JiraStatusVocabulary(StatusVocabulary):
    """The statuses of one Jira site."""

    def read(self, connection: ConnectionView) -> Vocabulary:
        """Read all projects and statuses."""
        client = JiraClient.of(connection)
        statuses, projects = client.statuses(), client.projects()
        if not (statuses and projects):
            client.myself()  # to a token that is no good Jira shows an empty site (recorded: masked-401-as-empty-200)
        return Vocabulary(
            projects=tuple(_project(payload) for payload in projects),
            statuses=tuple(_status(payload) for payload in statuses),
        )

    def project(self, request: ProjectRequest) -> ProjectDetail:
        """Read one project's issue types and the statuses of each."""
        types = JiraClient.of(request.connection).project_statuses(request.project.id)
        statuses = unique((status for kind in types for status in kind["statuses"]), key=lambda status: status["id"])
        return ProjectDetail(
            project_id=request.project.id,
            kinds=tuple(
                RemoteKind(
                    id=kind["id"], name=kind["name"], status_ids=tuple(status["id"] for status in kind["statuses"])
                )
                for kind in types
            ),
            statuses=tuple(_status(payload) for payload in statuses),
        )

    def suggest(self, request: SuggestRequest) -> Iterable[Suggestion]:
        """Propose by name, then by a name known for waiting, then by category; what none tells is left out.

        Of the done statuses those come last that say that nothing was done: a solved ticket must not reject its issue.
        """
        by_name = {_folded(ticket.name): ticket for ticket in request.tickets}
        by_key = {ticket.key: ticket for ticket in request.tickets}
        for remote in request.remote:
            proposal = (
                _by_same_name(remote, by_name) or _by_waiting_name(remote, by_key) or _by_category(remote, by_key)
            )
            if proposal:
                ticket, reason = proposal
                yield Suggestion(
                    remote_id=remote.id, ticket_status=ticket.key, reason=reason, comes_last=_is_refusal(remote)
                )


Proposal = tuple[TicketStatus, str]


def _by_same_name(remote: RemoteStatus, by_name: dict[str, TicketStatus]) -> Proposal | None:
    if not (ticket := by_name.get(_folded(remote.name))):
        return None
    if remote.category is StatusCategory.UNDEFINED or _is_over(ticket) == (remote.category is StatusCategory.DONE):
        return ticket, "It has the same name."
    return ticket, f"It has the same name, though Jira counts it as {HOMES[remote.category][0]}."


def _by_waiting_name(remote: RemoteStatus, by_key: dict[str, TicketStatus]) -> Proposal | None:
    ticket = by_key.get(SystemStatus.WAITING)
    if not ticket or remote.category is StatusCategory.DONE or _folded(remote.name) not in WAITING_NAMES:
        return None
    return ticket, f"“{remote.name}” usually means that work waits for somebody."


def _by_category(remote: RemoteStatus, by_key: dict[str, TicketStatus]) -> Proposal | None:
    if remote.category not in HOMES:
        return None
    words, system = HOMES[remote.category]
    ticket = by_key.get(system)
    return (ticket, f"Jira counts it as {words}.") if ticket else None


def _is_over(ticket: TicketStatus) -> bool:
    return ticket.system in {SystemStatus.DONE, SystemStatus.CLOSED}


def _is_refusal(remote: RemoteStatus) -> bool:
    return remote.category is StatusCategory.DONE and REFUSAL.search(_folded(remote.name)) is not None


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _project(payload: ProjectPayload) -> RemoteProject:
    return RemoteProject(
        id=payload["id"],
        key=payload["key"],
        name=payload["name"],
        owns_statuses=payload["simplified"],
        archived=payload["archived"],
        serves_requesters=payload["type"] == SERVICE,
    )


def _status(payload: StatusPayload) -> RemoteStatus:
    return RemoteStatus(
        id=payload["id"],
        name=payload["name"],
        category=CATEGORIES.get(payload["category"], StatusCategory.UNDEFINED),
        project_id=payload["project_id"],
    )
