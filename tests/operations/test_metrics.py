"""`/metrics`: true numbers in a format that Prometheus reads, for those who may read them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from helpdesk_core import __version__
from helpdesk_core.app import create_app
from helpdesk_core.connections.models import ConnectionState, Credential
from helpdesk_core.db import Database
from helpdesk_core.health.examining import examine
from helpdesk_core.health.record import rows_of
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.mapping.reading import refresh_vocabulary
from helpdesk_core.operations import metrics
from helpdesk_core.operations.metrics import expose
from helpdesk_core.sync.models import DeliveryState, Link, LinkState, Listening, StoredDelivery
from helpdesk_core.tickets.service import create_ticket
from helpdesk_core.values import Secret, Standing, Usage
from plugins.jira.simulator import Simulator
from tests.core.fake_tracker import ACME, BETA
from tests.core.linking_world import change_connection, connect
from tests.databases import KINDS, NewDatabase, all_tables
from tests.operations.place import Place, make_place
from tests.sync.stand import BOT, PROJECT, SITE, make_world

both = pytest.mark.parametrize("kind", KINDS)
PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
TOKEN = "a-token-of-prometheus"

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def registry() -> IntegrationRegistry:
    registry = IntegrationRegistry()
    registry.quarantine("acme", Origin(distribution="acme-helpdesk"), "It broke.")
    return registry


@pytest.fixture
def database(kind: str, new_database: NewDatabase) -> Iterator[Database]:
    """Return a database as `helpdesk init` makes it."""
    database = Database(new_database(kind, all_tables))
    yield database
    database.dispose()


def samples(text: str) -> Samples:
    """Return all samples of an answer by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(host) -> Samples:
    return samples(expose(host, "")[0].decode())


def value(found: Samples, name: str, **labels: object) -> float | None:
    return found.get((f"helpdesk_{name}", tuple(sorted((key, str(word)) for key, word in labels.items()))))


def add_link(host, connection_id: int, state: LinkState, **values: object) -> None:
    with host.database.write() as session:
        ticket = create_ticket(session, title="A ticket", body="", requester_name="Rae", by="Kim", now=host.now())
        row = {
            "ticket_id": ticket.id,
            "connection_id": connection_id,
            "issue_id": str(ticket.id),
            "issue_key": f"P-{ticket.id}",
            "issue_title": "",
            "issue_url": "",
            "project_id": "p",
            "kind_id": "k",
            "remote_status": "open",
            "base_remote": "open",
            "state": state,
            "state_since": host.now(),
            "wanted_at": host.now(),
            "created_at": host.now(),
        }
        session.add(Link(**{**row, **values}))


def add_delivery(host, state: DeliveryState, number: int) -> None:
    with host.database.write() as session:
        session.add(
            StoredDelivery(
                integration="fake",
                workspace_hint="",
                delivery_id=f"d-{number}",
                issue_id="1",
                received_at=host.now(),
                state=state,
            )
        )


@both
def test_links_are_counted_by_state_and_the_oldest_wait_is_the_lag(host, clock):
    acme, beta = connect(host), connect(host, BETA)
    earlier = clock()
    clock.advance(seconds=90)
    add_link(host, acme, LinkState.WAITING, wanted=2, done=1, wanted_at=earlier)
    add_link(host, acme, LinkState.WAITING, wanted=1)
    add_link(host, acme, LinkState.STOPPED)
    add_link(host, beta, LinkState.IN_STEP, wanted=1, done=1, wanted_at=earlier)
    found = read(host)
    for connection, counts in {acme: {"waiting": 2, "stopped": 1}, beta: {"in_step": 1}}.items():
        for state in LinkState:
            labels = {"integration": "fake", "connection": connection, "state": state}
            assert value(found, "links", **labels) == counts.get(state, 0)
    assert value(found, "sync_lag_seconds", integration="fake", connection=acme) == 90
    assert value(found, "sync_lag_seconds", integration="fake", connection=beta) == 0


