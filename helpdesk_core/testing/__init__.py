"""The contract kit: with it the author of a plugin proves that the helpdesk can rely on it.

A test file of some ten lines is enough::

    class TestAcme(IntegrationContract):
        @pytest.fixture
        def plugin(self):
            return helpdesk_acme.plugin

        @pytest.fixture
        def remote(self):
            with AcmeRemote() as remote:
                yield remote

What to write is the `Remote`: how an admin agrees at your system, and how other people create and move issues there.
Which contracts apply is decided by the hooks that the plugin implements. docs/plugins/ has a tutorial and the list of
all rules.

    contract.py    the base of all contracts, and the guard against weakened ones
    contracts/     the rules, a module for each hook
    remote.py      what an author writes
    desk.py        the helpdesk's side: it connects and asks
    asking.py      every question that the helpdesk asks, for the rules that hold for all
    line.py        the line between plugin and remote system, and how it breaks
    letterbox.py   takes deliveries on this machine
    installed.py   the contracts for a plugin that is installed
    tracker/       a complete small plugin with its remote system in memory: a model to read
"""

from helpdesk_core.testing.contract import Contract, ContractWeakened
from helpdesk_core.testing.contracts import (
    ConnectFlowContract,
    ConversationContract,
    ErrorsContract,
    HealthChecksContract,
    IntegrationContract,
    IssueCreationContract,
    LostAnswersContract,
    RegistrationContract,
    SecrecyContract,
    SettingsCardContract,
    SharingContract,
    StatusVocabularyContract,
    TicketGatewayContract,
    WebhookReceiverContract,
    WorkflowsContract,
)
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.letterbox import Letterbox
from helpdesk_core.testing.line import Line, Trouble
from helpdesk_core.testing.remote import Remote

__all__ = [
    "ConnectFlowContract",
    "Contract",
    "ContractWeakened",
    "ConversationContract",
    "Desk",
    "ErrorsContract",
    "HealthChecksContract",
    "IntegrationContract",
    "IssueCreationContract",
    "Letterbox",
    "Line",
    "LostAnswersContract",
    "RegistrationContract",
    "Remote",
    "SecrecyContract",
    "SettingsCardContract",
    "SharingContract",
    "StatusVocabularyContract",
    "TicketGatewayContract",
    "Trouble",
    "WebhookReceiverContract",
    "WorkflowsContract",
]
