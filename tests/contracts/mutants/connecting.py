"""Mistakes while somebody connects, refreshes and disconnects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker import signing
from helpdesk_core.testing.tracker.client import ROOT, Client
from helpdesk_core.testing.tracker.connecting import CALLBACK_ERRORS, ClientForm, FormFlow, RedirectFlow
from helpdesk_core.testing.tracker.told import Told
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
    SetupRequest,
    ShowForm,
    Workspace,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
SET_UP = "test_connect_set_up_takes_what_suffices_and_nothing_less"
CARRIES = "test_connect_redirect_carries_state_and_callback"
FORM = "test_connect_form_hides_what_proves_an_admin"
AGREED = "test_connect_agreement_gives_credentials_and_workspaces"
REFUSED = "test_connect_refusal_is_told"
BARE = "test_connect_bare_return_is_a_failure"
TROUBLE = "test_connect_trouble_is_named"
VERIFY = "test_connect_verify_names_the_account"
REFRESH = "test_connect_refresh_gives_credentials_that_work"
REFRESH_OUTAGE = "test_connect_refresh_tells_an_outage_from_a_refusal"
REVOKE = "test_connect_revoking_is_told_and_may_be_repeated"
REVOKE_OUTAGE = "test_connect_revoking_in_an_outage_raises_its_family"


def _shown(form: type[Form]) -> ShowForm:
    return ShowForm(form=form, title="Set up the tracker")


# ── set-up ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class LaxForm(Form):
    """Demands nothing."""

    client_id = StringField("Client id")
    client_secret = PasswordField("Client secret")


class StrictForm(ClientForm):
    """Demands a shape that ids do not have."""

    client_id = StringField("Client id", [InputRequired(), Length(min=32, max=32)])


class HalfForm(Form):
    """Asks for half of it."""

    client_id = StringField("Client id", [InputRequired()])


class OpenForm(ClientForm):
    """Shows the secret."""

    client_secret = StringField("Client secret", [InputRequired()])


@BED.plant(SET_UP)
class NoSetUp(RedirectFlow):
    """It needs a client secret, and never asks for it."""

    def setup(self, request: SetupRequest) -> None:
        return None


@BED.plant(SET_UP)
class LaxSetUp(RedirectFlow):
    """The set-up form takes nothing for enough."""

    def setup(self, request: SetupRequest) -> ShowForm:
        return _shown(LaxForm)


@BED.plant(SET_UP)
class StrictSetUp(RedirectFlow):
    """The set-up form refuses ids that the tracker gives out."""

    def setup(self, request: SetupRequest) -> ShowForm:
        return _shown(StrictForm)


@BED.plant(SET_UP)
class HalfSetUp(RedirectFlow):
    """The set-up form forgets the client secret."""

    def setup(self, request: SetupRequest) -> ShowForm:
        return _shown(HalfForm)


@BED.plant("test_connect_set_up_hides_secrets")
class OpenSetUp(RedirectFlow):
    """The client secret is entered in the open."""

    def setup(self, request: SetupRequest) -> ShowForm:
        return _shown(OpenForm)


# ── begin ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant("test_connect_begin_changes_nothing")
class PushedBegin(RedirectFlow):
    """It announces each attempt to the tracker before the browser goes there."""

    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
        request.http.post(f"{ROOT}/token", json={"announces": request.callback_url})
        return super().begin(request)


@BED.plant(CARRIES)
class ShortState(RedirectFlow):
    """It shortens the state to fit a limit that it read about."""

    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
        return super().begin(replace(request, state=Secret(request.state.reveal()[:16])))


@BED.plant(CARRIES)
class AnotherCallback(RedirectFlow):
    """It adds a slash to the callback address, at both ends alike."""

    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
        return super().begin(replace(request, callback_url=f"{request.callback_url}/"))

    def exchange(self, callback: ConnectCallback, code: Secret) -> Credentials:
        return super().exchange(replace(callback, callback_url=f"{callback.callback_url}/"), code)


class ShownTokenForm(Form):
    """Shows the token."""

    token = StringField("API token", [InputRequired()])


class NamelessForm(Form):
    """Says nothing beside the field."""

    token = PasswordField("", [InputRequired()])


@BED.plant(FORM, by_form=True)
class ShownToken(FormFlow):
    """The API token is typed in the open."""

    def form(self, *explanation: str) -> ShowForm:
        return replace(super().form(*explanation), form=ShownTokenForm)


@BED.plant(FORM, by_form=True)
class NamelessField(FormFlow):
    """The field has no label."""

    def form(self, *explanation: str) -> ShowForm:
        return replace(super().form(*explanation), form=NamelessForm)


# ── complete ────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(AGREED)
class NaiveEnd(RedirectFlow):
    """It tells the end of a token without its time zone."""

    def exchange(self, callback: ConnectCallback, code: Secret) -> Credentials:
        found = super().exchange(callback, code)
        return replace(found, expires_at=found.expires_at and found.expires_at.replace(tzinfo=None))


@BED.plant(AGREED)
class EndedAlready(RedirectFlow):
    """It takes the seconds of a token's life for milliseconds, and subtracts a margin."""

    def exchange(self, callback: ConnectCallback, code: Secret) -> Credentials:
        return replace(super().exchange(callback, code), expires_at=callback.now - timedelta(seconds=57))


