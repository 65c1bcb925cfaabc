"""The same tour where the web process only serves, and a `helpdesk worker` beside it keeps tickets in step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugins.demo.serving import Running, running
from plugins.demo.tour import walk
from plugins.demo.worlds import make_cast, read_world

ROOT = Path(__file__).parents[2]
PROGRAM = "from plugins.registry import main; main()"


@contextmanager
def worker(here: Running, data_dir: Path, database_url: str) -> Iterator[None]:
    """Run `helpdesk worker` as an operator would, and stop it in order."""
    settings = {
        "HELPDESK_DATA_DIR": str(data_dir),
        "HELPDESK_DATABASE_URL": database_url,
        "HELPDESK_BASE_URL": here.helpdesk_url,
        "HELPDESK_JIRA_AUTH_URL": here.simulator.url,
        "HELPDESK_JIRA_API_URL": here.simulator.url,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "worker", "--name", "worker-1"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout:
        assert process.stdout.readline().startswith("Worker worker-1 keeps tickets and issues in step")
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) == 0


@pytest.mark.tour
@pytest.mark.postgres
def test_the_tour_passes_with_a_worker_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    world, lines = read_world(None), list[str]()
    with (
        running(world, tmp_path, database_url=postgres_url, works=False) as here,
        worker(here, tmp_path, postgres_url),
    ):
        assert walk(make_cast(here, world), say=lines.append), lines[-1]
    assert any("Pause the connection" in line for line in lines)
