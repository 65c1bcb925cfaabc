"""`Remote`: what a plugin's author writes once, so that the contracts can act at the other end.

A contract is a conversation: the helpdesk asks, and somebody at the remote system agrees, creates an issue, moves it,
takes the permission back. The second half only the author can write, because only they know the remote system. What
breaks on the way there (an outage, a slow answer, nonsense) the contracts do by themselves: see `line`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Self

import requests

from helpdesk_core.outbound import new_session
from helpdesk_core.values import Redirect, SettingsMap, ShowForm, Workspace

Arrived = tuple[Mapping[str, str], bytes]
"""A delivery as it arrived: headers by lower-case name, and the body."""


class Remote(ABC):
    """The remote system, real or simulated, with one project in which the contracts may do as they like.

    Each test gets a fresh one from your fixture `remote`, so what one test destroys no other misses. What costs much (a
    server) may live longer: give it a fixture of its own. Ids are those that cross the seam.

    The methods that raise `NotImplementedError` here belong to optional hooks: write those of the hooks that the
    plugin implements.
    """

    callback_url: str = "http://127.0.0.1:8000/integrations/contract/callback"
    """Where redirects come back to. Override it where it must be registered at the remote system."""
    webhook_url: str = "http://127.0.0.1:8000/integrations/contract/webhook"
    """Where deliveries go. Override it where they are really sent: `letterbox.Letterbox` takes them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:  # noqa: B027 - most have nothing to end
        """End what was started. Default: nothing."""

    # ── connecting ──

    @property
    def settings(self) -> SettingsMap:
        """What an operator enters in the set-up form, valid. Default: nothing, where there is no such form."""
        return {}

    def http(self) -> requests.Session:
        """Return the session by which the plugin reaches the remote system. Default: the helpdesk's own."""
        return new_session()

    @abstractmethod
    def consent(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        """Do what an admin does who agrees.

        Returns:
            For a `Redirect` the parameters with which the browser comes back; for a `ShowForm` what was typed.
        """

    @abstractmethod
    def decline(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        """Do what an admin does who does not agree (redirect), or who mistypes what proves them (form)."""

    def choose(self, workspaces: Sequence[Workspace]) -> Workspace:
        """Choose the workspace in which the contracts may do as they like. Default: the first."""
        return workspaces[0]

    @abstractmethod
    def revoke(self) -> None:
        """Take the authorization back at the remote system: from now on it refuses these credentials, for good."""

    # ── the project, and what other people do in it ──

    @property
    @abstractmethod
    def project_key(self) -> str:
        """Name the project in which the contracts may do as they like, by the key that people see."""

    @abstractmethod
    def project_keys(self) -> Sequence[str]:
        """Return the keys of all projects that the account can see."""

    @abstractmethod
    def add_issue(self, title: str) -> str:
        """Let another person create an issue in the project, and return its id."""

    @abstractmethod
    def move_issue(self, issue_id: str, status_id: str) -> None:
        """Let another person give an issue another status."""

    @abstractmethod
    def status_of(self, issue_id: str) -> str:
        """Return the id of the status that an issue has at the remote system itself, past the plugin."""

    @abstractmethod
    def delete_issue(self, issue_id: str) -> None:
        """Let another person delete an issue."""

    def settle(self) -> None:  # noqa: B027 - most do not lag
        """Let what lags behind (a search index) catch up. Default: nothing lags."""

    # ── of optional hooks ──

    def back_links(self, issue_id: str) -> int:
        """Count the tickets that are shown on an issue. For `TicketGateway.link_back`."""
        raise NotImplementedError(_missing("back_links", "TicketGateway.link_back"))

    def deliveries(self) -> Sequence[Arrived]:
        """Return all deliveries that were sent to `webhook_url` so far. For the hook `helpdesk_webhook_receiver`."""
        raise NotImplementedError(_missing("deliveries", "helpdesk_webhook_receiver"))

    def say(self, issue_id: str, text: str, *, internal: bool = False) -> str | None:
        """Let another person comment on an issue. For the hook `helpdesk_conversation`.

        Args:
            internal: only some may read it. Return None where the remote system has no such comments.

        Returns:
            The comment's id.
        """
        raise NotImplementedError(_missing("say", "helpdesk_conversation"))

    def comments(self, issue_id: str) -> Sequence[str]:
        """Return the texts of an issue's comments as people see them there. For the hook `helpdesk_conversation`."""
        raise NotImplementedError(_missing("comments", "helpdesk_conversation"))

    def issues_titled(self, title: str) -> int:
        """Count the issues that bear exactly this title. For the hook `helpdesk_issue_creation`."""
        raise NotImplementedError(_missing("issues_titled", "helpdesk_issue_creation"))


def _missing(method: str, of: str) -> str:
    return f"Write {method}() of your Remote: the plugin has {of}, and the contracts cannot test it without."
