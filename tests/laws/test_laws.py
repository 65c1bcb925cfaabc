"""The five laws hold under thousands of histories: `pytest -m laws` prints how many."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.machine import Histories
from tests.laws.production import Production, make_template, watched
from tests.laws.stories import STORIES
from tests.laws.two_trackers import HistoriesOfTwo, HistoriesOfTwoOnSQLite

pytestmark = pytest.mark.laws

SECTION = "laws: random histories, and the mutants that break a law"

HISTORIES = settings(
    max_examples=2000,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def test_the_five_laws_hold(tell, sampled):
    wanted, Histories.count = 300 if sampled else 2000, 0
    run_state_machine_as_test(Histories, settings=settings(HISTORIES, max_examples=wanted, stateful_step_count=30))
    tell.line(SECTION, f"{Histories.count} histories kept the five laws")
    assert Histories.count >= wanted


class HistoriesOnSQLite(Histories):
    """The same over the production's rows and services."""

    make = Production


@pytest.mark.parametrize("histories", [HistoriesOnSQLite, HistoriesOfTwoOnSQLite], ids=["one link", "two links"])
def test_the_five_laws_hold_on_sqlite(histories, tell, tmp_path, monkeypatch, sampled):
    Production.template = make_template(tmp_path / "template.db")
    wanted, histories.count = 25 if sampled else 100, 0
    with watched(monkeypatch):
        run_state_machine_as_test(histories, settings=settings(HISTORIES, max_examples=wanted, stateful_step_count=12))
    tell.line(SECTION, f"{histories.count} histories kept the five laws on SQLite ({histories.__name__})")
    assert histories.count >= wanted


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.replace("_", " "))
def test_they_hold_in_a_rare_moment(story):
    story().rest()


def test_the_five_laws_hold_over_two_links(tell, sampled):
    """One ticket, two remote systems: each link keeps the laws, whatever comes from the other."""
    wanted, HistoriesOfTwo.count = 300 if sampled else 2000, 0
    run_state_machine_as_test(HistoriesOfTwo, settings=settings(HISTORIES, max_examples=wanted, stateful_step_count=30))
    tell.line(SECTION, f"{HistoriesOfTwo.count} histories of tickets with two links kept the five laws")
    assert HistoriesOfTwo.count >= wanted
