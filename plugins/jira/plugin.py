"""Jira Cloud as a plugin of the helpdesk: the hooks, a line each."""

from __future__ import annotations

from helpdesk_core import hookimpl
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
from helpdesk_core.values import SettingsCard
from plugins.jira.card import CARD
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.conversation import JiraConversation
from plugins.jira.creation import JiraIssueCreation
from plugins.jira.gateway import JiraTicketGateway
from plugins.jira.health import JiraHealthChecks
from plugins.jira.vocabulary import JiraStatusVocabulary
from plugins.jira.webhooks import JiraWebhookReceiver
from plugins.jira.workflows import JiraWorkflows


@hookimpl
def helpdesk_settings_card() -> SettingsCard:
    """Describe Jira for Settings › Integrations."""
    return CARD


@hookimpl
def helpdesk_connect_flow() -> ConnectFlow:
    """Return what authorizes a Jira site."""
    return JiraConnectFlow()


@hookimpl
def helpdesk_status_vocabulary() -> StatusVocabulary:
    """Return what reads a site's projects and statuses."""
    return JiraStatusVocabulary()


@hookimpl
def helpdesk_workflows() -> Workflows:
    """Return what tells which status can follow which."""
    return JiraWorkflows()


@hookimpl
def helpdesk_ticket_gateway() -> TicketGateway:
    """Return what reads issues and takes them through their workflow."""
    return JiraTicketGateway()


@hookimpl
def helpdesk_webhook_receiver() -> WebhookReceiver:
    """Return what takes Jira's deliveries."""
    return JiraWebhookReceiver()


@hookimpl
def helpdesk_conversation() -> Conversation:
    """Return what reads and writes the comments of issues."""
    return JiraConversation()


@hookimpl
def helpdesk_issue_creation() -> IssueCreation:
    """Return what creates issues."""
    return JiraIssueCreation()


@hookimpl
def helpdesk_health_checks() -> HealthChecks:
    """Return what finds out how a site stands."""
    return JiraHealthChecks()
