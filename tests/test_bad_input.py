"""Everything that can go wrong while connecting, over the real Jira plugin and the simulator's real HTTP.

Each row ends in one named failure with one sentence and one next step, and leaves the connection that was there
before as it was: same state, same credentials, still answering.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import ConnectAttempt, Connection, ConnectionState, Credential
from helpdesk_core.errors import AuthorizationLost, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator, demo_world
from plugins.registry import build_registry
from tests.conftest import note_failure

CALLBACK = "http://helpdesk.test/integrations/jira/callback"
BOT = "helpdesk-bot@acme.example"
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook", "offline_access")
TOKEN, SITES, MYSELF = "token.authorization_code", "accessibleResources", "getCurrentUser"

Trouble = Callable[[Simulator], None]


@pytest.fixture(scope="module")
def registry() -> IntegrationRegistry:
    return build_registry()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world(CALLBACK).with_app(access="resource")).serve() as simulator:
        yield simulator


@pytest.fixture
def host(database, registry, vault_key, simulator) -> Host:
    app = simulator.state.app
    settings = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "auth_url": simulator.url,
        "api_url": simulator.url,
    }
    return Host(
        jobs=MemoryJobs(Work(failed=note_failure)),
        database=database,
        vault=Vault([vault_key]),
        registry=registry,
        base_url="http://helpdesk.test",
        preset_settings=lambda _key: settings,
    )


@pytest.fixture
def client(signed_in, admin, simulator) -> FlaskClient:
    """Return an admin's client, with beta connected already."""
    client = signed_in(admin)
    assert come_back(client, simulator, "beta").location == "/settings/integrations"
    return client


def click_connect(client: FlaskClient, **form: object) -> str:
    answer = client.post("/settings/integrations/jira/connect", data=form)
    return parse_qs(urlsplit(answer.location).query)["state"][0]


def come_back(client: FlaskClient, simulator: Simulator, *sites: str, scopes=SCOPES, **form: object):
    """Click Connect, consent at Atlassian, and come back."""
    state = click_connect(client, **form)
    code = simulator.control.consent(BOT, sites, scopes)
    return client.get("/integrations/jira/callback", query_string={"state": state, "code": code})


def snapshot(host: Host) -> list[tuple[object, ...]]:
    """Return what must not change: each connection's state, account and credentials."""
    with host.database.read() as session:
        return [
            (c.id, c.workspace_id, c.state, c.account_name, session.get_one(Credential, c.id).sealed)
            for c in session.scalars(select(Connection).order_by(Connection.id))
        ]


def fault(match: str, effect: str, **members: object) -> Trouble:
    return lambda simulator: simulator.control.fault(match, effect, **members)


def wrong_secret(simulator: Simulator) -> None:
    simulator.control.change_app(client_secret="renewed at Atlassian")


