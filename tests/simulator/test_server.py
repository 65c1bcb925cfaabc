"""The simulator over real HTTP: as a server in a thread, and as a program."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from plugins.jira.simulator import Simulator, demo_world
from plugins.jira.simulator.program import command
from tests.simulator.driving import ALL_SCOPES, DANA

CALLBACK = "http://127.0.0.1:9/callback"


def connect(simulator: Simulator) -> dict[str, str]:
    body = {
        "grant_type": "authorization_code",
        "client_id": "demo-client-id",
        "client_secret": "demo-client-secret",
        "code": simulator.control.consent(DANA, ["acme"], ALL_SCOPES),
        "redirect_uri": CALLBACK,
    }
    answer = requests.post(f"{simulator.url}/oauth/token", json=body, timeout=5)
    found: dict[str, str] = answer.json()
    return found


def test_serves_many_callers_at_once() -> None:
    with Simulator(demo_world(CALLBACK)).serve() as simulator:
        header = {"Authorization": f"Bearer {connect(simulator)['access_token']}"}
        site = simulator.state.site("acme").site.id
        url = f"{simulator.url}/ex/jira/{site}/rest/api/3/project/search"

        def call(_: int) -> int:
            return requests.get(url, headers=header, timeout=10).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(call, range(40))) == {200}
        assert simulator.control.counts()["searchProjects"] == 40
        assert requests.get(simulator.url, timeout=5).headers["Server"] == "AtlassianEdge"


@pytest.mark.parametrize("effect", ["drop", "lose-answer"])
def test_a_dropped_connection_has_no_answer_and_the_next_call_has(effect: str) -> None:
    with Simulator(demo_world(CALLBACK)).serve() as simulator:
        simulator.control.fault("home", effect)
        with requests.Session() as session:
            with pytest.raises(requests.ConnectionError):
                session.get(simulator.url, timeout=5)
            assert session.get(simulator.url, timeout=5).status_code == 200
        assert [call.status for call in simulator.control.calls()][1] == 200


def test_starts_once_and_stops_as_often_as_told() -> None:
    simulator = Simulator(demo_world())
    with pytest.raises(RuntimeError, match="start"):
        _ = simulator.url
    simulator.start()
    with pytest.raises(RuntimeError, match="already"):
        simulator.start()
    simulator.stop()
    simulator.stop()


def test_logs_paths_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with Simulator(demo_world(CALLBACK)).serve() as simulator:
        tokens = connect(simulator)
        requests.get(f"{simulator.url}/authorize?state=hush", timeout=5, allow_redirects=False)
    ours = "\n".join(record.getMessage() for record in caplog.records if "urllib3" not in record.name)
    assert "GET /authorize" in ours
    assert "hush" not in ours
    assert not [token for token in (tokens["access_token"], tokens["refresh_token"]) if token in ours]


def test_runs_as_a_program() -> None:
    program = "from plugins.jira.simulator.program import command; command()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "--port", "0", "--callback", CALLBACK],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[3]
        page = requests.get(url, timeout=10).text
        process.terminate()
    assert CALLBACK in page


def test_the_program_names_what_is_wrong(tmp_path: Path) -> None:
    absent = CliRunner().invoke(command, ["--world", str(tmp_path / "absent.json")])
    assert absent.exit_code == 1
    assert "cannot be read" in absent.output
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = CliRunner().invoke(command, ["--port", port])
    assert busy.exit_code != 0
