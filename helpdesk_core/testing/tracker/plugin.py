"""The tracker as a plugin of the helpdesk: the hooks, a line each."""

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
from helpdesk_core.testing.tracker.card import CARD
from helpdesk_core.testing.tracker.connecting import RedirectFlow
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.testing.tracker.webhooks import TrackerWebhooks
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from helpdesk_core.values import SettingsCard


@hookimpl
def helpdesk_settings_card() -> SettingsCard:
    """Describe the tracker for Settings › Integrations."""
    return CARD


@hookimpl
def helpdesk_connect_flow() -> ConnectFlow:
    """Return what authorizes a workspace."""
    return RedirectFlow()


@hookimpl
def helpdesk_status_vocabulary() -> StatusVocabulary:
    """Return what reads projects and statuses."""
    return TrackerStatuses()


@hookimpl
def helpdesk_workflows() -> Workflows:
    """Return what tells which status can follow which."""
    return TrackerWorkflows()


@hookimpl
def helpdesk_ticket_gateway() -> TicketGateway:
    """Return what reads issues and moves them."""
    return TrackerGateway()


@hookimpl
def helpdesk_webhook_receiver() -> WebhookReceiver:
    """Return what takes deliveries."""
    return TrackerWebhooks()


@hookimpl
def helpdesk_issue_creation() -> IssueCreation:
    """Return what creates issues."""
    return TrackerCreation()


@hookimpl
def helpdesk_conversation() -> Conversation:
    """Return what reads and writes comments."""
    return TrackerConversation()


@hookimpl
def helpdesk_health_checks() -> HealthChecks:
    """Return what finds out how a workspace stands."""
    return TrackerHealth()