TROUBLES: dict[str, tuple[Trouble, str]] = {
    "the code was used or is too old": (
        fault(
            TOKEN,
            "answer",
            status=400,
            body='{"error":"invalid_request","error_description":"authorization_code is invalid"}',
        ),
        "code_refused",
    ),
    "the client secret is wrong": (wrong_secret, "client_refused"),
    "the token answer is 429 in JSON without error": (fault(TOKEN, "429"), "remote_unavailable"),
    "the token answer is 429 in HTML": (fault(TOKEN, "429-html"), "remote_unavailable"),
    "the token answer is 400 in JSON without error": (fault(TOKEN, "json-without-error"), "answer_unreadable"),
    "the token answer is 200 in HTML": (fault(TOKEN, "not-json"), "answer_unreadable"),
    "the token answer is empty": (fault(TOKEN, "empty-body"), "answer_unreadable"),
    "the token answer is a token of nothing": (
        fault(TOKEN, "answer", status=200, body='{"token_type":"Bearer"}'),
        "answer_unreadable",
    ),
    "Atlassian is down when the code is exchanged": (fault(TOKEN, "503-html"), "remote_unavailable"),
    "Atlassian hangs up when the code is exchanged": (fault(TOKEN, "drop"), "remote_unavailable"),
    "the answer is lost after the code was exchanged": (fault(TOKEN, "lose-answer"), "remote_unavailable"),
    "Atlassian is down when sites are read": (fault(SITES, "500"), "remote_unavailable"),
    "the list of sites makes no sense": (fault(SITES, "not-json"), "answer_unreadable|remote_unavailable"),
    "no site was granted": (fault(SITES, "answer", status=200, body="[]"), "no_workspace"),
    "Jira is down when the account is verified": (fault(MYSELF, "502"), "remote_unavailable"),
    "Jira refuses the account": (fault(MYSELF, "401", times=None), "no_access"),
    "Jira hides behind an empty answer": (fault(MYSELF, "empty-body"), "remote_unavailable"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_ends_in_one_named_failure_and_leaves_the_rest_alone(client, host, simulator, name):
    trouble, expected = TROUBLES[name]
    before = snapshot(host)
    trouble(simulator)
    answer = come_back(client, simulator, "acme")
    code = re.search(r"/failed/(\w+)", answer.location or "")
    assert code, (answer.status_code, answer.text)
    assert code[1] in expected.split("|")
    page = client.get(answer.location).text
    assert f'data-failure="{code[1]}"' in page
    assert page.count('class="btn btn-primary"') == 1, "one button leads on"
    assert snapshot(host) == before
    simulator.control.clear_faults()
    simulator.control.change_app(client_secret=demo_world().app.client_secret)
    assert ask(host, 1, host.registry.get("jira").connect_flow.verify).name == "Helpdesk Bot"
    with host.database.read() as session:
        attempts = list(session.scalars(select(ConnectAttempt)))
    assert not any(a.kept_sealed or a.arrived_sealed or a.authorized_sealed for a in attempts)


def test_a_site_with_confluence_only_is_no_site(signed_in, admin, simulator):
    client = signed_in(admin)
    answer = come_back(client, simulator, "acme-docs", scopes=("read:confluence-content.all", *SCOPES))
    assert "/failed/no_workspace" in answer.location


def test_a_permission_that_was_not_granted_is_named(client, simulator, host):
    before = snapshot(host)
    scopes = [scope for scope in SCOPES if scope != "write:jira-work"]
    answer = come_back(client, simulator, "acme", scopes=scopes)
    assert "/failed/scope_missing" in answer.location
    assert "write:jira-work" in client.get(answer.location).text
    assert [row[:4] for row in snapshot(host)] == [row[:4] for row in before]


def test_a_site_that_is_connected_already_is_left_as_it_is(client, host, simulator, registry):
    before = snapshot(host)
    answer = come_back(client, simulator, "beta")
    assert "/failed/already_connected" in answer.location
    assert snapshot(host) == before


def test_another_site_on_reauthorizing_is_refused_by_name(client, host, simulator):
    before = snapshot(host)
    answer = come_back(client, simulator, "acme", connection_id=1)
    assert "/failed/wrong_workspace" in answer.location
    assert "Expected beta, got acme." in client.get(answer.location).text
    assert snapshot(host) == before


def test_an_invalid_token_that_looks_like_an_empty_site_is_not_believed(client, host, simulator):
    """The token has ended, and Jira answers 200 with nothing in it: the helpdesk renews and reads the real list."""
    simulator.control.mask_invalid_tokens()
    simulator.control.expire_access_tokens()
    vocabulary = ask(host, 1, host.registry.get("jira").status_vocabulary.read)
    assert vocabulary.projects


def test_a_revoked_grant_waits_for_reauthorization_and_an_outage_does_not(client, host, simulator):
    read = host.registry.get("jira").status_vocabulary.read
    simulator.control.fault("searchProjects", "503-html")
    with pytest.raises(TemporarilyUnavailable):
        ask(host, 1, read)
    assert snapshot(host)[0][2] == ConnectionState.CONNECTED
    simulator.control.revoke_grant(BOT)
    with pytest.raises(AuthorizationLost):
        ask(host, 1, read)
    assert snapshot(host)[0][2] == ConnectionState.REAUTHORIZE
