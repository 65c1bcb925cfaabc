"""The tutorial is true: its files are written and its commands run, in order, and they print what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "plugins" / "tutorial.md"
FILE = r"^`(?P<file>[\w/.]+)`:\n\n```python\n(?P<text>.*?)^```$"
COMMAND = r"^```console\n\$ (?P<command>[^\n]+)\n(?P<told>.*?)^```$"
STEP = re.compile(f"{FILE}|{COMMAND}", re.MULTILINE | re.DOTALL)


def test_the_tutorial_leads_from_an_empty_folder_to_a_plugin_that_keeps_every_contract(tmp_path):
    steps = list(STEP.finditer(PAGE.read_text(encoding="utf-8")))
    commands = [step["command"] for step in steps if step["command"]]
    assert len(steps) - len(commands) >= 6, "the page's files were not found"
    assert commands[0] == "helpdesk plugins new acme"
    assert commands[-1] == "pytest"
    for step in steps:
        if step["file"]:
            (tmp_path / "helpdesk-acme" / step["file"]).write_text(step["text"], encoding="utf-8")
        else:
            _run(tmp_path, step["command"], step["told"].strip())


def _run(folder: Path, command: str, told: str) -> None:
    """Run a command of the page where the reader would, and look for what it is said to print."""
    started = folder / "helpdesk-acme"
    program, *arguments = _words(command)
    run = [str(Path(sys.executable).with_name(program)), *arguments]
    if program == "pytest":
        run += ["-p", "no:cacheprovider"]
    answer = subprocess.run(
        run,
        cwd=started if started.exists() else folder,
        env=os.environ | {"PYTHONPATH": str(started)},  # in place of the installation, which the wheel's test does
        capture_output=True,
        text=True,
        check=False,
    )
    printed = " ".join((answer.stdout + answer.stderr).split())
    assert " ".join(told.split()) in printed, f"{command} printed:\n{answer.stdout[-3000:]}{answer.stderr[-1000:]}"
    assert "failed" not in printed or "-x" in arguments, printed[-3000:]


def _words(command: str) -> list[str]:
    return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', command)]
