"""Roundup as a plugin of the helpdesk: the hooks, a line each.

There are none for workflows and webhooks: in Roundup every status can follow every other, and it tells nobody by HTTP.
"""

from __future__ import annotations

from helpdesk_core import hookimpl
from helpdesk_core.facets import (
    ConnectFlow,
    Conversation,
    HealthChecks,
    IssueCreation,
    StatusVocabulary,
    TicketGateway,
)
from helpdesk_core.values import SettingsCard
from helpdesk_roundup.card import CARD
from helpdesk_roundup.connect import RoundupConnectFlow
from helpdesk_roundup.conversation import RoundupConversation
from helpdesk_roundup.creation import RoundupIssueCreation
from helpdesk_roundup.gateway import RoundupTicketGateway
from helpdesk_roundup.health import RoundupHealthChecks
from helpdesk_roundup.vocabulary import RoundupStatusVocabulary


@hookimpl
def helpdesk_settings_card() -> SettingsCard:
    """Describe Roundup for Settings › Integrations."""
    return CARD


@hookimpl
def helpdesk_connect_flow() -> ConnectFlow:
    """Return what connects a tracker by a login name and a password."""
    return RoundupConnectFlow()


@hookimpl
def helpdesk_status_vocabulary() -> StatusVocabulary:
    """Return what reads a tracker's statuses."""
    return RoundupStatusVocabulary()


@hookimpl
def helpdesk_ticket_gateway() -> TicketGateway:
    """Return what reads and moves issues."""
    return RoundupTicketGateway()


@hookimpl
def helpdesk_conversation() -> Conversation:
    """Return what reads and writes the messages of issues."""
    return RoundupConversation()


@hookimpl
def helpdesk_issue_creation() -> IssueCreation:
    """Return what creates issues."""
    return RoundupIssueCreation()


@hookimpl
def helpdesk_health_checks() -> HealthChecks:
    """Return what finds out what the account may do."""
    return RoundupHealthChecks()
