"""Issues and their moves, and the deliveries that tell of them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from helpdesk_core.values import (
    ChangedRequest,
    Delivery,
    FindRequest,
    HopRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    Notice,
    OpenIssue,
    SubscribeRequest,
    Subscription,
)


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
