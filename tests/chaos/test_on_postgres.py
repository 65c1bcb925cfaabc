"""Chaos on PostgreSQL: two workers, which take over what the other leaves."""

from __future__ import annotations

import logging

import pytest

from tests.chaos.story import SAMPLE, WHOLE, live_through

pytestmark = [pytest.mark.chaos, pytest.mark.postgres]


def test_both_sides_agree_after_chaos(postgres_url, tell, caplog, sampled):
    caplog.set_level(logging.CRITICAL)  # hundreds of faults are warned of, and all are meant
    tell.line("chaos", live_through("postgres", postgres_url, ("worker-1", "worker-2"), SAMPLE if sampled else WHOLE))
