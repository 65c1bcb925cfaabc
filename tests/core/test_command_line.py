"""The command line with the installed plugins, on a folder of its own. Only what serves gets a process of its own."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from helpdesk_core.cli import command
from plugins.registry import build_registry

HELPDESK = Path(sys.executable).with_name("helpdesk")
PASSWORD = "correct horse battery"


@pytest.fixture
def environ(tmp_path, monkeypatch):
    """The variables of a helpdesk with a data directory of its own, which this process has too."""
    for name in [name for name in os.environ if name.startswith("HELPDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HELPDESK_DATA_DIR", str(tmp_path / "data"))
    return dict(os.environ)


@pytest.fixture
def run(environ):
    """Return a function that gives a command."""

    def run(*arguments: str, **variables: str) -> Result:
        return CliRunner().invoke(command, arguments, obj=build_registry, env=variables)

    return run


@pytest.fixture
def ready(run, tmp_path):
    """Return the same function, with a first admin made."""
    (tmp_path / "password").write_text(PASSWORD)
    answer = run("init", "--email", "a@b.example", "--name", "Ann", "--password-file", str(tmp_path / "password"))
    assert answer.exit_code == 0, answer.stderr
    assert "Ann can sign in now." in answer.stdout
    return run


def test_init_may_be_run_again(ready):
    answer = ready("init")
    assert answer.exit_code == 0
    assert "There is an admin already." in answer.stdout


def test_without_init_a_command_says_what_to_run(run):
    answer = run("connections", "list")
    assert answer.exit_code == 1
    assert "Run `helpdesk init` first." in answer.stderr
    assert isinstance(answer.exception, SystemExit)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HELPDESK_DATABASE_URL", "mysql://x/y"),
        ("HELPDESK_BASE_URL", "helpdesk.example"),
        ("HELPDESK_KEYS", "not-a-key"),
    ],
)
def test_a_wrong_variable_is_named(run, variable, value):
    answer = run("connections", "list", **{variable: value})
    assert answer.exit_code == 1
    assert variable in answer.stderr
    assert isinstance(answer.exception, SystemExit)


def test_a_key_file_that_holds_nothing_is_named(ready, environ):
    file = Path(environ["HELPDESK_DATA_DIR"]) / "session-key"
    file.write_text("")
    answer = ready("plugins", "list")
    assert answer.exit_code == 1
    assert f"The key file {file} is empty" in answer.stderr


def test_the_key_files_are_private(ready, environ):
    for name in ("keys", "session-key"):
        assert (Path(environ["HELPDESK_DATA_DIR"]) / name).stat().st_mode & 0o077 == 0


def test_plugins_are_listed_with_state_origin_and_hooks(ready):
    answer = ready("plugins", "list")
    assert re.match(r"jira  enabled  helpdesk \d\S*  helpdesk_settings_card ", answer.stdout), answer.stdout


def test_plugins_are_listed_where_nothing_was_set_up_and_nothing_is_made(run, tmp_path):
    answer = run("plugins", "list")
    assert answer.stdout.startswith("jira  installed  helpdesk "), answer.output
    assert not (tmp_path / "data").exists()


def test_rotating_keys_adds_one_in_front(ready, environ):
    file = Path(environ["HELPDESK_DATA_DIR"]) / "keys"
    before = file.read_text().split()
    answer = ready("keys", "rotate")
    assert answer.exit_code == 0, answer.stderr
    after = file.read_text().split()
    assert after[1:] == before
    assert after[0] not in answer.stdout


def test_no_connections_are_an_empty_list(ready):
    answer = ready("connections", "list")
    assert (answer.exit_code, answer.stdout) == (0, "")


def test_run_serves_the_sign_in_page(ready, environ):
    port = _free_port()
    environ |= {"HELPDESK_BASE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([HELPDESK, "run", "--port", str(port)], env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert "Helpdesk: http://127.0.0.1" in process.stdout.readline()
        answer = _first_answer(f"http://127.0.0.1:{port}/sign-in")
        assert "E-mail address" in answer.text
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def _free_port() -> int:
    """Find a port below those that the system gives away, so that no other test gets it meanwhile."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    pytest.fail("no port is free")


def _first_answer(address: str) -> requests.Response:
    for _ in range(100):
        try:
            return requests.get(address, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"nothing answers at {address}")
