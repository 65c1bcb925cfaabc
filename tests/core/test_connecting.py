"""The connect flow: every way in which it can end, and that a failure leaves untouched what was there."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from sqlalchemy import select

from helpdesk_core import hookimpl
from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import change_user, create_user, get_user
from helpdesk_core.connections.attempts import LIFETIME
from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.failures import EXPLANATIONS, explain
from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.connections.models import ConnectAttempt, Connection, ConnectionState, Credential
from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.integrations import Origin
from helpdesk_core.values import Account, Authorized, Failed, FailureCode, Secret, Workspace
from tests.conftest import PASSWORD
from tests.core.conftest import click_connect, come_back
from tests.core.fake_tracker import ACME, BETA


def rows(host, model):
    with host.database.read() as session:
        return list(session.scalars(select(model)))


def failure_of(answer) -> str:
    """Return the code of the failure page that an answer leads to."""
    found = re.search(r"/failed/(\w+)", answer.location or "")
    assert found, (answer.status_code, answer.location, answer.text)
    return found[1]


def test_connecting_saves_the_workspace_the_account_and_sealed_credentials(host, connected, tracker):
    assert (connected.workspace, connected.account) == (ACME, tracker.account)
    assert connected.state == ConnectionState.CONNECTED
    (credential,) = rows(host, Credential)
    assert "access-1" not in credential.sealed
    assert credential.scopes == "read write"
    assert ask(host, connected.id, lambda view: view.credentials.access_token) == Secret("access-1")


def test_the_plugin_gets_back_what_it_kept_and_secrets_as_secrets(connected, tracker):
    (callback,) = tracker.callbacks
    assert callback.kept == {"verifier": Secret("kept")}
    assert isinstance(callback.query["code"], Secret)
    assert callback.callback_url == "http://helpdesk.test/integrations/fake/callback"


def test_the_card_says_connected_and_leads_on(signed_in, admin, connected):
    page = signed_in(admin).get("/settings/integrations").text
    assert 'data-state="connected"' in page
    assert "Connected as Helpdesk Bot" in page
    assert "Connect another site" in page


@pytest.mark.parametrize("code", [c for c in FailureCode if c != FailureCode.NOT_ADMIN])
def test_what_the_plugin_says_failed_is_explained_and_nothing_is_kept(host, signed_in, admin, tracker, code):
    tracker.completes = lambda _callback: Failed(code=code, detail="Atlassian said so.")
    client = signed_in(admin)
    answer = come_back(client, click_connect(client))
    assert failure_of(answer) == code
    page = client.get(answer.location).text
    explanation = explain(code, name="Fake", workspace_word="site")
    assert explanation.title in page.replace("&#39;", "'")
    assert "Atlassian said so." in page
    assert rows(host, Connection) == []
    (attempt,) = rows(host, ConnectAttempt)
    assert attempt.used_at
    assert not (attempt.kept_sealed)
    assert not (attempt.arrived_sealed)
    assert not (attempt.authorized_sealed)


def test_every_failure_has_one_title_one_sentence_and_one_button():
    assert set(EXPLANATIONS) == set(FailureCode)
    for code in FailureCode:
        explanation = explain(code, name="Jira", workspace_word="site")
        assert "{" not in explanation.title + explanation.sentence
        assert explanation.sentence.endswith(".")


@pytest.mark.parametrize("path", ["/integrations/fake/callback", "/integrations/fake/callback?state=&code=c"])
def test_a_callback_without_state_is_refused(signed_in, admin, path):
    assert failure_of(signed_in(admin).get(path)) == "state_missing"


def test_an_invented_state_is_refused(signed_in, admin, tracker):
    assert failure_of(come_back(signed_in(admin), "invented")) == "state_unknown"
    assert tracker.callbacks == []


def test_a_state_expires(signed_in, admin, clock, tracker):
    client = signed_in(admin)
    state = click_connect(client)
    clock.time += LIFETIME * 1.01
    assert failure_of(come_back(client, state)) == "state_expired"
    assert tracker.callbacks == []


def test_a_state_works_once(signed_in, admin, tracker):
    client = signed_in(admin)
    state = click_connect(client)
    assert come_back(client, state).location == "/settings/integrations"
    assert failure_of(come_back(client, state)) == "state_used"
    assert len(tracker.callbacks) == 1


def test_a_state_works_once_even_when_a_choice_is_waiting(signed_in, admin, tracker):
    tracker.workspaces = (ACME, BETA)
    client = signed_in(admin)
    state = click_connect(client)
    assert "/choose/" in come_back(client, state).location
    assert failure_of(come_back(client, state)) == "state_used"


def test_another_admins_state_is_refused_and_stays_good_for_its_owner(host, signed_in, admin, tracker):
    with host.database.write() as session:
        other = create_user(
            session, email="o@acme.example", name="Other", password=Secret(PASSWORD), role=Role.ADMIN, now=host.now()
        )
    client = signed_in(admin)
    state = click_connect(client)
    assert failure_of(come_back(signed_in(other), state)) == "state_foreign"
    assert tracker.callbacks == []
    assert come_back(client, state).location == "/settings/integrations"


def test_a_state_of_another_integration_is_unknown(signed_in, admin, registry, tracker):
    registry.admit("other", type(tracker)().module(), registry.get("fake").origin)
    client = signed_in(admin)
    state = click_connect(client)
    answer = client.get("/integrations/other/callback", query_string={"state": state, "code": "c"})
    assert failure_of(answer) == "state_unknown"


def test_an_admin_who_became_an_agent_meanwhile_is_refused(host, signed_in, admin):
    with host.database.write() as session:
        create_user(
            session, email="o@acme.example", name="Other", password=Secret(PASSWORD), role=Role.ADMIN, now=host.now()
        )
    client = signed_in(admin)
    state = click_connect(client)
    with host.database.write() as session:
        change_user(session, get_user(session, admin.id), name="Dana", role=Role.AGENT, active=True)
    answer = come_back(client, state)
    assert failure_of(answer) == "not_admin"
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "Ask an admin" in page.text


def test_a_lapsed_sign_in_is_asked_for_and_connecting_goes_on(app, host, signed_in, admin, tracker):
    state = click_connect(signed_in(admin))
    client = app.test_client()
    answer = come_back(client, state)
    assert answer.location.startswith("/sign-in?next=")
    assert "c0de" not in answer.location
    assert state not in answer.location
    answer = client.post(answer.location, data={"email": admin.email, "password": PASSWORD})
    assert client.get(answer.location).location == "/settings/integrations"
    assert tracker.callbacks[0].query["code"] == Secret("c0de")
    assert len(rows(host, Connection)) == 1
    assert all(attempt.arrived_sealed is None for attempt in rows(host, ConnectAttempt))


def test_after_a_lapsed_sign_in_another_admin_cannot_go_on(app, host, signed_in, admin, tracker):
    with host.database.write() as session:
        create_user(
            session, email="o@acme.example", name="Other", password=Secret(PASSWORD), role=Role.ADMIN, now=host.now()
        )
    client = app.test_client()
    answer = come_back(client, click_connect(signed_in(admin)))
    answer = client.post(answer.location, data={"email": "o@acme.example", "password": PASSWORD})
    assert failure_of(client.get(answer.location)) == "state_foreign"
    assert tracker.callbacks == []


def test_of_several_workspaces_the_admin_chooses_one(host, signed_in, admin, tracker):
    tracker.workspaces = (ACME, BETA)
    client = signed_in(admin)
    choose = come_back(client, click_connect(client)).location
    page = client.get(choose).text
    assert "acme" in page
    assert "beta" in page
    assert "Choose one." in client.post(choose, data={}).text
    assert "Not a valid choice" in client.post(choose, data={"workspace": "w-9"}).text
    assert client.post(choose, data={"workspace": BETA.id}).location == "/settings/integrations"
    assert [c.workspace for c in rows(host, Connection)] == [BETA]
    assert failure_of(client.post(choose, data={"workspace": ACME.id})) == "state_used"


def test_several_workspaces_connect_side_by_side(host, signed_in, admin, connected, tracker):
    tracker.workspaces = (BETA,)
    client = signed_in(admin)
    come_back(client, click_connect(client))
    assert [c.workspace for c in rows(host, Connection)] == [ACME, BETA]
    assert ask(host, connected.id, lambda view: view.credentials.access_token) == Secret("access-1")


def test_no_workspace_is_a_named_failure(signed_in, admin, tracker):
    tracker.workspaces = ()
    client = signed_in(admin)
    assert failure_of(come_back(client, click_connect(client))) == "no_workspace"


def test_a_connected_workspace_is_refused_and_left_as_it_is(host, signed_in, admin, connected, tracker):
    client = signed_in(admin)
    answer = come_back(client, click_connect(client))
    assert failure_of(answer) == "already_connected"
    assert f"/settings/integrations/fake/{connected.id}" in client.get(answer.location).text
    assert ask(host, connected.id, lambda view: view.credentials.access_token) == Secret("access-1")


def test_reauthorizing_renews_in_place_and_follows_a_renamed_workspace(host, signed_in, admin, connected, tracker):
    tracker.workspaces = (BETA, Workspace(id=ACME.id, name="acme-new", url="https://acme-new.example"))
    client = signed_in(admin)
    come_back(client, click_connect(client, connection_id=connected.id))
    (connection,) = rows(host, Connection)
    assert (connection.id, connection.workspace_name) == (connected.id, "acme-new")
    assert ask(host, connected.id, lambda view: view.credentials.access_token) == Secret("access-2")


def test_another_workspace_on_reauthorizing_is_refused_by_name(host, signed_in, admin, connected, tracker):
    tracker.workspaces = (BETA,)
    client = signed_in(admin)
    answer = come_back(client, click_connect(client, connection_id=connected.id))
    assert failure_of(answer) == "wrong_workspace"
    assert "Expected acme, got beta." in client.get(answer.location).text
    assert [c.workspace for c in rows(host, Connection)] == [ACME]
    assert ask(host, connected.id, lambda view: view.credentials.access_token) == Secret("access-1")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TemporarilyUnavailable("Atlassian is down."), "remote_unavailable"),
        (AuthorizationLost("Refused."), "no_access"),
        (Rejected("No.", cure="Ask."), "remote_refused"),
        (KeyError("secret-in-a-foreign-exception"), "plugin_failed"),
    ],
)
@pytest.mark.parametrize("place", ["complete", "verify"])
def test_an_error_of_each_family_ends_in_its_own_failure(host, signed_in, admin, tracker, error, code, place, caplog):
    def fail(_request):
        raise error

    setattr(tracker, "completes" if place == "complete" else "verifies", fail)
    client = signed_in(admin)
    answer = come_back(client, click_connect(client))
    assert failure_of(answer) == code
    assert rows(host, Connection) == rows(host, Credential) == []
    assert "secret-in-a-foreign-exception" not in client.get(answer.location).text + caplog.text


def test_verifying_uses_the_new_credentials_in_the_chosen_workspace(signed_in, admin, tracker):
    seen = []
    tracker.verifies = lambda view: seen.append((view.workspace, view.credentials.access_token)) or tracker.account
    client = signed_in(admin)
    come_back(client, click_connect(client))
    assert seen == [(ACME, Secret("access-1"))]


def test_an_integration_that_needs_set_up_cannot_be_connected_before(signed_in, admin, tracker):
    tracker.needs_setup = True
    client = signed_in(admin)
    assert "Set-up needed" in client.get("/settings/integrations").text
    assert client.post("/settings/integrations/fake/connect").status_code == 409


def test_set_up_asks_stores_sealed_and_keeps_a_password_left_empty(host, signed_in, admin, tracker):
    tracker.needs_setup = True
    client = signed_in(admin)
    page = "/settings/integrations/fake/setup"
    assert "Enter the client secret." in client.post(page, data={"client_id": "id-1"}).text
    assert client.post(page, data={"client_id": "id-1", "client_secret": "s3cret"}).status_code == 302
    assert client.post(page, data={"client_id": "id-2", "client_secret": ""}).status_code == 302
    assert "s3cret" not in client.get(page).text
    come_back(client, click_connect(client))
    assert tracker.callbacks[0].settings == {"client_id": "id-2", "client_secret": Secret("s3cret")}


def test_a_flow_by_form_connects_without_a_redirect(host, signed_in, admin, tracker):
    tracker.by_form = True
    tracker.completes = lambda callback: Authorized(
        credentials=tracker.credentials(callback.now),
        workspaces=(ACME,),
        settings={"base_url": callback.form["base_url"]},
    )
    client = signed_in(admin)
    form = client.post("/settings/integrations/fake/connect").location
    assert "Enter a token." in client.post(form, data={"base_url": "https://t.example"}).text
    answer = client.post(form, data={"base_url": "https://t.example", "token": "t0ken"})
    assert answer.location == "/settings/integrations"
    assert tracker.callbacks[0].form == {"base_url": "https://t.example", "token": Secret("t0ken")}
    assert ask(host, 1, lambda view: view.settings["base_url"]) == "https://t.example"


def test_switched_off_it_keeps_everything_and_asks_nothing(host, signed_in, admin, connected):
    client = signed_in(admin)
    client.post("/settings/integrations/fake/switch", data={"to": "off"})
    assert "Disabled" in client.get("/settings/integrations").text
    assert client.post("/settings/integrations/fake/connect").status_code == 409
    client.post("/settings/integrations/fake/switch", data={"to": "on"})
    assert ask(host, connected.id, lambda view: view.workspace) == ACME


def test_switched_off_during_consent_nothing_is_connected(host, signed_in, admin, tracker):
    client = signed_in(admin)
    state = click_connect(client)
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=False)
    answer = come_back(client, state)
    assert answer.status_code == 409
    assert "switched off meanwhile" in answer.text
    assert tracker.callbacks == []


def test_disconnecting_keeps_the_connection_and_deletes_the_credentials(host, signed_in, admin, connected):
    client = signed_in(admin)
    page = client.post(f"/settings/integrations/fake/{connected.id}/disconnect").text
    assert "one webhook" in page
    assert "Remove the app." in page
    (connection,) = rows(host, Connection)
    assert connection.state == ConnectionState.DISCONNECTED
    assert rows(host, Credential) == []
    come_back(client, click_connect(client))
    (connection,) = rows(host, Connection)
    assert (connection.id, connection.state) == (connected.id, ConnectionState.CONNECTED)


def test_disconnecting_works_while_the_remote_system_is_down(host, signed_in, admin, connected, tracker):
    def down(_view):
        raise TemporarilyUnavailable("It is down.")

    tracker.revokes = down
    page = signed_in(admin).post(f"/settings/integrations/fake/{connected.id}/disconnect").text
    assert "Nothing could be removed at Fake: It is down." in page
    assert rows(host, Credential) == []


def test_forgetting_asks_for_the_name_and_only_when_disconnected(host, signed_in, admin, connected):
    client = signed_in(admin)
    here = f"/settings/integrations/fake/{connected.id}"
    assert "Disconnect it first" in client.post(f"{here}/forget", data={"name": "acme"}, follow_redirects=True).text
    client.post(f"{here}/disconnect")
    assert "type its name exactly" in client.post(f"{here}/forget", data={"name": "x"}, follow_redirects=True).text
    assert len(rows(host, Connection)) == 1
    client.post(f"{here}/forget", data={"name": "acme"})
    assert rows(host, Connection) == rows(host, Credential) == []


@pytest.mark.parametrize(
    ("account", "warned"),
    [
        (Account(id="a", name="Somebody", email="Dana@acme.example"), True),
        (Account(id="a", name="Dana Admin"), True),
        (Account(id="a", name="Helpdesk Bot"), False),
        (Account(id="a", name="Dana Admin", email="bot@acme.example"), False),
    ],
)
def test_a_persons_everyday_account_is_warned_about(signed_in, admin, tracker, account, warned):
    tracker.account = account
    client = signed_in(admin)
    come_back(client, click_connect(client))
    assert ("everyday account" in client.get("/settings/integrations/fake/1").text) is warned


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/settings/integrations"),
        ("POST", "/settings/integrations/fake/connect"),
        ("POST", "/settings/integrations/fake/switch"),
        ("GET", "/settings/integrations/fake/setup"),
        ("GET", "/settings/integrations/fake/1"),
        ("POST", "/settings/integrations/fake/1/disconnect"),
        ("POST", "/settings/integrations/fake/1/forget"),
    ],
)
def test_settings_are_for_admins(signed_in, agent, method, path):
    assert signed_in(agent).open(path, method=method).status_code == 403


def test_a_plugin_that_breaks_at_run_time_keeps_its_card_with_the_reason(signed_in, admin, registry, tracker, caplog):
    """A plugin was admitted, but its facet raises when the page asks: its card says so, the others go on working."""

    class Broken(type(registry.get("fake").connect_flow)):
        def setup(self, request):
            raise RuntimeError("with a secret inside")

    broken, module = Broken(), tracker.module()
    module.helpdesk_connect_flow = hookimpl(specname="helpdesk_connect_flow")(lambda: broken)
    registry.admit("broken", module, Origin(distribution="helpdesk-broken", version="0.3"))
    page = signed_in(admin).get("/settings/integrations").text
    assert 'data-integration="broken" data-state="could_not_load"' in page
    assert "The Fake plugin broke (RuntimeError). Report it to the makers of helpdesk-broken 0.3." in page
    assert 'data-integration="fake" data-state="available"' in page
    assert "with a secret inside" not in page + caplog.text


def test_a_quarantined_plugin_has_a_card_with_its_reason(signed_in, admin, registry):
    registry.admit("acme-tracker", ModuleType("acme"), Origin(distribution="acme-helpdesk", version="2.0"))
    page = signed_in(admin).get("/settings/integrations").text
    assert 'data-integration="acme-tracker" data-state="could_not_load"' in page
    assert "acme-helpdesk 2.0" in page
    assert "does not implement the required hook" in page
    assert "everything else goes on working" in page
