"""Every rule of the contracts bites: each mutant breaks the one rule that names its mistake, and no other.

The whole `IntegrationContract` is run against each mutant, so this is a table of mutants and rules, of which every row
has one entry. `make test` takes every sixth row; `pytest -m contract` takes all.
"""

from __future__ import annotations

import pytest

from helpdesk_core.testing import IntegrationContract
from tests.contracts.mutants import BEDS, MUTANTS
from tests.contracts.mutants.trial import try_out

pytestmark = pytest.mark.contract

SAMPLE = 6
RULES = [name for name in dir(IntegrationContract) if name.startswith("test_")]
WITHOUT: dict[str, str] = {}
"""Rules that no mutant can break, each with the reason."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.soak] if number % SAMPLE else []) for number, name in enumerate(MUTANTS)],
)
def test_a_mutant_breaks_its_rule_and_no_other(name):
    mutant = MUTANTS[name]
    trial = try_out(mutant)
    others = "\n".join(f"{rule}: {trial.reasons[rule]}" for rule in trial.failed - {mutant.breaks})
    assert set(trial.outcomes) == set(RULES)
    assert trial.outcomes[mutant.breaks] == "failed", f"it survived: {mutant.mistake}"
    assert trial.failed == {mutant.breaks}, f"{mutant.mistake}\n{others}"


def test_every_rule_has_a_mutant():
    bitten = {mutant.breaks for mutant in MUTANTS.values()}
    assert set(RULES) - bitten == set(WITHOUT)
    assert bitten <= set(RULES), "a mutant names a rule that there is not"


def test_mutants_are_many_and_bear_one_name_each(tell):
    planted = {module.__name__.rpartition(".")[2]: len(module.BED.mutants) for module in BEDS}
    assert len(MUTANTS) == sum(planted.values()) >= 60
    for name, count in planted.items():
        tell.row("Mutants of the contracts, by module", name, {"mutants": count})


def test_every_mistake_is_told_in_one_sentence():
    assert [name for name, each in MUTANTS.items() if "\n" in each.mistake or not each.mistake.endswith(".")] == []
