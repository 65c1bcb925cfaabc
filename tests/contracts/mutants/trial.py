"""The contracts as a mutant's author would run them, in a pytest of their own within the test that asks.

pytest collects this module when `failures_of` hands it over, and at no other time: its name does not begin with `test`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from helpdesk_core.testing import IntegrationContract, Remote
from helpdesk_core.testing.tracker.testing import TrackerRemote, TrackerRemoteByForm
from tests.contracts.mutants.planting import Mutant

ALONE: Final = ("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:faulthandler", "-p", "no:terminal")
"""Nothing is kept, nothing is said, and the faults handler of the pytest around stays in place."""
QUICK: Final = ("-p", "no:logging", "-p", "no:unraisableexception", "-p", "no:threadexception", "--capture=no")
"""What the pytest around does already."""


class TestMutant(IntegrationContract):
    """The mutant against every rule."""

    @pytest.fixture
    def plugin(self, mutant: Mutant) -> ModuleType:
        return mutant.plugin()

    @pytest.fixture
    def remote(self, mutant: Mutant) -> Iterator[Remote]:
        with TrackerRemoteByForm() if mutant.by_form else TrackerRemote() as remote:
            yield remote


@dataclass
class Trial:
    """Brings the mutant, and notes what becomes of each rule."""

    subject: Mutant
    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @pytest.fixture
    def mutant(self) -> Mutant:
        return self.subject

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the worst of a rule's three phases."""
        rule = report.nodeid.rpartition("::")[2]
        if report.failed:
            self.reasons[rule] = report.longreprtext
        if report.outcome != "passed" or rule not in self.outcomes:
            self.outcomes[rule] = report.outcome

    @property
    def failed(self) -> set[str]:
        """The rules that were broken."""
        return {rule for rule, outcome in self.outcomes.items() if outcome == "failed"}


def try_out(subject: Mutant) -> Trial:
    """Run every rule against a mutant."""
    trial = Trial(subject)
    place = (
        "--noconftest",
        "-c",
        os.devnull,
        "--rootdir",
        str(Path(__file__).parent),
        "--import-mode=importlib",
        "--assert=plain",
    )
    code = pytest.main([*ALONE, *QUICK, *place, "-W", "error", __file__], plugins=[trial])
    assert code in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}, f"the contracts did not run: {code}"
    return trial
