"""What a test tells is printed at the end, by one process as by many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTS = """
import pytest

@pytest.mark.parametrize("name", ["b", "a"])
def test_counts(name, tell):
    tell.row("found", name, {"all": 3, "special": 1})

def test_says(tell):
    tell.line("proved", "7 things")
    assert False, "what a failing test told is printed too"
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_lines_and_tables_are_printed(tmp_path, processes):
    (tmp_path / "conftest.py").write_text("from tests.telling import pytest_terminal_summary, tell\n")
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\n")
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "no:cacheprovider", "-n", processes]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the others only cost time
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[lines.index(heading(lines, "proved")) + 1] == "7 things"
    table = lines.index(heading(lines, "found")) + 1
    assert [line.split() for line in lines[table : table + 4]] == [
        ["all", "special"],
        ["a", "3", "1"],
        ["b", "3", "1"],
        ["total", "6", "2"],
    ]


def heading(lines: list[str], title: str) -> str:
    return next(line for line in lines if line.strip("= ") == title)