@BED.plant(AGREED)
class WorkspaceTwice(RedirectFlow):
    """It tells a workspace once for each permission in it."""

    def workspaces_of(self, told: Told) -> tuple[Workspace, ...]:
        return tuple(each for each in super().workspaces_of(told) for _ in range(2))


@BED.plant(AGREED)
class WorkspaceByHttp(RedirectFlow):
    """It leads to workspaces by http."""

    def workspaces_of(self, told: Told) -> tuple[Workspace, ...]:
        return tuple(replace(each, url=each.url.replace("https", "http")) for each in super().workspaces_of(told))


@BED.plant("test_connect_workspaces_keep_their_ids")
class OnlyNewWorkspaces(RedirectFlow):
    """It leaves out the workspace that is connected already, also when that one is authorized again."""

    def authorized(self, callback: ConnectCallback, credentials: Credentials) -> Authorized | Failed:
        found = super().authorized(callback, credentials)
        if isinstance(found, Failed) or not callback.workspace:
            return found
        return replace(found, workspaces=tuple(each for each in found.workspaces if each.id != callback.workspace.id))


@BED.plant(REFUSED)
class BlamesTheState(RedirectFlow):
    """It takes every refusal for a lost state, which only the helpdesk can know of."""

    def refused_at_consent(self, error: str) -> Failed:
        return Failed(code=FailureCode.STATE_UNKNOWN) if error == "access_denied" else super().refused_at_consent(error)


@BED.plant(REFUSED, by_form=True)
class SilentForm(FormFlow):
    """After a mistyped token the form comes again without a word."""

    def form(self, *explanation: str) -> ShowForm:
        return super().form()


@BED.plant(REFUSED, by_form=True)
class BelievesTheToken(FormFlow):
    """It saves the token unseen where the tracker does not know it."""

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        found = super().complete(callback)
        if not isinstance(found, ShowForm):
            return found
        token = Secret(signing.read(callback.form, "token"))
        here = Workspace(id="w-1", name="Acme", url=f"{ROOT}/w/w-1")
        return Authorized(credentials=Credentials(access_token=token), workspaces=(here,))


@BED.plant(BARE)
class TrustsTheAddress(RedirectFlow):
    """It takes for granted that a code came back."""

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        return (
            super().complete(callback)
            if "error" in callback.query or callback.query["code"]
            else Failed(code=FailureCode.CODE_REFUSED)
        )


@BED.plant(BARE)
class KnowsEveryError(RedirectFlow):
    """It fails on an error that its table does not have."""

    def refused_at_consent(self, error: str) -> Failed:
        return Failed(code=CALLBACK_ERRORS[error])


@BED.plant(BARE)
class RaisesAFalseCode(RedirectFlow):
    """A code that nobody issued raises what a refused refresh token raises."""

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        found = super().complete(callback)
        if isinstance(found, Failed) and found.code is FailureCode.CODE_REFUSED:
            raise AuthorizationLost("The tracker refuses the code.")
        return found


@BED.plant(TROUBLE)
class RawOutage(RedirectFlow):
    """It lets the exceptions of requests through while somebody connects."""

    def exchange(self, callback: ConnectCallback, code: Secret) -> Credentials:
        callback.http.get(f"{ROOT}/token").close()
        return super().exchange(callback, code)


@BED.plant(TROUBLE)
class OutageIsARefusal(RedirectFlow):
    """Whatever goes wrong with the code ends the authorization."""

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        found = super().complete(callback)
        if isinstance(found, Failed) and found.code is FailureCode.REMOTE_UNAVAILABLE:
            raise AuthorizationLost("The tracker does not answer.")
        return found


# ── verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(VERIFY)
class NamelessAccount(RedirectFlow):
    """It does not say as whom it acts."""

    def account_of(self, me: Told) -> Account:
        return replace(super().account_of(me), name="")


@BED.plant(VERIFY)
class AccountWithoutId(RedirectFlow):
    """It knows the account by name only."""

    def account_of(self, me: Told) -> Account:
        return replace(super().account_of(me), id="")


@BED.plant("test_connect_verify_refuses_false_credentials")
class JudgesTokens(RedirectFlow):
    """It judges a token by its look, and calls one that looks wrong a wrong set-up."""

    def verify(self, connection: ConnectionView) -> Account:
        if not connection.credentials.access_token.reveal().startswith("access-"):
            raise Rejected("This is no token of the tracker.", cure="Set it up anew.", code="setup_needed")
        return super().verify(connection)


# ── refresh ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(REFRESH)
class ForgetsToRotate(RedirectFlow):
    """It forgets the new refresh token."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return replace(super().refresh(request), refresh_token=None)


@BED.plant(REFRESH)
class KeepsTheOldToken(RedirectFlow):
    """It gives the old access token back."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return replace(super().refresh(request), access_token=request.credentials.access_token)


@BED.plant(REFRESH)
class KeepsTheOldEnd(RedirectFlow):
    """It tells no time zone with the new end."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return replace(super().refresh(request), expires_at=request.now.replace(tzinfo=None) + timedelta(hours=1))


@BED.plant(REFRESH, by_form=True)
class RefreshesNothing(FormFlow):
    """It says that a token was renewed that cannot be."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return request.credentials


@BED.plant(REFRESH_OUTAGE)
class GivesUpInAnOutage(RedirectFlow):
    """An outage while refreshing ends the authorization."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        try:
            return super().refresh(request)
        except TemporarilyUnavailable:
            raise AuthorizationLost("The authorization could not be renewed.") from None


@BED.plant(REFRESH_OUTAGE)
class GivesUpOnAPage(RedirectFlow):
    """An answer that cannot be read while refreshing ends the authorization."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        try:
            return super().refresh(request)
        except TemporarilyUnavailable as error:
            if "cannot be read" in str(error):
                raise AuthorizationLost("The tracker gave no token.") from None
            raise


@BED.plant(REFRESH_OUTAGE)
class NeverGivesUp(RedirectFlow):
    """A refresh token that was refused for good is tried for ever."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        try:
            return super().refresh(request)
        except AuthorizationLost:
            raise TemporarilyUnavailable("The tracker does not renew the authorization.") from None


# ── revoke ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(REVOKE)
class BlankFarewell(RedirectFlow):
    """It tells of what it removed in a blank line."""

    def revoke(self, connection: ConnectionView) -> Revoked:
        return Revoked(removed=(*super().revoke(connection).removed, ""))


@BED.plant(REVOKE)
class MuteFarewell(RedirectFlow):
    """It forgets to say what it removed."""

    def revoke(self, connection: ConnectionView) -> Revoked:
        super().revoke(connection)
        return None  # type: ignore[return-value]  # this is the mistake


@BED.plant(REVOKE)
class FarewellOnce(RedirectFlow):
    """Where the grant is gone already it fails by itself."""

    def remove_grant(self, connection: ConnectionView) -> tuple[str, ...]:
        (gone,) = super().remove_grant(connection)
        return (gone,)


@BED.plant(REVOKE_OUTAGE)
class RawFarewell(RedirectFlow):
    """It lets the exceptions of requests through while somebody disconnects."""

    def remove_grant(self, connection: ConnectionView) -> tuple[str, ...]:
        connection.http.get(f"{ROOT}/w/{connection.workspace.id}/me").close()
        return super().remove_grant(connection)

    def remove_orders(self, connection: ConnectionView) -> tuple[str, ...]:
        try:
            return super().remove_orders(connection)
        except IntegrationError:
            return ()


@BED.plant("test_webhooks_revoking_ends_deliveries")
class LeavesOrders(RedirectFlow):
    """It ends the grant, and leaves the standing orders."""

    def remove_orders(self, connection: ConnectionView) -> tuple[str, ...]:
        return ()


@BED.plant("test_errors_refused_credentials_are_told", into=RedirectFlow)
class WhoAmIOnceMore(Client):
    """It takes a refused token for a missing permission when it asks who it is."""

    def me(self) -> Told:
        try:
            return super().me()
        except AuthorizationLost:
            if self._token and self._token.reveal().startswith("access-"):
                raise Rejected("The account may not enter.", cure="Let it in.", code="no_permission") from None
            raise
