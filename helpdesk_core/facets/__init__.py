"""The abstract classes that hooks return: what a plugin can be asked.

A facet is stateless and lives as long as the application: all that a call needs comes in its one argument, all that
must be kept goes back in its answer. The helpdesk owns storage, encryption, leases, retries and pages.

Every method may raise the three families of `helpdesk_core.errors` (`TemporarilyUnavailable`, `AuthorizationLost`,
`Rejected`); anything else is a fault of the plugin and is reported as that, with the plugin's name.

Import them from here; the modules below only keep the story readable.
"""

from helpdesk_core.facets.connecting import ConnectFlow
from helpdesk_core.facets.conversing import Conversation, IssueCreation
from helpdesk_core.facets.health import HealthChecks
from helpdesk_core.facets.statuses import StatusVocabulary, Workflows
from helpdesk_core.facets.syncing import TicketGateway, WebhookReceiver

__all__ = [
    "ConnectFlow",
    "Conversation",
    "HealthChecks",
    "IssueCreation",
    "StatusVocabulary",
    "TicketGateway",
    "WebhookReceiver",
    "Workflows",
]
