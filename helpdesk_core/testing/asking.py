"""Every question that the helpdesk asks over a connection, ready to be asked: for the rules that hold for all of them.

What an outage, nonsense or a withdrawn authorization must lead to does not depend on the question. So the questions
stand in one table, and the rules about them go through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from helpdesk_core.errors import IntegrationError, Rejected
from helpdesk_core.facets import TicketGateway
from helpdesk_core.integrations import Integration
from helpdesk_core.testing.connected import utc_now
from helpdesk_core.testing.desk import AUTHOR, Desk
from helpdesk_core.values import (
    ArrivedRequest,
    ChangedRequest,
    CommentsRequest,
    CreateFieldsRequest,
    EditRequest,
    FindRequest,
    HealthRequest,
    HopRequest,
    IssuesRequest,
    PostRequest,
    ProbeRequest,
    ProjectRequest,
    RecentRequest,
    WithdrawRequest,
    WorkflowRequest,
)

Asked = Callable[[], object]
MINUTES: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One method of a facet, and how to make everything ready for it."""

    name: str
    """As the documents call it: `TicketGateway.open`."""
    hook: str
    prepare: Callable[[Desk], Asked]
    """Does at the desk what must be done before, and returns the call itself."""
    answers: bool = True
    """Whether there is an answer to read: a page in its place is then noticed."""


def questions_of(integration: Integration) -> list[Question]:
    """Return the questions that this plugin can be asked."""
    return [each for each in QUESTIONS if each.hook in integration.hooks and not _is_left_out(each, integration)]


def _is_left_out(question: Question, integration: Integration) -> bool:
    return question.name == "TicketGateway.link_back" and not shows_tickets(integration)


def shows_tickets(integration: Integration) -> bool:
    """Whether the plugin shows tickets on issues: the default of `TicketGateway.link_back` does nothing."""
    gateway = integration.ticket_gateway
    return gateway is not None and type(gateway).link_back is not TicketGateway.link_back


def outcome_of(asked: Asked) -> object:
    """Ask, and return the answer or what was raised on purpose.

    Raises:
        Exception: whatever a plugin may not raise.
    """
    try:
        return asked()
    except IntegrationError as error:
        return error


def refusal_of(asked: Asked) -> str:
    """Ask, and return the code with which it was refused; empty where it was not.

    Raises:
        IntegrationError: another family.
    """
    try:
        asked()
    except Rejected as refused:
        return refused.code
    return ""


# ── making ready ────────────────────────────────────────────────────────────────────────────────────────────────────


def _verify(desk: Desk) -> Asked:
    connection = desk.connection
    return lambda: desk.flow.verify(connection)


def _vocabulary(desk: Desk) -> Asked:
    connection = desk.connection
    return lambda: desk.statuses.read(connection)


def _project(desk: Desk) -> Asked:
    request = ProjectRequest(connection=desk.connection, project=desk.project)
    return lambda: desk.statuses.project(request)


def _workflow(desk: Desk) -> Asked:
    desk.seed()
    request = WorkflowRequest(
        connection=desk.connection, project=desk.project, kind_id=desk.kind.id, status_ids=desk.kind.status_ids
    )
    return lambda: desk.workflows.read(request)


def _fetch(desk: Desk) -> Asked:
    request = IssuesRequest(connection=desk.connection, issue_ids=(desk.seed(), desk.seed()))
    return lambda: desk.gateway.fetch(request)


def _open(desk: Desk) -> Asked:
    request = desk.request(desk.seed())
    return lambda: desk.gateway.open(request)


def _find(desk: Desk) -> Asked:
    title = desk.name()
    desk.seed(title)
    request = FindRequest(connection=desk.connection, text=title)
    return lambda: desk.gateway.find(request)


def _changed(desk: Desk) -> Asked:
    request = ChangedRequest(connection=desk.connection, project_ids=(desk.project.id,), minutes=MINUTES)
    return lambda: desk.gateway.changed(request)


def _hop(desk: Desk) -> Asked:
    issue_id = desk.seed()
    move = desk.a_move(issue_id)
    fields = desk.fill(move.required)
    request = HopRequest(connection=desk.connection, issue_id=issue_id, transition=move, fields=fields)
    return lambda: desk.gateway.hop(request)


def _link_back(desk: Desk) -> Asked:
    request = desk.link_back(desk.seed())
    return lambda: desk.gateway.link_back(request)


def _subscribe(desk: Desk) -> Asked:
    order = desk.order()
    return lambda: desk.receiver.subscribe(order)


def _renew(desk: Desk) -> Asked:
    order = desk.order(desk.receiver.subscribe(desk.order()).id)
    return lambda: desk.receiver.renew(order)


def _unsubscribe(desk: Desk) -> Asked:
    order = desk.order(desk.receiver.subscribe(desk.order()).id)
    return lambda: desk.receiver.unsubscribe(order)


def _fields(desk: Desk) -> Asked:
    request = CreateFieldsRequest(connection=desk.connection, project=desk.project, kind_id=desk.kind.id)
    return lambda: desk.creation.fields(request)


def _create(desk: Desk) -> Asked:
    request = desk.create_request(desk.name(), f"m-{desk.name('')}")
    return lambda: desk.creation.create(request)


