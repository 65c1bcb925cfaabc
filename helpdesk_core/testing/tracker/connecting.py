"""Connects a workspace, in the two ways that there are: by redirect (OAuth), and by a form with an API token.

While a person is connecting, what goes wrong is a named `Failed` or the form again; afterwards it is one of the three
families of errors.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import ClassVar, Final
from urllib.parse import urlencode

from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import ConnectFlow
from helpdesk_core.testing.tracker import signing
from helpdesk_core.testing.tracker.client import ROOT, Client
from helpdesk_core.testing.tracker.ordering import orders_of, remove
from helpdesk_core.testing.tracker.told import Told, Unreadable
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    CopyField,
    Credentials,
    Failed,
    FailureCode,
    Redirect,
    RefreshRequest,
    Revoked,
    Secret,
    SetupRequest,
    ShowForm,
    Workspace,
)

SCOPES: Final = frozenset({"read", "write", "orders"})
CALLBACK_ERRORS: Final = {
    "access_denied": FailureCode.CONSENT_DENIED,
    "invalid_scope": FailureCode.SCOPE_MISSING,
    "unauthorized_client": FailureCode.CLIENT_REFUSED,
    "server_error": FailureCode.REMOTE_UNAVAILABLE,
    "temporarily_unavailable": FailureCode.REMOTE_UNAVAILABLE,
}
REJECTIONS: Final = {
    "setup_needed": FailureCode.CLIENT_REFUSED,
    "client_refused": FailureCode.CLIENT_REFUSED,
    "no_permission": FailureCode.NO_ACCESS,
}


class ClientForm(Form):
    """What an operator enters once: the app that was registered with the tracker."""

    client_id = StringField("Client id", [InputRequired("Enter the client id.")])
    client_secret = PasswordField("Client secret", [InputRequired("Enter the client secret.")])


class TokenForm(Form):
    """What an admin enters where there is no redirect."""

    token = PasswordField("API token", [InputRequired("Enter an API token.")])


class TrackerFlow(ConnectFlow):
    """What both ways have in common: who we are, which workspaces there are, and the farewell."""

    client: ClassVar[type[Client]] = Client

    def verify(self, connection: ConnectionView) -> Account:
        """Ask the workspace who we are."""
        return self.account_of(self.client.of(connection).me())

    def account_of(self, me: Told) -> Account:
        """Read an account."""
        return Account(id=me.text("id"), name=me.text("name"), email=me.maybe("email") or None)

    def revoke(self, connection: ConnectionView) -> Revoked:
        """Remove our standing orders, then the grant. What is gone already, or is not ours any more, is no error."""
        removed = (*self.remove_orders(connection), *self.remove_grant(connection))
        return Revoked(removed=removed)

    def remove_orders(self, connection: ConnectionView) -> tuple[str, ...]:
        """Remove the standing orders of the workspace, and say how many there were."""
        client = self.client.of(connection)
        try:
            found = orders_of(client)
            remove(client, found)
        except (AuthorizationLost, Rejected):
            return ()  # what we may not remove must stop nobody from disconnecting
        return (f"{len(found)} standing order{'s' if len(found) > 1 else ''} at the tracker",) if found else ()

    def remove_grant(self, connection: ConnectionView) -> tuple[str, ...]:
        """End the grant or the API token itself."""
        try:
            self.client(connection.http, connection.credentials.access_token).send("DELETE", "grant")
        except (AuthorizationLost, Rejected):
            return ()
        return ("The access of this helpdesk",)

    def workspaces_of(self, told: Told) -> tuple[Workspace, ...]:
        """Read the workspaces that a token reaches. Their ids are stable; names and addresses are not."""
        return tuple(
            Workspace(id=each.text("id"), name=each.text("name"), url=each.address("url")) for each in told.items()
        )

    def authorized(self, callback: ConnectCallback, credentials: Credentials) -> Authorized | Failed:
        """Ask which workspaces the new credentials reach."""
        told = self.client(callback.http, credentials.access_token).get("workspaces")
        workspaces = self.workspaces_of(told)
        if not workspaces:
            return Failed(code=FailureCode.NO_WORKSPACE, detail="The account reaches no workspace.")
        return Authorized(credentials=credentials, workspaces=workspaces)

    def failed(self, error: IntegrationError) -> Failed:
        """Name what ended the attempt."""
        match error:
            case Unreadable():
                code = FailureCode.ANSWER_UNREADABLE
            case TemporarilyUnavailable():
                code = FailureCode.REMOTE_UNAVAILABLE
            case Rejected():
                code = REJECTIONS.get(error.code, FailureCode.REMOTE_REFUSED)
            case _:
                code = FailureCode.REMOTE_REFUSED
        return Failed(code=code, detail=str(error))


class RedirectFlow(TrackerFlow):
    """OAuth with a client id and secret that an operator enters once, and PKCE."""

    def setup(self, request: SetupRequest) -> ShowForm | None:
        """Ask for the app's client id and secret."""
        copy = (CopyField(label="Callback address", text=request.callback_url),)
        return ShowForm(form=ClientForm, title="Set up the tracker", copy=copy)

    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
        """Send the browser to the consent page. Calls nobody."""
        app = signing.App.read(request.settings)
        verifier = secrets.token_urlsafe(48)
        query = {
            "client_id": app.client_id,
            "redirect_uri": request.callback_url,
            "state": request.state.reveal(),
            "challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        }
        return Redirect(url=f"{ROOT}/authorize?{urlencode(query)}", keep={"verifier": Secret(verifier)})

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        """Exchange the code, then ask which workspaces it opened."""
        if error := signing.read(callback.query, "error"):
            return self.refused_at_consent(error)
        if not (code := signing.read(callback.query, "code")):
            detail = "The tracker sent the browser back without a code."
            return Failed(code=FailureCode.ANSWER_UNREADABLE, detail=detail)
        try:
            return self.authorized(callback, self.exchange(callback, Secret(code)))
        except signing.TokenRefused as refused:
            return Failed(code=FailureCode.CODE_REFUSED, detail=str(refused))
        except IntegrationError as error_:
            return self.failed(error_)

    def refused_at_consent(self, error: str) -> Failed:
        """Name why the browser came back without a code."""
        return Failed(code=CALLBACK_ERRORS.get(error, FailureCode.REMOTE_REFUSED))

    def exchange(self, callback: ConnectCallback, code: Secret) -> Credentials:
        """Exchange the code, together with the verifier that was kept."""
        verifier = signing.read(callback.kept, "verifier")
        body = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": callback.callback_url,
            "verifier": verifier,
        }
        told = signing.ask(callback.http, callback.settings, body, secrets=(code, Secret(verifier)))
        found = signing.credentials_of(told, callback.now)
        if missing := SCOPES - found.scopes:
            reason = f"Not granted: {', '.join(sorted(missing))}."
            raise Rejected(reason, cure="Agree to all of it.", code="scope_missing")
        return found

    def failed(self, error: IntegrationError) -> Failed:
        """Name what ended the attempt; a missing scope has a code of its own."""
        if isinstance(error, Rejected) and error.code == "scope_missing":
            return Failed(code=FailureCode.SCOPE_MISSING, detail=error.reason)
        return super().failed(error)

    def refresh(self, request: RefreshRequest) -> Credentials:
        """Exchange the refresh token. Only the tracker's own refusal of it ends the authorization."""
        old = request.credentials.refresh_token
        if not old:
            raise AuthorizationLost("The tracker gave no refresh token, so the authorization has ended.")
        body = {"grant_type": "refresh_token", "refresh_token": old.reveal()}
        try:
            told = signing.ask(request.http, request.settings, body, secrets=(old,))
        except signing.TokenRefused as refused:
            raise AuthorizationLost(str(refused)) from None
        return signing.credentials_of(told, request.now, before=request.credentials)


class FormFlow(TrackerFlow):
    """An API token that an admin pastes. It does not end by itself, so there is nothing to renew."""

    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:  # noqa: ARG002  # the form is always the same
        """Show the form."""
        return self.form()

    def form(self, *explanation: str) -> ShowForm:
        """Make the form, with what was wrong the last time."""
        title, submit = "Connect the tracker", "Connect"
        return ShowForm(form=TokenForm, title=title, submit=submit, explanation=explanation)

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        """Try the token; a wrong one shows the form again."""
        token = Secret(signing.read(callback.form, "token"))
        if not token:
            return self.form("Enter an API token: make one in your profile at the tracker.")
        credentials = Credentials(access_token=token, expires_at=None, scopes=SCOPES)
        try:
            return self.authorized(callback, credentials)
        except AuthorizationLost:
            return self.form("The tracker does not know this API token. Copy it again, or make another.")
        except IntegrationError as error:
            return self.failed(error)
