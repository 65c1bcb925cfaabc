"""A channel under chaos on SQLite: one worker, as inside the web process."""

from __future__ import annotations

import logging

import pytest

from tests.channels.story import live_through
from tests.channels.traffic import SAMPLE, WHOLE

pytestmark = pytest.mark.channels


def test_every_ticket_has_one_issue_and_every_word_stands_once(tmp_path, tell, caplog, sampled):
    caplog.set_level(logging.CRITICAL)  # hundreds of faults are warned of, and all are meant
    tell.line(
        "channels",
        live_through("sqlite", f"sqlite:///{tmp_path / 'channels.db'}", ("web",), SAMPLE if sampled else WHOLE),
    )
