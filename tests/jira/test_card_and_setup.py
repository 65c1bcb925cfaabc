"""The card and the set-up form say all that an admin must know, and the registry admits the plugin."""

from __future__ import annotations

from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from werkzeug.datastructures import MultiDict

from helpdesk_core.errors import Rejected
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.values import Secret, SetupRequest, ShowForm
from plugins.jira import plugin
from plugins.jira.card import CARD
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.settings import OAuthApp
from tests.jira.atlassian import CALLBACK_URL, CLIENT_SECRET, SETTINGS

CONSOLE_SCOPES = {"read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook"}


def setup(callback_url: str = CALLBACK_URL) -> ShowForm:
    return JiraConnectFlow().setup(SetupRequest(callback_url=callback_url, settings={}))


def test_the_registry_admits_the_plugin() -> None:
    registry = IntegrationRegistry()
    registry.admit("jira", plugin, Origin(distribution="helpdesk"))
    assert [integration.key for integration in registry] == ["jira"]
    assert registry.quarantined == ()


def test_the_card_names_prerequisites_permissions_and_the_way_out() -> None:
    words = " ".join(CARD.prerequisites)
    assert (CARD.title, CARD.section, CARD.workspace_word) == ("Jira", "Ticketing", "site")
    assert "Jira admin" in words
    assert "active project" in words
    assert "account of its own" in words
    assert {permission.scope for permission in CARD.permissions} == CONSOLE_SCOPES | {"offline_access"}
    assert "https://id.atlassian.com/manage-profile/apps" in CARD.after_disconnect


def test_the_icon_is_a_well_formed_picture_without_scripts_or_links() -> None:
    kind, _, picture = CARD.icon.partition(",")
    assert kind == "data:image/svg+xml"
    root = ElementTree.fromstring(unquote(picture))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "rect", "g"}


def test_the_form_shows_the_callback_to_copy_and_what_to_tick_and_what_goes_wrong() -> None:
    shown = setup()
    assert [copied.text for copied in shown.copy] == [CALLBACK_URL]
    assert {scope for scope in CONSOLE_SCOPES if any(scope in line for line in shown.checklist)} == CONSOLE_SCOPES
    assert not any("offline_access" in line for line in shown.checklist), "it is not in the console"
    for sign in ("Callback URL mismatch", "private", "not ticked", "secret is mistyped", "organization"):
        assert any(sign in mistake for mistake in shown.mistakes), sign


@pytest.mark.parametrize(
    ("callback_url", "is_warned"),
    [
        ("https://helpdesk.example/cb", False),
        ("http://localhost:8000/cb", False),
        ("http://helpdesk.example/cb", True),
    ],
)
def test_an_address_that_atlassian_will_not_take_is_named_beforehand(callback_url: str, is_warned: bool) -> None:
    assert any("only https" in line for line in setup(callback_url).explanation) is is_warned


def test_the_form_is_valid_once_both_values_are_there_and_drops_copied_blanks() -> None:
    form = setup().form(MultiDict({"client_id": " client-1\n", "client_secret": " s3cret "}))
    assert form.validate()
    assert form.data == {"client_id": "client-1", "client_secret": "s3cret", "read_workflows": "no"}


def test_the_form_judges_stored_settings_too() -> None:
    assert setup().form(data=dict(SETTINGS)).validate()
    assert not setup().form(data={"client_id": "client-1"}).validate()
    assert not setup().form(MultiDict({"client_id": "  ", "client_secret": "x"})).validate()


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_a_missing_value_is_refused_by_name(name: str) -> None:
    with pytest.raises(Rejected, match="not entered") as caught:
        OAuthApp.read({**SETTINGS, name: ""})
    assert caught.value.code == "setup_needed"


def test_values_from_the_environment_may_be_plain_texts() -> None:
    app = OAuthApp.read({"client_id": Secret("client-1"), "client_secret": CLIENT_SECRET})
    assert (app.client_id, app.client_secret) == ("client-1", Secret(CLIENT_SECRET))
    assert (app.auth_url, app.api_url) == ("https://auth.atlassian.com", "https://api.atlassian.com")
    assert CLIENT_SECRET not in repr(app)


@pytest.mark.parametrize("name", ["auth_url", "api_url"])
@pytest.mark.parametrize(
    "address",
    ["http://auth.example", "http://127.0.0.1.example", "http://user@evil.example", "ftp://127.0.0.1", "https://", "x"],
)
def test_secrets_never_go_to_an_address_in_the_clear(name: str, address: str) -> None:
    with pytest.raises(Rejected, match=name) as caught:
        OAuthApp.read({**SETTINGS, name: address})
    assert caught.value.code == "insecure_address"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8090", "http://localhost:8090/", "http://[::1]:8090", "https://api.example"]
)
def test_a_simulator_on_this_machine_is_allowed(address: str) -> None:
    assert OAuthApp.read({**SETTINGS, "api_url": address}).api_url == address.rstrip("/")
