"""What a test tells at the end of the run: counts that show how much was proved.

A worker of pytest-xdist has no terminal, so whatever is told travels as a property of the test's report. All of it is
printed by the process at the terminal, the same with one process and with many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest

PROPERTY: Final = "told"


@dataclass(frozen=True)
class Teller:
    """Given to a test by the fixture `tell`."""

    item: pytest.Item

    def line(self, section: str, text: str) -> None:
        """Have a line printed under a heading."""
        self.item.user_properties.append((PROPERTY, [section, text]))

    def row(self, section: str, name: str, counts: dict[str, int]) -> None:
        """Have a row printed in the section's table, which ends with the total of all rows."""
        self.item.user_properties.append((PROPERTY, [section, [name, counts]]))


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Teller:
    """Return what a test uses to have a count printed at the end of the run."""
    return Teller(request.node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print section by section what was told."""
    terminal, sections = terminalreporter, dict[str, list[Any]]()
    for section, told in _told(terminal):
        sections.setdefault(section, []).append(told)
    for section, everything in sections.items():
        terminal.section(section)
        for text in (told for told in everything if isinstance(told, str)):
            terminal.write_line(text)
        if rows := {told[0]: told[1] for told in everything if not isinstance(told, str)}:
            _print_table(terminal, rows)


def _told(terminal: pytest.TerminalReporter) -> list[list[Any]]:
    """Return what was told. The reports of the last phase hold what was told in every phase of the test."""
    reports: list[Any] = [report for kind in terminal.stats.values() for report in kind]
    return [
        value
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == PROPERTY
    ]


def _print_table(terminal: pytest.TerminalReporter, rows: dict[str, dict[str, int]]) -> None:
    heads = list(next(iter(rows.values())))
    rows = {**dict(sorted(rows.items())), "total": {head: sum(row[head] for row in rows.values()) for head in heads}}
    width = max(map(len, rows))
    terminal.write_line("  ".join((" " * width, *heads)))
    for name, row in rows.items():
        cells = (f"{row[head]:>{len(head)}}" for head in heads)
        terminal.write_line("  ".join((f"{name:<{width}}", *cells)), bold=name == "total")
