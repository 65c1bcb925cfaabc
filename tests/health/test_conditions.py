"""Each condition, and pairs of them: the right checks with cause and cure, nothing else blamed, and nothing lost.

What an admin reads stands in `docs/troubleshooting.md`, word by word. After the words have changed, write it anew with
``HELPDESK_WRITE_DOCS=1 pytest -m health tests/health/test_conditions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.health.conditions import BY_NAME, CONDITIONS, PAIRS, Condition
from tests.health.document import row_of, written
from tests.health.patient import Patient

pytestmark = pytest.mark.health


def sample(values, ids, every: int):
    """Leave all but some to the whole run: see decision 0011."""
    marks = [() if number % every == 0 else (pytest.mark.soak,) for number in range(len(values))]
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), id=id_, marks=mark)
        for value, id_, mark in zip(values, ids, marks, strict=True)
    ]


@pytest.mark.parametrize("condition", sample(CONDITIONS, [each.name for each in CONDITIONS], every=2))
def test_condition(patient: Patient, condition: Condition, tell):
    assert patient.look() == {}
    found = fall_ill(patient, condition)
    assert {check: row.code for check, row in found.items()} == condition.found, told(found)
    row = row_of(patient, condition, found)
    get_well(patient, condition)
    assert row in written(condition, row), f"docs/troubleshooting.md needs the row\n{row}"
    tell.row("health: conditions that were found, and mended", condition.name, {"found": len(found), "mended": 1})


@pytest.mark.parametrize(
    ("first", "second", "found"), sample(PAIRS, [f"{first}-{second}" for first, second, _ in PAIRS], every=3)
)
def test_pair(patient: Patient, first: str, second: str, found: dict[str, str], tell):
    """Two at once: each is named where it can be known, and both are gone after both cures."""
    both = BY_NAME[first], BY_NAME[second]
    seen = fall_ill(patient, *both)
    assert {check: row.code for check, row in seen.items()} == found, told(seen)
    get_well(patient, *both)
    tell.row("health: pairs that were found, and mended", f"{first}, {second}", {"found": len(seen), "mended": 2})


def fall_ill(patient: Patient, *conditions: Condition):
    """Break what breaks, let agents work meanwhile, and look."""
    for condition in conditions:
        condition.broken(patient)
    if all(condition.work for condition in conditions):
        patient.use()
    patient.pass_time(seconds=max(condition.passes for condition in conditions).total_seconds())
    return patient.look()


def get_well(patient: Patient, *conditions: Condition) -> None:
    """Mend all, and see that all is well and that nothing is left undone."""
    for number, condition in enumerate(conditions):
        if number:  # what the first one hid is seen by now
            patient.pass_time(minutes=6)
            patient.look()
        condition.mended(patient)
    patient.pass_time(seconds=max(condition.after for condition in conditions).total_seconds())
    left = patient.look()
    assert left == {}, told(left)
    assert patient.undone() == []


def told(rows) -> Iterable[str]:
    return [f"{check}: {row.code}: {row.cause} {row.cure}" for check, row in rows.items()]
