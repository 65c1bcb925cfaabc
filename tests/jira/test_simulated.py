"""The whole journey over real HTTP: a person signs in and consents at the simulated Atlassian, and the plugin goes on.

The simulator is written from the same documents by other hands and shares no code with the client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.outbound import new_session
from helpdesk_core.values import (
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Failed,
    FailureCode,
    ProjectRequest,
    RefreshRequest,
    Secret,
    SettingsMap,
    StatusCategory,
)
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.simulator import Simulator, demo_world, large_world
from plugins.jira.vocabulary import JiraStatusVocabulary

CALLBACK_URL = "http://127.0.0.1:8070/integrations/jira/callback"
BOT = ("helpdesk-bot@acme.example", "bot-password")
flow, vocabulary = JiraConnectFlow(), JiraStatusVocabulary()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world(CALLBACK_URL)).serve() as running:
        yield running


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with new_session() as session:
        yield session


def settings_for(simulator: Simulator) -> SettingsMap:
    app = simulator.state.app
    return {
        "client_id": app.client_id,
        "client_secret": Secret(app.client_secret),
        "auth_url": simulator.url,
        "api_url": simulator.url,
    }


def consent(url: str, person: tuple[str, str] = BOT, *, site: str = "acme", decision: str = "authorize") -> str:
    """Do what a person does at Atlassian, and return the address to which the browser is sent back."""
    with requests.Session() as browser:
        sign_in = browser.get(url)
        onward = dict(parse_qsl(urlsplit(sign_in.url).query))["continue"]
        host = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        form = {"continue": onward, "email": person[0], "password": person[1]}
        page = browser.post(f"{host}/login", data=form).text
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        assert ticket, page
        choices = dict(re.findall(r'<option value="([^"]+)">([^<]+)</option>', page))
        chosen = next((value for value, name in choices.items() if name.split()[0] == site), "")
        answer = {"ticket": ticket[1], "site": chosen, "decision": decision}
        return browser.post(f"{host}/authorize", data=answer, allow_redirects=False).headers["Location"]


def connect(
    simulator: Simulator,
    http: requests.Session,
    settings: SettingsMap | None = None,
    *,
    person: tuple[str, str] = BOT,
    site: str = "acme",
    decision: str = "authorize",
) -> Authorized | Failed:
    settings, now = settings or settings_for(simulator), datetime.now(UTC)
    request = ConnectRequest(callback_url=CALLBACK_URL, state=Secret("state-1"), settings=settings, http=http, now=now)
    back = consent(flow.begin(request).url, person, site=site, decision=decision)
    assert back.startswith(f"{CALLBACK_URL}?")
    query = dict(parse_qsl(urlsplit(back).query))
    assert query["state"] == "state-1"
    return flow.complete(ConnectCallback(callback_url=CALLBACK_URL, settings=settings, http=http, now=now, query=query))


@pytest.fixture
def connected(simulator: Simulator, http: requests.Session) -> ConnectionView:
    return view_of(connect(simulator, http), settings_for(simulator), http)


def view_of(outcome: Authorized | Failed, settings: SettingsMap, http: requests.Session) -> ConnectionView:
    assert isinstance(outcome, Authorized), outcome
    return ConnectionView(
        workspace=outcome.workspaces[0], credentials=outcome.credentials, settings=settings, http=http
    )


def refresh_of(view: ConnectionView) -> RefreshRequest:
    return RefreshRequest(credentials=view.credentials, settings=view.settings, http=view.http, now=datetime.now(UTC))


# ── connecting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_connect_verify_read_and_revoke(connected: ConnectionView, simulator: Simulator) -> None:
    assert connected.workspace.name == "acme"
    assert flow.verify(connected).email == BOT[0]
    found = vocabulary.read(connected)
    styles = {project.key: project.owns_statuses for project in found.projects}
    assert styles["SUP"] is False
    assert styles["WEB"] is True
    owned = {status.project_id for status in found.statuses} - {None}
    assert owned <= {project.id for project in found.projects if project.owns_statuses}
    assert {status.category for status in found.statuses} >= {StatusCategory.NEW, StatusCategory.DONE}
    assert flow.revoke(connected).removed == ()


def test_every_project_in_detail_uses_statuses_of_the_vocabulary(connected: ConnectionView) -> None:
    found = vocabulary.read(connected)
    known = {status.id for status in found.statuses}
    for project in found.projects:
        detail = vocabulary.project(ProjectRequest(connection=connected, project=project))
        assert detail.kinds, project.key
        if not project.archived:
            assert {status.id for status in detail.statuses} <= known, project.key


def test_two_consents_reach_two_sites_and_confluence_is_left_out(
    connected: ConnectionView, simulator: Simulator, http: requests.Session
) -> None:
    """The site named acme comes twice, once for Confluence; a second consent adds its site to the same grant."""
    names = [live.site.name for live in simulator.state.sites.values() if "jira" in live.site.products]
    assert len(names) == 2
    second = next(name for name in names if name != "acme")
    outcome = connect(simulator, http, site=second)
    assert isinstance(outcome, Authorized)
    assert sorted(site.name for site in outcome.workspaces) == sorted(names)


def test_a_denied_consent_comes_back_by_name(simulator: Simulator, http: requests.Session) -> None:
    outcome = connect(simulator, http, decision="cancel")
    assert outcome == Failed(code=FailureCode.CONSENT_DENIED, detail="User did not authorize the request")


def test_an_account_without_a_site_is_no_connection(simulator: Simulator, http: requests.Session) -> None:
    outcome = connect(simulator, http, person=("sam@elsewhere.example", "sam-password"))
    assert isinstance(outcome, Failed)
    assert outcome.code == FailureCode.NO_WORKSPACE


def test_a_wrong_client_secret_is_named(simulator: Simulator, http: requests.Session) -> None:
    wrong = {**settings_for(simulator), "client_secret": Secret("wrong")}
    outcome = connect(simulator, http, wrong)
    assert isinstance(outcome, Failed)
    assert outcome.code == FailureCode.CLIENT_REFUSED


def test_a_code_is_good_once(simulator: Simulator, http: requests.Session) -> None:
    settings, now = settings_for(simulator), datetime.now(UTC)
    request = ConnectRequest(callback_url=CALLBACK_URL, state=Secret("s"), settings=settings, http=http, now=now)
    query = dict(parse_qsl(urlsplit(consent(flow.begin(request).url)).query))
    back = ConnectCallback(callback_url=CALLBACK_URL, settings=settings, http=http, now=now, query=query)
    assert isinstance(flow.complete(back), Authorized)
    again = flow.complete(back)
    assert isinstance(again, Failed)
    assert again.code == FailureCode.CODE_REFUSED


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        ("503-html", FailureCode.REMOTE_UNAVAILABLE),
        ("429-html", FailureCode.REMOTE_UNAVAILABLE),
        ("drop", FailureCode.REMOTE_UNAVAILABLE),
        ("not-json", FailureCode.ANSWER_UNREADABLE),
        ("empty-body", FailureCode.ANSWER_UNREADABLE),
        ("json-without-error", FailureCode.ANSWER_UNREADABLE),
    ],
)
def test_trouble_at_the_token_endpoint_is_named(
    simulator: Simulator, http: requests.Session, effect: str, code: FailureCode
) -> None:
    simulator.control.fault("token.*", effect)
    outcome = connect(simulator, http)
    assert isinstance(outcome, Failed)
    assert outcome.code == code


# ── renewing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_refresh_rotates_the_pair_and_the_new_token_works(connected: ConnectionView) -> None:
    renewed = flow.refresh(refresh_of(connected))
    assert renewed.refresh_token != connected.credentials.refresh_token
    assert renewed.scopes == connected.credentials.scopes
    assert flow.verify(replace(connected, credentials=renewed)).email == BOT[0]


def test_a_refresh_token_is_good_again_within_the_leeway_and_dead_after_it(
    connected: ConnectionView, simulator: Simulator
) -> None:
    renewed = flow.refresh(refresh_of(connected))
    flow.refresh(refresh_of(connected))
    simulator.control.advance(11 * 60)
    with pytest.raises(AuthorizationLost):
        flow.refresh(refresh_of(connected))
    with pytest.raises(AuthorizationLost):  # reuse after the leeway kills the whole family
        flow.refresh(refresh_of(replace(connected, credentials=renewed)))


def test_a_revoked_grant_is_a_lost_authorization_everywhere(connected: ConnectionView, simulator: Simulator) -> None:
    simulator.control.revoke_grant(BOT[0])
    with pytest.raises(AuthorizationLost):
        flow.refresh(refresh_of(connected))
    with pytest.raises(AuthorizationLost):
        flow.verify(connected)


@pytest.mark.parametrize("effect", ["503-html", "429-html", "not-json", "empty-body", "json-without-error", "drop"])
def test_an_outage_while_renewing_costs_nothing(connected: ConnectionView, simulator: Simulator, effect: str) -> None:
    simulator.control.fault("token.refresh_token", effect)
    with pytest.raises(TemporarilyUnavailable):
        flow.refresh(refresh_of(connected))
    assert flow.refresh(refresh_of(connected)).refresh_token


# ── doubtful answers ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_expired_token_that_looks_like_an_empty_site_is_a_lost_authorization(
    connected: ConnectionView, simulator: Simulator
) -> None:
    simulator.control.mask_invalid_tokens()
    simulator.control.expire_access_tokens()
    with pytest.raises(AuthorizationLost):
        vocabulary.read(connected)


@pytest.mark.parametrize("effect", ["404-gateway", "403"])
def test_a_gateways_refusal_of_a_good_token_survives_a_refresh_as_a_refusal(
    connected: ConnectionView, simulator: Simulator, effect: str
) -> None:
    simulator.control.fault("getStatuses", effect, times=2)
    for _ in range(2):
        with pytest.raises(Rejected) as caught:
            vocabulary.read(connected)
        assert caught.value.code == "site_refused"
        connected = replace(connected, credentials=flow.refresh(refresh_of(connected)))


def test_a_gateways_refusal_of_an_expired_token_is_mended_by_a_refresh(
    connected: ConnectionView, simulator: Simulator
) -> None:
    simulator.control.expire_access_tokens()
    simulator.control.fault("getStatuses", "404-gateway", times=1)
    with pytest.raises(AuthorizationLost):
        vocabulary.read(connected)
    renewed = replace(connected, credentials=flow.refresh(refresh_of(connected)))
    assert vocabulary.read(renewed).projects


# ── size ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_site_of_500_projects_and_2000_statuses_is_read_in_6_calls(http: requests.Session) -> None:
    with Simulator(large_world(500, 2000, callback_url=CALLBACK_URL)).serve() as simulator:
        outcome = connect(simulator, http, person=("bot@acme.example", "bot-password"), site="large")
        view = view_of(outcome, settings_for(simulator), http)
        simulator.control.reset_calls()
        found = vocabulary.read(view)
        assert (len(found.projects), len(found.statuses)) == (500, 2000)
        assert simulator.control.counts() == {"getStatuses": 1, "searchProjects": 5}


@pytest.fixture
def counted(simulator: Simulator) -> Callable[[], dict[str, int]]:
    simulator.control.reset_calls()
    return simulator.control.counts


def test_begin_calls_nobody(
    simulator: Simulator, http: requests.Session, counted: Callable[[], dict[str, int]]
) -> None:
    flow.begin(
        ConnectRequest(
            callback_url=CALLBACK_URL,
            state=Secret("s"),
            settings=settings_for(simulator),
            http=http,
            now=datetime.now(UTC),
        )
    )
    assert counted() == {}
