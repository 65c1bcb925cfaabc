"""Every hook that a plugin may implement, and nothing else.

Hooks register; facets converse. A hook takes no argument and returns a stateless value or facet; the registry joins
what one plugin returned under the plugin's key (its entry-point name), so a callback for Jira can only ever reach the
Jira plugin. A capability that a plugin lacks is a hook that it does not implement.

A plugin module looks like this::

    from helpdesk_core import hookimpl

    @hookimpl
    def helpdesk_settings_card() -> SettingsCard:
        return SettingsCard(title="Acme Tracker", summary="Keep tickets and Acme items in step.")

and is announced by its distribution in the entry-point group ``helpdesk.integrations``.
"""

from __future__ import annotations

from typing import Final

import pluggy

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

PROJECT: Final = "helpdesk"
ENTRY_POINT_GROUP: Final = "helpdesk.integrations"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def helpdesk_settings_card() -> SettingsCard:
    """Describe the integration for Settings › Integrations.

    Required. Called once, when the plugin is admitted. Since 0.1.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_connect_flow() -> ConnectFlow:
    """Return what authorizes a workspace: by redirect or by form.

    Required. Called once, when the plugin is admitted. Since 0.1.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_status_vocabulary() -> StatusVocabulary:
    """Return what reads projects and statuses and suggests a mapping.

    Required. Called once, when the plugin is admitted. Since 0.1.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_workflows() -> Workflows:
    """Return what tells which status can follow which.

    Optional. Called once, when the plugin is admitted. Since 0.2.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_ticket_gateway() -> TicketGateway:
    """Return what reads issues and takes them through their workflow.

    Optional. Called once, when the plugin is admitted. Since 0.2.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_webhook_receiver() -> WebhookReceiver:
    """Return what takes the remote system's deliveries.

    Optional. Called once, when the plugin is admitted. Since 0.2.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_issue_creation() -> IssueCreation:
    """Return what creates issues of tickets, and reads issues of which tickets are made.

    Optional; needs the ticket gateway. Called once, when the plugin is admitted. Since 0.3.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_conversation() -> Conversation:
    """Return what reads and writes the comments of an issue.

    Optional; needs the ticket gateway. Called once, when the plugin is admitted. Since 0.3.
    """
    raise NotImplementedError  # a specification: pluggy never runs it


@hookspec
def helpdesk_health_checks() -> HealthChecks:
    """Return what finds out how a connection stands at the remote system.

    Optional. Called once, when the plugin is admitted. Since 0.5.
    """
    raise NotImplementedError  # a specification: pluggy never runs it
