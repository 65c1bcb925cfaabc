"""Connects a Jira site: consent by redirect, the way back, renewal, proof and farewell.

What goes wrong at Atlassian becomes a named `Failed` while a person is connecting, and one of the three families of
errors afterwards. Sources: ``jira-cloud-api.md`` §1.2 to §1.6.
"""

from __future__ import annotations

from typing import Final

from helpdesk_core.errors import AuthorizationLost, Extent, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import ConnectFlow
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Credentials,
    Failed,
    FailureCode,
    Redirect,
    RefreshRequest,
    Revoked,
    Secret,
    SettingsMap,
    SetupRequest,
    ShowForm,
)
from plugins.jira.answers import blot
from plugins.jira.client import JiraClient
from plugins.jira.errors import Unreadable
from plugins.jira.forms import setup_form
from plugins.jira.oauth import OUTAGES, SPENT, WRONG_CLIENT, SignIn, TokenRefused
from plugins.jira.scopes import missing_from
from plugins.jira.settings import OAuthApp
from plugins.jira.sites import Sites, accessible_sites
from plugins.jira.subscriptions import remove
from plugins.jira.transport import Transport

CALLBACK_ERRORS: Final = {
    "access_denied": FailureCode.CONSENT_DENIED,
    "invalid_scope": FailureCode.SCOPE_MISSING,
    "unauthorized_client": FailureCode.CLIENT_REFUSED,
    **dict.fromkeys(OUTAGES, FailureCode.REMOTE_UNAVAILABLE),
}
"""What ``error`` on the callback means (RFC 6749 §4.1.2.1); Atlassian sends ``access_denied`` for Cancel."""

REJECTIONS: Final = {
    "setup_needed": FailureCode.CLIENT_REFUSED,
    "scope_missing": FailureCode.SCOPE_MISSING,
}


class JiraConnectFlow(ConnectFlow):
    """OAuth 2.0 (3LO) with a client id and secret that an operator enters once."""

    def setup(self, request: SetupRequest) -> ShowForm:
        """Ask for the OAuth app's client id and secret."""
        return setup_form(request)

    def begin(self, request: ConnectRequest) -> Redirect:
        """Send the browser to Atlassian's consent page. Calls nobody."""
        sign_in = SignIn(OAuthApp.read(request.settings), request.http)
        return Redirect(url=sign_in.authorize_url(request.callback_url, request.state))

    def complete(self, callback: ConnectCallback) -> Authorized | Failed:
        """Exchange the code, compare the permissions, list the sites."""
        if _read(callback.query, "error"):
            return _refused_at_consent(callback.query)
        if not (code := _read(callback.query, "code")):
            return Failed(code=FailureCode.ANSWER_UNREADABLE, detail="Atlassian sent the browser back without a code.")
        try:
            return _authorize(callback, Secret(code))
        except TokenRefused as refused:
            return Failed(code=_code_of(refused), detail=str(refused))
        except IntegrationError as error:
            return _failed(error)

    def refresh(self, request: RefreshRequest) -> Credentials:
        """Exchange the refresh token. Only Atlassian's own refusal of it ends the authorization."""
        refresh_token = request.credentials.refresh_token
        if not refresh_token:
            raise AuthorizationLost("Atlassian never gave a refresh token, so the authorization ended with its hour.")
        sign_in = SignIn(OAuthApp.read(request.settings), request.http)
        try:
            return sign_in.refresh(request.credentials, refresh_token, request.now)
        except TokenRefused as refused:
            raise _refresh_error(refused) from refused

    def verify(self, connection: ConnectionView) -> Account:
        """Ask Jira who we are."""
        account = JiraClient.of(connection).myself()
        return Account(id=account["accountId"], name=account["displayName"], email=account["emailAddress"])

    def revoke(self, connection: ConnectionView) -> Revoked:
        """Remove our webhooks. Atlassian has no endpoint that ends a consent: the card says how a person does it."""
        client = JiraClient.of(connection)
        try:
            webhooks = client.webhooks()
            remove(client, webhooks)
        except (AuthorizationLost, Rejected):
            return Revoked()  # what we may not remove any more must not stop anybody from disconnecting
        return Revoked(removed=_in_words(len(webhooks)))


def _authorize(callback: ConnectCallback, code: Secret) -> Authorized | Failed:
    app = OAuthApp.read(callback.settings)
    credentials = SignIn(app, callback.http).exchange(code, callback.callback_url, callback.now)
    missing = missing_from(credentials.scopes, has_refresh_token=bool(credentials.refresh_token))
    if missing:
        return Failed(code=FailureCode.SCOPE_MISSING, detail=f"Not granted: {', '.join(missing)}.")
    sites = accessible_sites(Transport(callback.http, credentials.access_token), app.api_url)
    if not sites.jira:
        return Failed(code=FailureCode.NO_WORKSPACE, detail=_why_no_site(sites))
    return Authorized(credentials=credentials, workspaces=sites.jira)


def _refused_at_consent(query: SettingsMap) -> Failed:
    error = _read(query, "error")
    secrets = tuple(value.reveal() for value in query.values() if isinstance(value, Secret))
    return Failed(
        code=CALLBACK_ERRORS.get(error, FailureCode.REMOTE_REFUSED),
        detail=blot(_read(query, "error_description") or error, secrets),
    )


def _code_of(refused: TokenRefused) -> FailureCode:
    """Name why the code exchange was refused (facts §1.3)."""
    if refused.error in WRONG_CLIENT or refused.error == "unauthorized_client":
        return FailureCode.CLIENT_REFUSED
    # Atlassian says invalid_request, "authorization_code is invalid", where the RFC says invalid_grant.
    is_about_code = refused.error == "invalid_request" and "code" in refused.description.lower()
    if is_about_code or refused.error == "invalid_grant":
        return FailureCode.CODE_REFUSED
    return FailureCode.REMOTE_REFUSED


def _failed(error: IntegrationError) -> Failed:
    match error:
        case Unreadable():
            return Failed(code=FailureCode.ANSWER_UNREADABLE, detail=str(error))
        case TemporarilyUnavailable():
            return Failed(code=FailureCode.REMOTE_UNAVAILABLE, detail=str(error))
        case Rejected():
            return Failed(code=REJECTIONS.get(error.code, FailureCode.REMOTE_REFUSED), detail=str(error))
        case _:
            return Failed(code=FailureCode.REMOTE_REFUSED, detail=str(error))


def _refresh_error(refused: TokenRefused) -> IntegrationError:
    if refused.error in SPENT:
        return AuthorizationLost(f"Atlassian refuses to renew the authorization ({refused}).")
    if refused.error in WRONG_CLIENT:
        return Rejected(
            f"Atlassian refuses the app's client id or secret ({refused}).",
            cure="Copy the secret again from the developer console into the Jira set-up form; nobody needs to "
            "authorize again.",
            code="client_refused",
            extent=Extent.CONNECTION,
        )
    return TemporarilyUnavailable(f"Atlassian did not renew the authorization ({refused}).")


def _why_no_site(sites: Sites) -> str:
    if sites.others:
        return f"The account gave access without Jira, such as Confluence only, to: {', '.join(sites.others)}."
    return "The account gave access to no site; it may have no Jira licence on any."


def _in_words(webhooks: int) -> tuple[str, ...]:
    if not webhooks:
        return ()
    return (f"{webhooks} webhook{'s' if webhooks > 1 else ''} at Jira",)


def _read(query: SettingsMap, name: str) -> str:
    value = query.get(name) or ""
    return (value.reveal() if isinstance(value, Secret) else value).strip()
