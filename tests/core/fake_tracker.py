"""A scripted integration for the core's own tests: it does what a test tells it, and notes what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType

from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

from helpdesk_core import hookimpl
from helpdesk_core.facets import (
    ConnectFlow,
    Conversation,
    HealthChecks,
    IssueCreation,
    StatusVocabulary,
    TicketGateway,
    WebhookReceiver,
)
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Credentials,
    Failed,
    ProjectDetail,
    ProjectRequest,
    Redirect,
    RefreshRequest,
    Revoked,
    Secret,
    SettingsCard,
    SetupRequest,
    ShowForm,
    Vocabulary,
    Workspace,
)

ACME = Workspace(id="w-1", name="acme", url="https://acme.example")
BETA = Workspace(id="w-2", name="beta", url="https://beta.example")


class SetupForm(Form):
    """What an operator enters."""

    client_id = StringField("Client id", [InputRequired("Enter the client id.")])
    client_secret = PasswordField("Client secret", [InputRequired("Enter the client secret.")])


class TokenForm(Form):
    """What an admin enters where there is no redirect."""

    base_url = StringField("Address", [InputRequired("Enter the address.")])
    token = PasswordField("Token", [InputRequired("Enter a token.")])


@dataclass
class FakeTracker:
    """The remote system and the plugin in one; every attribute may be changed by a test."""

    workspaces: tuple[Workspace, ...] = (ACME,)
    account: Account = field(default_factory=lambda: Account(id="a-1", name="Helpdesk Bot", email="bot@acme.example"))
    completes: Callable[[ConnectCallback], Authorized | ShowForm | Failed] | None = None
    verifies: Callable[[ConnectionView], Account] | None = None
    refreshes: Callable[[RefreshRequest], Credentials] | None = None
    revokes: Callable[[ConnectionView], Revoked] | None = None
    by_form: bool = False
    needs_setup: bool = False
    gateway: TicketGateway | None = None
    """None: the plugin reads no issues. Like the receiver it is looked at when the plugin is admitted."""
    receiver: WebhookReceiver | None = None
    creation: IssueCreation | None = None
    conversation: Conversation | None = None
    health: HealthChecks | None = None
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(projects=(), statuses=()))
    issued: int = 0
    callbacks: list[ConnectCallback] = field(default_factory=list)
    refreshed: list[RefreshRequest] = field(default_factory=list)

    def credentials(self, now, lifetime=timedelta(hours=1)) -> Credentials:
        """Issue the next pair."""
        self.issued += 1
        return Credentials(
            access_token=Secret(f"access-{self.issued}"),
            refresh_token=Secret(f"refresh-{self.issued}"),
            expires_at=now + lifetime,
            scopes=frozenset({"read", "write"}),
        )

    def module(self) -> ModuleType:
        """Return a plugin module around this tracker."""
        tracker = self

        class Flow(ConnectFlow):
            def setup(self, request: SetupRequest) -> ShowForm | None:
                return ShowForm(form=SetupForm, title="Set up Fake") if tracker.needs_setup else None

            def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
                if tracker.by_form:
                    return ShowForm(form=TokenForm, title="Connect Fake", submit="Connect")
                url = f"https://fake.example/authorize?state={request.state.reveal()}"
                return Redirect(url=url, keep={"verifier": Secret("kept")})

            def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
                tracker.callbacks.append(callback)
                if tracker.completes:
                    return tracker.completes(callback)
                return Authorized(credentials=tracker.credentials(callback.now), workspaces=tracker.workspaces)

            def refresh(self, request: RefreshRequest) -> Credentials:
                tracker.refreshed.append(request)
                if tracker.refreshes:
                    return tracker.refreshes(request)
                return tracker.credentials(request.now)

            def verify(self, connection: ConnectionView) -> Account:
                return tracker.verifies(connection) if tracker.verifies else tracker.account

            def revoke(self, connection: ConnectionView) -> Revoked:
                return tracker.revokes(connection) if tracker.revokes else Revoked(removed=("one webhook",))

        class Words(StatusVocabulary):
            def read(self, connection: ConnectionView) -> Vocabulary:
                return tracker.vocabulary

            def project(self, request: ProjectRequest) -> ProjectDetail:
                return ProjectDetail(project_id=request.project.id, kinds=(), statuses=())

        module = ModuleType("fake_plugin")
        card = SettingsCard(title="Fake", summary="A fake.", workspace_word="site", after_disconnect="Remove the app.")
        module.helpdesk_settings_card = hookimpl(specname="helpdesk_settings_card")(lambda: card)
        flow, words = Flow(), Words()
        module.helpdesk_connect_flow = hookimpl(specname="helpdesk_connect_flow")(lambda: flow)
        module.helpdesk_status_vocabulary = hookimpl(specname="helpdesk_status_vocabulary")(lambda: words)
        if (gateway := tracker.gateway) is not None:
            module.helpdesk_ticket_gateway = hookimpl(specname="helpdesk_ticket_gateway")(lambda: gateway)
        if (receiver := tracker.receiver) is not None:
            module.helpdesk_webhook_receiver = hookimpl(specname="helpdesk_webhook_receiver")(lambda: receiver)
        if (creation := tracker.creation) is not None:
            module.helpdesk_issue_creation = hookimpl(specname="helpdesk_issue_creation")(lambda: creation)
        if (conversation := tracker.conversation) is not None:
            module.helpdesk_conversation = hookimpl(specname="helpdesk_conversation")(lambda: conversation)
        if (health := tracker.health) is not None:
            module.helpdesk_health_checks = hookimpl(specname="helpdesk_health_checks")(lambda: health)
        return module


def admit(registry: IntegrationRegistry, tracker: FakeTracker) -> None:
    """Admit the tracker's plugin under the key `fake`."""
    registry.admit("fake", tracker.module(), Origin(distribution="helpdesk-fake", version="1.0"))
    assert "fake" in registry, registry.quarantined
