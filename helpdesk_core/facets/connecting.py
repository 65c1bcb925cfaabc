"""Authorizing a workspace, and giving it back."""

from __future__ import annotations

from abc import ABC, abstractmethod

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Credentials,
    Failed,
    Redirect,
    RefreshRequest,
    Revoked,
    SetupRequest,
    ShowForm,
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
