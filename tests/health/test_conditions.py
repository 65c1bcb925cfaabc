"""Each condition is found by the right check, with cause and cure; nothing else is blamed, and nothing is lost."""

from __future__ import annotations

import pytest

from tests.health.conditions import CONDITIONS, Condition
from tests.health.patient import Patient

pytestmark = pytest.mark.health


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.what.replace(" ", "-"))
def test_condition(patient: Patient, condition: Condition):
    assert patient.look() == {}
    condition.broken(patient)
    if condition.work:
        patient.use()
    patient.pass_time(seconds=condition.passes.total_seconds())
    found = patient.look()
    assert {check: row.code for check, row in found.items()} == condition.found, told(found)
    condition.mended(patient)
    patient.pass_time(seconds=condition.after.total_seconds())
    left = patient.look()
    assert left == {}, told(left)
    assert patient.undone() == []


def told(rows) -> list[str]:
    return [f"{check}: {row.code}: {row.cause} {row.cure}" for check, row in rows.items()]
