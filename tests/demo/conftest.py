"""A running demo, and the workflows that the tour walks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.demo.cast import Cast
from plugins.demo.program import HURRY
from plugins.demo.serving import Running, running
from plugins.demo.tour import STORY, title_of
from plugins.demo.worlds import make_cast
from plugins.jira.simulator import demo_world

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = Path(os.environ.get("HELPDESK_WORKFLOWS") or ROOT.parent / "shared" / "data" / "workflows")


def assert_every_step_is_told(lines: list[str]) -> None:
    """Look at what a whole tour printed."""
    assert len(STORY) >= 12
    *steps, last = lines
    for number, (step, line) in enumerate(zip(STORY, steps, strict=True), 1):
        assert re.fullmatch(rf"✓ {number:02} {re.escape(title_of(step))}: .+", line)
    assert re.fullmatch(rf"All {len(STORY)} steps went well, in \d+\.\d s\.", last)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Running]:
    """Serve the demo world as the tour finds it: nobody has entered the app's client id and secret."""
    with running(demo_world(), tmp_path, pace=HURRY) as here:
        yield here


@pytest.fixture
def cast(here: Running) -> Cast:
    return make_cast(here, demo_world())
