"""The helpdesk's side of a contract: connected, with the facets at hand and a project to work in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Final, cast

from helpdesk_core.facets import (
    ConnectFlow,
    Conversation,
    HealthChecks,
    IssueCreation,
    StatusVocabulary,
    TicketGateway,
    WebhookReceiver,
    Workflows,
)
from helpdesk_core.testing.connected import Connected, utc_now
from helpdesk_core.values import (
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FieldValue,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OpenIssue,
    OptionsRequest,
    ProjectDetail,
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    SubscribeRequest,
    Transition,
    TransitionField,
    Vocabulary,
)

AUTHOR: Final = "Robin Requester"


@dataclass
class Desk(Connected):
    """One integration, connected to one remote system, for one test."""

    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # ── the facets ──

    @property
    def flow(self) -> ConnectFlow:
        return self.integration.connect_flow

    @property
    def statuses(self) -> StatusVocabulary:
        return self.integration.status_vocabulary

    @property
    def workflows(self) -> Workflows:
        return cast("Workflows", self.integration.workflows)

    @property
    def gateway(self) -> TicketGateway:
        return cast("TicketGateway", self.integration.ticket_gateway)

    @property
    def receiver(self) -> WebhookReceiver:
        return cast("WebhookReceiver", self.integration.webhook_receiver)

    @property
    def creation(self) -> IssueCreation:
        return cast("IssueCreation", self.integration.issue_creation)

    @property
    def conversation(self) -> Conversation:
        return cast("Conversation", self.integration.conversation)

    @property
    def health(self) -> HealthChecks:
        return cast("HealthChecks", self.integration.health_checks)

    # ── the project ──

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All projects and statuses."""
        return self.statuses.read(self.connection)

    @cached_property
    def project(self) -> RemoteProject:
        """The project in which the contracts may do as they like."""
        found = [each for each in self.vocabulary.projects if each.key == self.remote.project_key]
        assert found, f"StatusVocabulary.read does not tell of the project {self.remote.project_key}"
        return found[0]

    @cached_property
    def detail(self) -> ProjectDetail:
        """The project's kinds and statuses."""
        return self.statuses.project(ProjectRequest(connection=self.connection, project=self.project))

    @cached_property
    def kind(self) -> RemoteKind:
        """The project's first kind of issue."""
        assert self.detail.kinds, f"StatusVocabulary.project tells of no kind of issue in {self.project.key}"
        return self.detail.kinds[0]

    # ── issues ──

    def name(self, words: str = "Contract") -> str:
        """Make a title that nothing else bears."""
        return f"{words} {next(self._numbers)} q7{utc_now():%H%M%S%f}"

    def seed(self, title: str = "") -> str:
        """Let another person create an issue; return its id."""
        return self.remote.add_issue(title or self.name())

    def request(self, issue_id: str) -> IssueRequest:
        """Ask for one issue."""
        return IssueRequest(connection=self.connection, issue_id=issue_id)

    def open(self, issue_id: str) -> OpenIssue:
        """Read an issue with the transitions that are open to it."""
        return self.gateway.open(self.request(issue_id))

    def fetch(self, *issue_ids: str) -> tuple[Issue, ...]:
        """Read issues."""
        return self.gateway.fetch(IssuesRequest(connection=self.connection, issue_ids=issue_ids))

    def a_move(self, issue_id: str) -> Transition:
        """Return a transition that is open to an issue and leads to another status, one without a form if there is."""
        told = self.open(issue_id)
        away = [each for each in told.transitions if each.to_id != told.issue.status_id]
        assert away, f"a fresh issue in {self.remote.project_key} must be open to a move; open tells of none"
        return min(away, key=lambda each: len(each.required))

    def fill(self, fields: tuple[TransitionField, ...]) -> dict[str, str]:
        """Fill in a transition's fields as an agent would."""
        return {each.id: each.options[0].id if each.options else "Contract" for each in fields}

    def link_back(self, issue_id: str, title: str = "Printer", *, solved: bool = False) -> LinkBackRequest:
        """Ask to show a ticket on an issue."""
        return LinkBackRequest(
            connection=self.connection,
            issue_id=issue_id,
            ticket_id=7,
            ticket_title=title,
            ticket_url="https://helpdesk.example/tickets/7",
            solved=solved,
        )

    # ── creating, and being told ──

    def create_fields(self, kind: RemoteKind) -> tuple[CreateField, ...]:
        """Read what may or must be filled in for a new issue of a kind."""
        asked = CreateFieldsRequest(connection=self.connection, project=self.project, kind_id=kind.id)
        return self.creation.fields(asked)

    def create_request(
        self, title: str, marker: str, body: str = "It hums.", kind: RemoteKind | None = None
    ) -> CreateRequest:
        """Ask for a new issue, with every field that is demanded filled in."""
        kind = kind or self.kind
        demanded = [each for each in self.create_fields(kind) if each.required]
        return CreateRequest(
            connection=self.connection,
            project=self.project,
            kind_id=kind.id,
            marker=marker,
            title=title,
            body=body,
            author=AUTHOR,
            fields=tuple(FieldValue(field=each, value=self._value(each)) for each in demanded),
        )

    def _value(self, wanted: CreateField) -> str:
        options: tuple[FieldOption, ...] = wanted.options
        if wanted.searchable:
            asked = OptionsRequest(connection=self.connection, project=self.project, field=wanted, text="")
            options = self.creation.options(asked)
        return options[0].id if options else "Contract"

    def order(self, *known_ids: str) -> SubscribeRequest:
        """Ask to be told about changes in the project."""
        return SubscribeRequest(
            connection=self.connection,
            url=self.remote.webhook_url,
            project_ids=(self.project.id,),
            known_ids=known_ids,
        )
