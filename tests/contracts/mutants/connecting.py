"""Mistakes while somebody connects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.testing.tracker import signing
from helpdesk_core.testing.tracker.client import ROOT
from helpdesk_core.testing.tracker.connecting import CALLBACK_ERRORS, ClientForm, FormFlow, RedirectFlow
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    Authorized,
    ConnectCallback,
    ConnectRequest,
    Credentials,
    Failed,
    FailureCode,
    Redirect,
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
