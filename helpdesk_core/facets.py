"""The abstract classes that hooks return: what a plugin can be asked.

A facet is stateless and lives as long as the application: all that a call needs comes in its one argument, all that
must be kept goes back in its answer. The helpdesk owns storage, encryption, leases, retries and pages.

Every method may raise the three families of `helpdesk_core.errors` (`TemporarilyUnavailable`, `AuthorizationLost`,
`Rejected`); anything else is a fault of the plugin and is reported as that, with the plugin's name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.values import (
    Account,
    Authorized,
    ChangedRequest,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Credentials,
    Delivery,
    Failed,
    FindRequest,
    HopRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    Notice,
    OpenIssue,
    ProjectDetail,
    ProjectRequest,
    Redirect,
    RefreshRequest,
    Revoked,
    SetupRequest,
    ShowForm,
    StatusCategory,
    SubscribeRequest,
    Subscription,
    Suggestion,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
    Vocabulary,
    Workflow,
    WorkflowRequest,
)


class ConnectFlow(ABC):
    """Authorizes one workspace: by redirect (OAuth) or by form (an API token), as equals."""

    def setup(self, request: SetupRequest) -> ShowForm | None:
        """Say what an operator must enter once before anybody can connect.

        Called whenever the card is shown. The integration counts as set up when the form validates on the stored
        settings; its field names are the settings' names.

        Returns:
            The form (Jira: client id and secret), or None where nothing is needed.
        """
        return None

    @abstractmethod
    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
        """Start connecting, or re-authorizing `request.workspace`. Makes no remote call that changes anything.

        Returns:
            Where to send the browser, or the form to ask.
        """

    @abstractmethod
    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        """Finish what `begin` started. Called once per state; the helpdesk has already checked state and admin.

        Returns:
            The credentials and the workspaces they reach; the form again (with its own errors told in `explanation`);
            or the named failure. An answer that is not what the remote system documents is a `Failed`, never a guess.
        """

    def refresh(self, request: RefreshRequest) -> Credentials:
        """Exchange the refresh token. The helpdesk lets one caller at a time do this, and stores the answer.

        Raises:
            AuthorizationLost: the remote system refused for good.
            TemporarilyUnavailable: it could not answer; the old credentials stay.
        """
        msg = "These credentials cannot be renewed."
        raise AuthorizationLost(msg)

    @abstractmethod
    def verify(self, connection: ConnectionView) -> Account:
        """Make one cheap authenticated call that only good credentials pass, and say who we are."""

    def revoke(self, connection: ConnectionView) -> Revoked:
        """Remove at the remote system what can be removed (webhooks, grants), before the credentials are deleted."""
        return Revoked()


class StatusVocabulary(ABC):
    """Reads which projects and statuses there are, and proposes what they mean."""

    @abstractmethod
    def read(self, connection: ConnectionView) -> Vocabulary:
        """Read all projects and statuses, to the last page, in few calls.

        An empty answer must be believed only after one authenticated call has succeeded.
        """

    @abstractmethod
    def project(self, request: ProjectRequest) -> ProjectDetail:
        """Read one project's kinds of issue and the statuses of each."""

    def suggest(self, request: SuggestRequest) -> Iterable[Suggestion]:
        """Propose a ticket status for each remote status, with the reason. Pure: no remote call.

        The default goes by name, then by category; a status that neither tells is left out.
        """
        by_name = {status.name.casefold(): status for status in request.tickets}
        by_key = {status.key: status for status in request.tickets}
        for remote in request.remote:
            if same := by_name.get(remote.name.casefold()):
                yield Suggestion(remote_id=remote.id, ticket_status=same.key, reason="It has the same name.")
            elif home := _home(remote.category, by_key):
                yield Suggestion(
                    remote_id=remote.id,
                    ticket_status=home.key,
                    reason=f"Its category is {_CATEGORY_WORDS[remote.category]}.",
                )


class Workflows(ABC):
    """Tells which status can follow which. Without this facet every move counts as free."""

    @abstractmethod
    def read(self, request: WorkflowRequest) -> Workflow:
        """Read what can follow what for one kind of issue in one project, as far as the account may see it.

        Returns:
            The steps, each known (read from the workflow) or learnt (seen on an issue), and which statuses are
            explored: of the others, ways out may be missing. What nobody has seen is left out, never guessed.
        """


class TicketGateway(ABC):
    """Reads issues and takes them through their workflow, one transition at a time."""

    @abstractmethod
    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        """Read many issues at once, fresh. Those that are gone or hidden are missing from the answer."""

    @abstractmethod
    def open(self, request: IssueRequest) -> OpenIssue:
        """Read one issue with the transitions that are open to it now, in one call.

        Raises:
            Rejected: with the code `gone` where the issue is deleted or hidden from the account.
        """

    @abstractmethod
    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        """Find what a person means by a key, an address or some words; best first, at most twenty."""

    @abstractmethod
    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        """Return the ids of the issues that changed lately, to the last page. May lag behind; `fetch` does not."""

    @abstractmethod
    def hop(self, request: HopRequest) -> None:
        """Take one transition.

        Raises:
            Rejected: with the code `field_required`, `no_permission`, `stale` (it is not open any more), `refused`, or
                `gone` as `open`, and the remote system's own words as the reason.
            TemporarilyUnavailable: it may have been taken or not; read the issue before trying again.
        """

    def link_back(self, request: LinkBackRequest) -> None:
        """Show the ticket on the issue, or renew what is shown. Default: nothing, where the remote system cannot."""
        return


class WebhookReceiver(ABC):
    """Takes the remote system's deliveries. One address serves all connections of an integration."""

    @abstractmethod
    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        """Verify a delivery, then say what it means. Pure: no remote call, because the sender waits for the answer.

        Returns:
            The notices in it; none where it is about something else.

        Raises:
            Rejected: with the code `unverified` (signature, age) before anything of the body is read, or `unreadable`.
        """

    @abstractmethod
    def subscribe(self, request: SubscribeRequest) -> Subscription:
        """Place one standing order for all these projects, and remove strays of ours at the same address."""

    @abstractmethod
    def renew(self, request: SubscribeRequest) -> Subscription | None:
        """Extend the standing order. None: the remote system does not know it any more; subscribe again."""

    @abstractmethod
    def unsubscribe(self, request: SubscribeRequest) -> None:
        """Remove all standing orders of ours at this address."""


_CATEGORY_WORDS = {
    StatusCategory.NEW: "To Do",
    StatusCategory.IN_PROGRESS: "In Progress",
    StatusCategory.DONE: "Done",
}
_CATEGORY_HOMES = {
    StatusCategory.NEW: SystemStatus.OPEN,
    StatusCategory.IN_PROGRESS: SystemStatus.IN_PROGRESS,
    StatusCategory.DONE: SystemStatus.DONE,
}


def _home(category: StatusCategory, by_key: dict[str, TicketStatus]) -> TicketStatus | None:
    system = _CATEGORY_HOMES.get(category)
    return by_key.get(system.value) if system else None
