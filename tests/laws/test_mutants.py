"""Every mutant breaks a law: the laws are strong enough to notice each of these mistakes."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.ledger import Broken
from tests.laws.machine import Histories
from tests.laws.mutants import MUTANTS, Mutant
from tests.laws.test_laws import HISTORIES, SECTION

pytestmark = pytest.mark.laws

QUICK = settings(HISTORIES, phases=[Phase.generate], print_blob=False)


def live_through(mutant: Mutant) -> None:
    if mutant.story:
        mutant.story().rest()
    else:
        run_state_machine_as_test(Histories, settings=QUICK)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_breaks_a_law(mutant, monkeypatch, tell):
    mutant.patch(monkeypatch)
    Histories.count = 0
    with pytest.raises(Broken) as caught:
        live_through(mutant)
    where = f"when {mutant.story.__name__.replace('_', ' ')}" if mutant.story else f"in history {Histories.count}"
    tell.line(SECTION, f"mutant “{mutant.name}” broke law {caught.value.law.value}, {where}")
    assert caught.value.law in mutant.breaks