def _recent(desk: Desk) -> Asked:
    request = RecentRequest(connection=desk.connection, project_id=desk.project.id, minutes=MINUTES)
    return lambda: desk.creation.recent(request)


def _arrived(desk: Desk) -> Asked:
    request = ArrivedRequest(
        connection=desk.connection, project_id=desk.project.id, kind_id=desk.kind.id, minutes=MINUTES
    )
    return lambda: desk.creation.arrived(request)


def _describe(desk: Desk) -> Asked:
    request = desk.request(desk.seed())
    return lambda: desk.creation.describe(request)


def _delete(desk: Desk) -> Asked:
    made = desk.creation.create(desk.create_request(desk.name(), "m-delete"))
    request = desk.request(made.id)
    return lambda: desk.creation.delete(request)


def _read(desk: Desk) -> Asked:
    request = CommentsRequest(connection=desk.connection, issue_id=_with_a_post(desk)[0])
    return lambda: desk.conversation.read(request)


def _post(desk: Desk) -> Asked:
    request = _post_request(desk, desk.seed())
    return lambda: desk.conversation.post(request)


def _edit(desk: Desk) -> Asked:
    issue_id, comment_id = _with_a_post(desk)
    request = EditRequest(
        connection=desk.connection, issue_id=issue_id, comment_id=comment_id, author=AUTHOR, body="On Friday."
    )
    return lambda: desk.conversation.edit(request)


def _withdraw(desk: Desk) -> Asked:
    issue_id, comment_id = _with_a_post(desk)
    request = WithdrawRequest(connection=desk.connection, issue_id=issue_id, comment_id=comment_id)
    return lambda: desk.conversation.withdraw(request)


def _examine(desk: Desk) -> Asked:
    now = utc_now()
    request = HealthRequest(
        connection=desk.connection, now=now, consented_at=now - timedelta(days=1), projects=(desk.project,)
    )
    return lambda: desk.health.examine(replace(request, thorough=True))


def _probe(desk: Desk) -> Asked:
    request = ProbeRequest(connection=desk.connection, text=desk.project.key)
    return lambda: desk.health.probe(request)


def _with_a_post(desk: Desk) -> tuple[str, str]:
    issue_id = desk.seed()
    return issue_id, desk.conversation.post(_post_request(desk, issue_id)).id


def _post_request(desk: Desk, issue_id: str) -> PostRequest:
    return PostRequest(
        connection=desk.connection, issue_id=issue_id, marker=f"m-{issue_id}", author=AUTHOR, body="Tomorrow."
    )


QUESTIONS: Final = (
    Question(name="ConnectFlow.verify", hook="helpdesk_connect_flow", prepare=_verify),
    Question(name="StatusVocabulary.read", hook="helpdesk_status_vocabulary", prepare=_vocabulary),
    Question(name="StatusVocabulary.project", hook="helpdesk_status_vocabulary", prepare=_project),
    Question(name="Workflows.read", hook="helpdesk_workflows", prepare=_workflow),
    Question(name="TicketGateway.fetch", hook="helpdesk_ticket_gateway", prepare=_fetch),
    Question(name="TicketGateway.open", hook="helpdesk_ticket_gateway", prepare=_open),
    Question(name="TicketGateway.find", hook="helpdesk_ticket_gateway", prepare=_find),
    Question(name="TicketGateway.changed", hook="helpdesk_ticket_gateway", prepare=_changed),
    Question(name="TicketGateway.hop", hook="helpdesk_ticket_gateway", prepare=_hop, answers=False),
    Question(name="TicketGateway.link_back", hook="helpdesk_ticket_gateway", prepare=_link_back, answers=False),
    Question(name="WebhookReceiver.subscribe", hook="helpdesk_webhook_receiver", prepare=_subscribe),
    Question(name="WebhookReceiver.renew", hook="helpdesk_webhook_receiver", prepare=_renew),
    Question(name="WebhookReceiver.unsubscribe", hook="helpdesk_webhook_receiver", prepare=_unsubscribe, answers=False),
    Question(name="IssueCreation.fields", hook="helpdesk_issue_creation", prepare=_fields),
    Question(name="IssueCreation.create", hook="helpdesk_issue_creation", prepare=_create),
    Question(name="IssueCreation.recent", hook="helpdesk_issue_creation", prepare=_recent),
    Question(name="IssueCreation.arrived", hook="helpdesk_issue_creation", prepare=_arrived),
    Question(name="IssueCreation.describe", hook="helpdesk_issue_creation", prepare=_describe),
    Question(name="IssueCreation.delete", hook="helpdesk_issue_creation", prepare=_delete, answers=False),
    Question(name="Conversation.read", hook="helpdesk_conversation", prepare=_read),
    Question(name="Conversation.post", hook="helpdesk_conversation", prepare=_post),
    Question(name="Conversation.edit", hook="helpdesk_conversation", prepare=_edit),
    Question(name="Conversation.withdraw", hook="helpdesk_conversation", prepare=_withdraw, answers=False),
    Question(name="HealthChecks.examine", hook="helpdesk_health_checks", prepare=_examine),
    Question(name="HealthChecks.probe", hook="helpdesk_health_checks", prepare=_probe),
)