@both
def test_a_connection_tells_state_pause_and_moments(host, clock):
    acme, beta = connect(host), connect(host, BETA)
    change_connection(host, acme, state=ConnectionState.REAUTHORIZE, paused_at=clock())
    heard, polled, expiry = (clock() + timedelta(hours=hours) for hours in (-2, -1, 700))
    with host.database.write() as session:
        session.add(Listening(connection_id=acme, heard_at=heard, polled_at=polled, expires_at=expiry))
        session.get_one(Credential, acme).consented_at = clock() - timedelta(days=80)
    found = read(host)
    of_acme, of_beta = ({"integration": "fake", "connection": each} for each in (acme, beta))
    assert value(found, "connection_state", **of_acme, state="reauthorize") == 1
    assert value(found, "connection_state", **of_acme, state="connected") == 0
    assert value(found, "connection_state", **of_beta, state="connected") == 1
    assert (value(found, "connection_paused", **of_acme), value(found, "connection_paused", **of_beta)) == (1, 0)
    assert value(found, "connection_last_delivery_timestamp_seconds", **of_acme) == heard.timestamp()
    assert value(found, "connection_last_poll_timestamp_seconds", **of_acme) == polled.timestamp()
    assert value(found, "subscription_expiry_timestamp_seconds", **of_acme) == expiry.timestamp()
    consented = (clock() - timedelta(days=80)).timestamp()
    assert value(found, "credential_consented_timestamp_seconds", **of_acme) == consented
    assert value(found, "credential_refreshed_timestamp_seconds", **of_beta) == clock().timestamp()
    assert value(found, "connection_last_delivery_timestamp_seconds", **of_beta) is None, "it has heard of nothing yet"


@both
def test_deliveries_are_counted_by_state(host):
    for number, state in enumerate([DeliveryState.WAITING, DeliveryState.UNROUTABLE, DeliveryState.UNROUTABLE]):
        add_delivery(host, state, number)
    found = read(host)
    counts = {state: value(found, "deliveries", integration="fake", state=state) for state in DeliveryState}
    assert counts == {"waiting": 1, "unroutable": 2, "done": 0}


@both
def test_the_job_engines_own_jobs_are_counted(host):
    jobs = DbosJobs(host.database)
    host = replace(host, jobs=jobs)
    assert value(read(host), "oldest_job_age_seconds") == 0
    with host.database.write() as session:
        jobs.enqueue(session, "a.kind", "a/key", seq=1)
    found = read(host)
    assert value(found, "jobs", state="waiting") == 1
    assert value(found, "jobs", state="broken") == 0
    assert value(found, "oldest_job_age_seconds") >= 0
    jobs.close()


def test_the_program_tells_its_version_and_what_is_quarantined(host):
    found = read(host)
    assert value(found, "build_info", version=__version__) == 1
    assert value(found, "integrations_quarantined") == 1


# ── what connections cost, and how they stand ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def place(kind: str, new_database: NewDatabase, tmp_path: Path, work) -> Iterator[Place]:
    with Simulator(make_world()).serve() as simulator:
        made = make_place(new_database(kind, all_tables), str(tmp_path / "data"), simulator, work)
        yield made
        made.stand.host.database.dispose()


def scrape(host) -> Samples:
    """Ask the address, which has this process' own counts written down."""
    answer = create_app(host, session_key="only for tests").test_client().get("/metrics")
    assert answer.status_code == 200
    return samples(answer.text)


JIRA = {"integration": "jira", "connection": 1}


@both
def test_calls_points_and_refreshes_are_what_the_remote_system_counted(place):
    host, control = place.stand.host, place.stand.simulator.control
    before, points = scrape(host), control.points(SITE)
    refresh_vocabulary(host, 1)
    after = scrape(host)
    made = place.stand.calls()

    def rise(name: str) -> float:
        return value(after, name, **JIRA) - value(before, name, **JIRA)

    assert rise("calls_total") == sum(made.values()), made
    assert rise("budget_points_spent_total") == control.points(SITE) - points
    assert rise("credential_refreshes_total") == 0
    assert value(after, "connection_failing", **JIRA) == 0
    assert value(after, "connection_answered_timestamp_seconds", **JIRA) > value(
        before, "credential_consented_timestamp_seconds", **JIRA
    )
    control.expire_access_tokens()
    refresh_vocabulary(host, 1)
    after = scrape(host)
    assert rise("credential_refreshes_total") == place.stand.calls()["token.refresh_token"] == 1


@both
def test_a_budget_is_told_until_it_is_whole_again(place):
    host = place.stand.host
    host.tally.spend(1, Usage(points=5, left=95, limit=100, resets_in=600), now=host.now())
    found = scrape(host)
    assert (value(found, "budget_points_left", **JIRA), value(found, "budget_points_limit", **JIRA)) == (95, 100)
    host.tally.spend(1, Usage(points=5, left=90, limit=100, resets_in=0), now=host.now())
    found = scrape(host)
    assert (value(found, "budget_points_left", **JIRA), value(found, "budget_points_limit", **JIRA)) == (None, None)


