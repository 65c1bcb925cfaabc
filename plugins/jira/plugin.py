"""Jira Cloud as a plugin of the helpdesk: the hooks, a line each."""

from __future__ import annotations

from helpdesk_core import hookimpl
from helpdesk_core.facets import ConnectFlow, StatusVocabulary
from helpdesk_core.values import SettingsCard
from plugins.jira.card import CARD
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.vocabulary import JiraStatusVocabulary


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
