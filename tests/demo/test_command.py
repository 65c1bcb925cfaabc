"""`helpdesk demo` as people start it: what it prints, how it stops, what it says when it cannot start."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from helpdesk_core.cli import command
from plugins.demo.program import demo
from plugins.registry import build_registry
from tests.demo.conftest import ROOT, assert_every_step_is_told

HELPDESK = (sys.executable, "-c", "from plugins.registry import main; main()")
LAST_WORDS = "The demo is stopped."


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `helpdesk demo` and read what it prints until it serves."""
    any_ports = ("--port", "0", "--simulator-port", "0")
    with subprocess.Popen(
        [*HELPDESK, "demo", *any_ports, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            printed = ""
            while "Ctrl+C" not in printed and (line := process.stdout.readline()):
                printed += line
            yield process, printed
        finally:
            process.kill()


def run(*arguments: str) -> Result:
    command.add_command(demo)
    return CliRunner().invoke(command, ["demo", *arguments], obj=build_registry)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_both_sides_tells_who_signs_in_and_stops_in_order(number: signal.Signals, tmp_path: Path) -> None:
    with started("--data-dir", str(tmp_path)) as (process, printed):
        helpdesk, atlassian = re.findall(r"http://127\.0\.0\.1:\d+/", printed)
        assert requests.get(helpdesk, timeout=10).url == f"{helpdesk}sign-in?next=%2F"
        assert "Jira Cloud simulator" in requests.get(atlassian, timeout=10).text
        for sign_in in ("dana@helpdesk.example", "alex@helpdesk.example", "helpdesk-bot@acme.example"):
            assert re.search(rf"{re.escape(sign_in)} +\S+", printed)
        assert "press Connect" in printed
        process.send_signal(number)
        rest, complaints = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rest.splitlines()[-1] == LAST_WORDS
    assert complaints == ""


@pytest.mark.tour
@pytest.mark.soak  # in a sample, test_secrecy.py takes the same tour and looks at the same lines
def test_the_tour_prints_each_step_and_exits_with_0(tmp_path: Path) -> None:
    done = subprocess.run(
        [*HELPDESK, "demo", "--tour"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert_every_step_is_told(done.stdout.splitlines())
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == [], "the tour leaves nothing behind"


@pytest.mark.tour
def test_a_tour_that_fails_says_where_and_exits_with_1(tmp_path: Path) -> None:
    """Here the operator forgot to tick a permission, so Atlassian refuses before it asks for consent."""
    world = json.loads((files("plugins.jira.simulator") / "worlds" / "demo.json").read_text())
    world["app"]["scopes"].remove("manage:jira-webhook")
    file = tmp_path / "world.json"
    file.write_text(json.dumps(world))
    done = run("--tour", "--world", str(file))
    assert done.exit_code == 1
    last = done.output.splitlines()[-1]
    assert last.startswith("✗ 05 Press Connect, and sign in at Atlassian: ")
    assert "answered 400" in last


@pytest.mark.parametrize("option", ["--port", "--simulator-port"])
def test_a_port_that_is_taken_is_named_with_its_option(option: str, tmp_path: Path) -> None:
    other = {"--port": "--simulator-port", "--simulator-port": "--port"}[option]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(option, str(port), other, "0", "--data-dir", str(tmp_path / "demo"))
    assert done.exit_code == 1
    assert f"Cannot listen on 127.0.0.1:{port} (Address already in use)." in done.output
    assert f"Choose another port with {option}, or 0 for any." in done.output
    assert not (tmp_path / "demo").exists(), "nothing was touched"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "write an object"),
        ('{"statuses": [{}], "transitions": []}', "looks like a workflow"),
        ('{"statuses": [], "transitions": []}', "looks like a workflow"),
    ],
)
def test_a_world_that_cannot_be_read_is_refused_in_words(content: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(content)
    done = run("--tour", "--world", str(file))
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert complaint in done.output


def test_a_world_in_which_nobody_can_connect_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    world = json.loads((files("plugins.jira.simulator") / "worlds" / "demo.json").read_text())
    world["app"] |= {"shared": False, "owner": "712020:1f2e8d47-90ab-4c37-8d11-7b3c6f5e0a03"}  # Sam has no site
    file = tmp_path / "world.json"
    file.write_text(json.dumps(world))
    done = run("--world", str(file), "--port", "0", "--simulator-port", "0", "--data-dir", str(tmp_path / "demo"))
    assert done.exit_code == 1
    assert "nobody in this world can connect" in done.output


def test_its_help_names_every_option() -> None:
    done = run("--help")
    assert done.exit_code == 0
    for option in ("--tour", "--world", "--port", "--simulator-port", "--data-dir", "--keep"):
        assert option in done.output
