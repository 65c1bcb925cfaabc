"""Chaos on SQLite: one worker, as inside the web process."""

from __future__ import annotations

import logging

import pytest

from tests.chaos.story import SAMPLE, WHOLE, live_through

pytestmark = pytest.mark.chaos


def test_both_sides_agree_after_chaos(tmp_path, tell, caplog, sampled):
    caplog.set_level(logging.CRITICAL)  # hundreds of faults are warned of, and all are meant
    tell.line(
        "chaos", live_through("sqlite", f"sqlite:///{tmp_path / 'chaos.db'}", ("web",), SAMPLE if sampled else WHOLE)
    )
