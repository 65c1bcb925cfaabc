"""One refresh for everybody: across threads and processes, on both databases, against the simulator over real HTTP.

Atlassian ends the whole grant when a refresh token is used twice outside its leeway, so a second refresh is not waste
but the loss of the connection (https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import update

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, ConnectionState, Credential
from helpdesk_core.db import Database
from helpdesk_core.host import Host
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.values import Credentials, Secret
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator, demo_world
from plugins.registry import build_registry
from tests.conftest import PASSWORD, note_failure
from tests.databases import KINDS, NewDatabase, our_tables

PROCESSES = 4
THREADS = 8
REFRESH = "token.refresh_token"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world("http://helpdesk.test/integrations/jira/callback")).serve() as simulator:
        yield simulator


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def orders(simulator: Simulator, kind: str, new_database: NewDatabase) -> dict[str, Any]:
    """Return what every process of the test needs to know."""
    app = demo_world().app
    return {
        "database_url": new_database(kind, our_tables),
        "key": Vault.new_key().reveal(),
        "jira": {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "auth_url": simulator.url,
            "api_url": simulator.url,
        },
        "connection_id": 1,
        "threads": THREADS,
    }


@pytest.fixture
def host(orders: dict[str, Any]) -> Iterator[Host]:
    database = Database(orders["database_url"])
    yield Host(
        jobs=MemoryJobs(Work(failed=note_failure)),
        database=database,
        vault=Vault([Secret(orders["key"])]),
        registry=build_registry(),
        base_url="http://helpdesk.test",
        preset_settings=lambda _key: orders["jira"],
    )
    database.dispose()


@pytest.fixture
def expired(host: Host, simulator: Simulator, orders: dict[str, Any]) -> None:
    """Save a connection to acme whose access token has just ended."""
    world = demo_world()
    scopes = ["read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook", "offline_access"]
    code = simulator.control.consent("helpdesk-bot@acme.example", ["acme"], scopes)
    answer = requests.post(
        f"{simulator.url}/oauth/token",
        json={
            "grant_type": "authorization_code",
            "client_id": world.app.client_id,
            "client_secret": world.app.client_secret,
            "code": code,
            "redirect_uri": "http://helpdesk.test/integrations/jira/callback",
        },
        timeout=10,
    ).json()
    now = datetime.now(UTC)
    (acme,) = [site for site in world.sites if site.name == "acme"]
    with host.database.write() as session:
        admin = create_user(
            session, email="d@acme.example", name="Dana", password=Secret(PASSWORD), role=Role.ADMIN, now=now
        )
        session.add(
            Connection(
                integration="jira",
                workspace_id=acme.id,
                workspace_name=acme.name,
                workspace_url="https://acme.atlassian.net",
                state=ConnectionState.CONNECTED,
                state_since=now,
                account_id="bot",
                account_name="Helpdesk Bot",
                connected_by_id=admin.id,
                connected_at=now,
            )
        )
        session.flush()
        credentials = Credentials(
            access_token=Secret(answer["access_token"]),
            refresh_token=Secret(answer["refresh_token"]),
            expires_at=now - timedelta(seconds=1),
            scopes=frozenset(answer["scope"].split()),
        )
        store_new(host, session, 1, credentials)
    simulator.control.expire_access_tokens()
    simulator.control.reset_calls()


def start(orders: dict[str, Any], **changes: Any) -> subprocess.Popen[str]:
    """Start a worker process and give it its orders."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.single_flight.worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps({**orders, **changes}))
    process.stdin.close()
    return process


def answers_of(process: subprocess.Popen[str]) -> Counter[str]:
    """Wait for a worker and return what its calls were answered."""
    assert process.stdout
    with process.stdout:
        line = process.stdout.read()
    assert process.wait(60) == 0
    return Counter(json.loads(line))


def refreshes(simulator: Simulator) -> int:
    return simulator.control.counts().get(REFRESH, 0)


@pytest.mark.usefixtures("expired")
def test_many_callers_in_many_processes_cause_one_refresh_and_all_are_answered(orders, simulator):
    simulator.control.fault(REFRESH, "slow", seconds=1.0)
    workers = [start(orders) for _ in range(PROCESSES)]
    answers = sum((answers_of(worker) for worker in workers), Counter())
    assert answers == {"Helpdesk Bot": PROCESSES * THREADS}
    assert refreshes(simulator) == 1


@pytest.mark.usefixtures("expired")
def test_writers_write_while_the_refresh_is_in_flight(orders, host, simulator):
    simulator.control.fault(REFRESH, "slow", seconds=3.0)
    worker = start(orders)
    while not (lease := read_credential(host).lease_owner):
        assert worker.poll() is None
    for number in range(5):
        with host.database.write() as session:
            session.add(
                User(
                    email=f"{number}@acme.example",
                    name="New",
                    password_hash="x",
                    role=Role.AGENT,
                    created_at=datetime.now(UTC),
                )
            )
    still = read_credential(host)
    assert (still.lease_owner, still.generation) == (lease, 1), "the refresh was over before the writers were done"
    assert answers_of(worker) == {"Helpdesk Bot": THREADS}
    assert refreshes(simulator) == 1


@pytest.mark.usefixtures("expired")
def test_after_the_refresher_was_killed_in_mid_flight_the_next_one_succeeds(orders, host, simulator):
    worker = start(orders, threads=1, hang_after_refresh=True)
    assert worker.stdout
    with worker.stdout:
        assert worker.stdout.readline() == "tokens arrived\n"
        worker.kill()
        worker.wait(10)
    assert read_credential(host).generation == 1, "nothing was saved: the new pair is lost"
    end_lease(host)
    assert answers_of(start(orders)) == {"Helpdesk Bot": THREADS}
    assert refreshes(simulator) == 2
    assert read_credential(host).generation == 2
    simulator.control.expire_access_tokens()
    assert ask(host, 1, host.registry.get("jira").connect_flow.verify).name == "Helpdesk Bot"
    assert read_credential(host).generation == 3


def read_credential(host: Host) -> Credential:
    with host.database.read() as session:
        return session.get_one(Credential, 1)


def end_lease(host: Host) -> None:
    """Let the dead process' lease run out without waiting a minute for it."""
    with host.database.write() as session:
        session.execute(update(Credential).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
