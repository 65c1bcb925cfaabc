"""The contracts: a class for each hook, and four for what holds across all of them.

`IntegrationContract` is all of them in one class, and the one to subclass.
"""

from helpdesk_core.testing.contracts.card import SettingsCardContract
from helpdesk_core.testing.contracts.connecting import ConnectFlowContract
from helpdesk_core.testing.contracts.conversation import ConversationContract
from helpdesk_core.testing.contracts.creation import IssueCreationContract
from helpdesk_core.testing.contracts.errors import ErrorsContract
from helpdesk_core.testing.contracts.gateway import TicketGatewayContract
from helpdesk_core.testing.contracts.health import HealthChecksContract
from helpdesk_core.testing.contracts.losses import LostAnswersContract
from helpdesk_core.testing.contracts.registration import RegistrationContract
from helpdesk_core.testing.contracts.secrecy import SecrecyContract
from helpdesk_core.testing.contracts.sharing import SharingContract
from helpdesk_core.testing.contracts.statuses import StatusVocabularyContract
from helpdesk_core.testing.contracts.webhooks import WebhookReceiverContract
from helpdesk_core.testing.contracts.workflows import WorkflowsContract


class IntegrationContract(
    SharingContract,
    SecrecyContract,
    LostAnswersContract,
    ErrorsContract,
    HealthChecksContract,
    ConversationContract,
    IssueCreationContract,
    WebhookReceiverContract,
    TicketGatewayContract,
    WorkflowsContract,
    StatusVocabularyContract,
    ConnectFlowContract,
    SettingsCardContract,
    RegistrationContract,
):
    """Everything that the helpdesk relies on in a plugin.

    pytest runs the last base's tests first: so an author is led from registration to what is hardest.
    """


__all__ = [
    "ConnectFlowContract",
    "ConversationContract",
    "ErrorsContract",
    "HealthChecksContract",
    "IntegrationContract",
    "IssueCreationContract",
    "LostAnswersContract",
    "RegistrationContract",
    "SecrecyContract",
    "SettingsCardContract",
    "SharingContract",
    "StatusVocabularyContract",
    "TicketGatewayContract",
    "WebhookReceiverContract",
    "WorkflowsContract",
]
