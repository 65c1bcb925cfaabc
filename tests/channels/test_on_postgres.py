"""A channel under chaos on PostgreSQL: two workers, which take over what the other leaves."""

from __future__ import annotations

import logging

import pytest

from tests.channels.story import live_through
from tests.channels.traffic import SAMPLE, WHOLE

pytestmark = [pytest.mark.channels, pytest.mark.postgres]


def test_every_ticket_has_one_issue_and_every_word_stands_once(postgres_url, tell, caplog, sampled):
    caplog.set_level(logging.CRITICAL)  # hundreds of faults are warned of, and all are meant
    tell.line(
        "channels", live_through("postgres", postgres_url, ("worker-1", "worker-2"), SAMPLE if sampled else WHOLE)
    )