@both
def test_checks_and_repair_items_are_counted_as_settings_shows_them(place):
    stand = place.stand
    stand.simulator.control.set_permissions(SITE, BOT, ["BROWSE_PROJECTS"], PROJECT)
    examine(stand.host, 1)
    found = scrape(stand.host)
    with stand.host.database.read() as session:
        rows = rows_of(session, 1)
    for standing in Standing:
        expected = sum(row.standing == standing for row in rows)
        assert value(found, "health_checks", **JIRA, standing=standing) == expected
    assert value(found, "health_checks", **JIRA, standing="trouble") > 0
    assert value(found, "repair_items", **JIRA, severity="error") == 1, "moves are used, comments and creating are not"
    assert value(found, "repair_items", **JIRA, severity="warning") == 1
    assert value(found, "connection_examined_timestamp_seconds", **JIRA) > 1e9


@both
def test_an_outage_is_failing_and_an_ended_connection_is_not(place):
    host = place.stand.host
    place.stand.simulator.control.fault("*", "503-html", times=None)
    examine(host, 1)
    assert value(scrape(host), "connection_failing", **JIRA) == 1
    change_connection(host, 1, state=ConnectionState.DISCONNECTED)
    found = scrape(host)
    assert value(found, "connection_failing", **JIRA) is None
    assert value(found, "repair_items", **JIRA, severity="error") is None
    assert value(found, "calls_total", **JIRA) > 0, "a counter that goes away looks like one that begins anew"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_busy_database_does_not_keep_metrics_from_being_read(host, monkeypatch):
    acme = connect(host)
    monkeypatch.setattr(metrics, "PATIENCE_S", 0.01)
    labels = {"integration": "fake", "connection": acme}
    with host.database.write() as session:
        session.execute(text("SELECT 1"))  # the write lock is taken
        host.tally.call(acme)
        assert value(scrape(host), "calls_total", **labels) == 0
    for thread in threading.enumerate():
        if thread.name == metrics.WRITER:
            thread.join()
    assert value(scrape(host), "calls_total", **labels) == 1


# ── their form ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_names_and_labels_keep_to_conventions_and_no_workspace_is_named(host):
    acme = connect(host)
    add_link(host, acme, LinkState.WAITING, wanted=1)
    add_delivery(host, DeliveryState.WAITING, 1)
    text = expose(host, "")[0].decode()
    for (name, labels), number in samples(text).items():
        assert name.startswith("helpdesk_")
        assert {label for label, _ in labels} <= {
            *("integration", "connection", "state", "standing", "severity", "version")
        }
        if name.endswith("timestamp_seconds"):
            assert number > 1e9
    assert ACME.name not in re.sub(r"^#.*", "", text, flags=re.MULTILINE)


def test_the_document_lists_every_metric(host):
    connect(host)
    told = {family.name for family in text_string_to_metric_families(expose(host, "")[0].decode())}
    listed = set(re.findall(r"^\| `(helpdesk_\w+)", PAGE, flags=re.MULTILINE))
    assert set(map(plain, listed)) == set(map(plain, told))


def plain(name: str) -> str:
    """Return a metric's name without the ending that one format has and the other has not."""
    return name.removesuffix("_info").removesuffix("_total")


def test_openmetrics_is_spoken_to_those_who_ask_for_it(host):
    connect(host)
    body, content_type = expose(host, "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert {family.name for family in openmetrics.text_string_to_metric_families(body.decode())} >= {"helpdesk_links"}


def test_another_concern_adds_a_family(host):
    def points(asked, session):
        assert asked is host
        yield GaugeMetricFamily("helpdesk_points", "Points.", value=len(session.identity_map))

    assert value(samples(expose(host, "", (points,))[0].decode()), "points") == 0


# ── who may read them ─────────────────────────────────────────────────────────────────────────────────────────────────


def opened(host, **options: object) -> FlaskClient:
    return create_app(host, session_key="only for tests", **options).test_client()


def test_without_a_token_this_machine_may_read_them(host):
    answer = opened(host).get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert samples(answer.text)


@pytest.mark.parametrize(
    "signs",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Forwarded": "for=192.0.2.7"}},
        {"headers": {"Via": "1.1 proxy"}},
        {"headers": {"Host": "help.example.com"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}, "environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
    ],
)
def test_without_a_token_nobody_else_may_and_is_told_how(host, signs):
    answer = opened(host).get("/metrics", **signs)
    assert answer.status_code == 403
    assert "HELPDESK_METRICS_TOKEN" in answer.text
    assert "helpdesk_links" not in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_this_machine_has_several_names(host, name):
    assert opened(host).get("/metrics", headers={"Host": name}).status_code == 200


def test_with_a_token_only_who_shows_it_may_read_them_from_wherever(host):
    client = opened(host, metrics_token=Secret(TOKEN))
    far = {"REMOTE_ADDR": "192.0.2.7"}
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": TOKEN}):
        answer = client.get("/metrics", headers=header)
        assert answer.status_code == 401, "this machine needs it too"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in answer.text
    given = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, environ_base=far)
    assert given.status_code == 200
