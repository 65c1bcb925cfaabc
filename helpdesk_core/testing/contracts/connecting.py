"""The connect flow: by redirect or by form, agreed or declined, in all the weather that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField

from helpdesk_core.errors import AuthorizationLost, IntegrationError, TemporarilyUnavailable
from helpdesk_core.testing.connected import STATE, is_safe, utc_now
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.line import OUTAGES, UNREADABLE, Trouble
from helpdesk_core.values import (
    Authorized,
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

OF_THE_HELPDESK: Final = frozenset(
    {code for code in FailureCode if code.value.startswith("state_")}
    | {FailureCode.NOT_ADMIN, FailureCode.WRONG_WORKSPACE, FailureCode.ALREADY_CONNECTED, FailureCode.PLUGIN_FAILED}
)
"""The failures that only the helpdesk can know of."""


class ConnectFlowContract(Contract):
    """Connecting ends with credentials that work, or in a way that an admin can understand."""

    hook = "helpdesk_connect_flow"

    # ── set-up ──

    @reads("ConnectFlow.setup")
    def test_connect_set_up_takes_what_suffices_and_nothing_less(self, desk: Desk) -> None:
        """The set-up form asks for every secret, validates on what connecting works with, and not on nothing."""
        form = desk.flow.setup(SetupRequest(callback_url=desk.remote.callback_url, settings={}))
        if form is None:
            assert not desk.remote.settings, "the Remote has settings, but setup() asks for none"
            return
        assert not form.form(formdata=MultiDict()).validate(), "the set-up form is content with nothing"
        filled = form.form(formdata=_typed(desk.remote.settings))
        secret = {name for name, value in desk.remote.settings.items() if isinstance(value, Secret)}
        missing = secret - {each.short_name for each in filled}
        assert missing == set(), f"the set-up form does not ask for {', '.join(sorted(missing))}"
        assert filled.validate(), f"the set-up form refuses the Remote's settings: {filled.errors}"

    @reads("ConnectFlow.setup", "ShowForm")
    def test_connect_set_up_hides_secrets(self, desk: Desk) -> None:
        """What is a `Secret` in the settings is entered in a password field, so that no page ever shows it."""
        form = desk.flow.setup(SetupRequest(callback_url=desk.remote.callback_url, settings={}))
        shown = {each.short_name for each in form.form() if not isinstance(each, PasswordField)} if form else set()
        secret = {name for name, value in desk.remote.settings.items() if isinstance(value, Secret)}
        assert not secret & shown, f"entered in the open: {', '.join(sorted(secret & shown))}"

    # ── begin ──

    @reads("ConnectFlow.begin")
    def test_connect_begin_changes_nothing(self, desk: Desk) -> None:
        """`begin` may be called again for each look at the form, so it changes nothing at the remote system."""
        kinds = {type(desk.ask_to_connect()) for _ in range(2)}
        assert len(kinds) == 1, "begin answers differently when it is asked again"
        assert desk.line.writes == 0, "begin sent what may change something"

    @reads("ConnectFlow.begin", "Redirect")
    def test_connect_redirect_carries_state_and_callback(self, desk: Desk) -> None:
        """The address of a redirect carries `request.state` and `request.callback_url`, letter by letter."""
        if not isinstance(asked := desk.ask_to_connect(), Redirect):
            pytest.skip("It connects by a form.")
        carried = [value for _, value in parse_qsl(urlsplit(asked.url).query)]
        assert is_safe(asked.url), f"a browser is sent there with a state: {asked.url}"
        assert STATE in carried, "the state does not travel in the address"
        assert desk.remote.callback_url in carried, "the callback address does not travel in the address"

    @reads("ConnectFlow.begin", "ShowForm")
    def test_connect_form_hides_what_proves_an_admin(self, desk: Desk) -> None:
        """A form that connects has a password field for what must not be shown, and a label on every field."""
        if not isinstance(asked := desk.ask_to_connect(), ShowForm):
            pytest.skip("It connects by a redirect.")
        fields = list(asked.form())
        assert any(isinstance(each, PasswordField) for each in fields), "nothing in this form is hidden"
        assert all(each.label.text.strip() for each in fields), "a field has no label"
        assert asked.title.strip()

    # ── complete ──

    @reads("ConnectFlow.complete", "Authorized")
    def test_connect_agreement_gives_credentials_and_workspaces(self, desk: Desk) -> None:
        """When an admin agrees, `complete` returns credentials and every workspace that they reach."""
        authorized = desk.authorize()
        assert authorized.credentials.access_token, "there is no access token"
        assert authorized.workspaces, "there is no workspace"
        ids = [each.id for each in authorized.workspaces]
        assert all(ids), "a workspace has no id"
        assert len(set(ids)) == len(ids), f"two workspaces have one id: {ids}"
        assert all(each.name.strip() and is_safe(each.url) for each in authorized.workspaces), authorized.workspaces
        _assert_lasting(authorized.credentials)

    @reads("ConnectFlow.complete", "Workspace")
    def test_connect_workspaces_keep_their_ids(self, desk: Desk) -> None:
        """Re-authorizing finds the same workspace again, by its id: else the helpdesk would refuse it as another."""
        first = desk.remote.choose(desk.authorize().workspaces)
        again = desk.authorize(first)
        assert first.id in {each.id for each in again.workspaces}, f"{first.id} is not among {again.workspaces}"

    @reads("ConnectFlow.complete", "FailureCode")
    def test_connect_refusal_is_told(self, desk: Desk) -> None:
        """When an admin declines (or mistypes), `complete` returns `Failed`, or the form with an explanation."""
        asked = desk.ask_to_connect()
        outcome = desk.come_back(asked, desk.remote.decline(asked))
        assert not isinstance(outcome, Authorized), "an admin declined and was connected"
        if isinstance(outcome, ShowForm):
            assert outcome.explanation, "the form comes again without a word of explanation"
        else:
            assert outcome.code not in OF_THE_HELPDESK, f"{outcome.code} is for the helpdesk to say"

    @reads("ConnectFlow.complete", "Failed")
    def test_connect_bare_return_is_a_failure(self, desk: Desk) -> None:
        """A browser that comes back without what belongs to an answer ends in `Failed`, never in a guess."""
        if not isinstance(asked := desk.ask_to_connect(), Redirect):
            pytest.skip("It connects by a form, which the helpdesk validates before.")
        returns: tuple[dict[str, str], ...] = (
            {},
            {"code": ""},
            {"code": "never-issued", "state": STATE},
            {"error": "some_error"},
        )
        for given in returns:
            outcome = desk.come_back(asked, given)
            assert isinstance(outcome, Failed), f"coming back with {sorted(given)} gave {type(outcome).__name__}"
            assert outcome.code not in OF_THE_HELPDESK, f"{outcome.code} is for the helpdesk to say"

    @reads("ConnectFlow.complete", "TemporarilyUnavailable")
    def test_connect_trouble_is_named(self, desk: Desk) -> None:
        """An outage or an unreadable answer while connecting is a `Failed` or one of the three families."""
        for trouble in (*OUTAGES, Trouble.BUSY, *UNREADABLE):
            asked = desk.ask_to_connect()
            given = desk.remote.consent(asked)
            with desk.line.suffering(trouble):
                outcome = _ended(desk, asked, given)
            assert outcome in {"Failed", "ShowForm", "TemporarilyUnavailable", "Rejected"}, f"{trouble}: {outcome}"

    # ── verify ──

    @reads("ConnectFlow.verify", "Account")
    def test_connect_verify_names_the_account(self, desk: Desk) -> None:
        """`verify` says as whom the helpdesk acts: the account's id and name."""
        account = desk.flow.verify(desk.connection)
        assert account.id.strip(), "the account has no id"
        assert account.name.strip(), "the account has no name"

    @reads("ConnectFlow.verify")
    def test_connect_verify_refuses_false_credentials(self, desk: Desk) -> None:
        """Credentials that nobody issued raise `AuthorizationLost`, and get no answer for the anonymous."""
        with pytest.raises(AuthorizationLost):
            desk.flow.verify(desk.with_token("no-token-of-anybody"))

    # ── refresh ──

    @reads("ConnectFlow.refresh")
    def test_connect_refresh_gives_credentials_that_work(self, desk: Desk) -> None:
        """Refreshing gives new credentials, with a refresh token for the next time; without one it is refused."""
        if desk.connection.credentials.refresh_token is None:
            with pytest.raises(AuthorizationLost):
                desk.flow.refresh(_refresh(desk))
            return
        before = desk.flow.verify(desk.connection)
        fresh = desk.flow.refresh(_refresh(desk))
        assert fresh.refresh_token, "the next refresh would have no token"
        _assert_lasting(fresh)
        account = desk.flow.verify(replace(desk.connection, credentials=fresh))
        assert account.id == before.id, "the new credentials act as another account"

    @reads("ConnectFlow.refresh")
    def test_connect_refresh_tells_an_outage_from_a_refusal(self, desk: Desk) -> None:
        """An outage while refreshing is `TemporarilyUnavailable`: an authorization is never given up for weather.

        Only what the remote system refused for good is `AuthorizationLost`.
        """
        if desk.connection.credentials.refresh_token is None:
            pytest.skip("These credentials are not refreshed.")
        for trouble in (*OUTAGES, Trouble.BUSY, *UNREADABLE):
            with desk.line.suffering(trouble), pytest.raises(TemporarilyUnavailable):
                desk.flow.refresh(_refresh(desk))
        desk.remote.revoke()
        with pytest.raises(AuthorizationLost):
            desk.flow.refresh(_refresh(desk))

    # ── revoke ──

    @reads("ConnectFlow.revoke")
    def test_connect_revoking_is_told_and_may_be_repeated(self, desk: Desk) -> None:
        """`revoke` tells what it removed, a line each; where nothing is left it breaks nothing."""
        first = desk.flow.revoke(desk.connection)
        assert isinstance(first, Revoked)
        assert all(line.strip() for line in first.removed)
        try:
            desk.flow.revoke(desk.connection)
        except IntegrationError:
            return  # the grant itself may be gone now: one of the three families is an answer

    @reads("ConnectFlow.revoke")
    def test_connect_revoking_in_an_outage_raises_its_family(self, desk: Desk) -> None:
        """Disconnecting goes on whatever happens, so an outage must be one of the three families."""
        connection = desk.connection
        for trouble in (*OUTAGES, *UNREADABLE):
            with desk.line.suffering(trouble):
                try:
                    desk.flow.revoke(connection)
                except IntegrationError:
                    continue


def _ended(desk: Desk, asked: Redirect | ShowForm, given: Mapping[str, str]) -> str:
    """Come back, and name the way in which it ended."""
    try:
        return type(desk.come_back(asked, given)).__name__
    except IntegrationError as error:
        return type(error).__name__


def _refresh(desk: Desk) -> RefreshRequest:
    view = desk.connection
    return RefreshRequest(credentials=view.credentials, settings=view.settings, http=view.http, now=utc_now())


def _assert_lasting(credentials: Credentials) -> None:
    ends = credentials.expires_at
    assert ends is None or ends.tzinfo, "expires_at must be aware (UTC)"
    assert ends is None or ends > utc_now(), f"the access token ended already, at {ends}"


def _typed(settings: SettingsMap) -> MultiDict[str, str]:
    return MultiDict({name: value.reveal() if isinstance(value, Secret) else value for name, value in settings.items()})
