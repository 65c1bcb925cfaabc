"""The table in `docs/troubleshooting.md`: what each condition looks like to an admin. It is written by running them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from helpdesk_core.health.models import HealthCheck
from tests.health.conditions import CONDITIONS, Condition
from tests.health.patient import Patient

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
HEAD = "| What happened | What the helpdesk says | What mends it | Button |\n|---|---|---|---|\n"
MOMENT = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC")
TRACE = re.compile(r" ?\(Atlassian's trace id: [\w-]+\)")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
SITE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBER = re.compile(r"\b\d+ of (\d+) points")


def row_of(patient: Patient, condition: Condition, found: Mapping[str, HealthCheck]) -> str:
    """Return the table's row for what was found; moments and numbers that differ each time are left open."""
    patient.open_health()
    words = {check: list(patient.row(check).stripped_strings) for check in found}
    for check, row in found.items():
        assert row.cause in " ".join(words[check]), f"the page does not show the cause of {check}"
        assert row.cure in " ".join(words[check]), f"the page does not show the cure of {check}"
    causes = " ".join(f"`{row.code}` {row.cause}" for row in found.values())
    cures = " ".join(row.cure for row in found.values())
    buttons = sorted({words.get_text(strip=True) for check in found for words in patient.row(check).select(".btn")})
    cells = (condition.what, causes, cures, ", ".join(buttons) or "none: it passes by itself")
    return f"| {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    text = SITE_ID.sub("…", TRACE.sub("", MOMENT.sub("…", text)))
    text = NUMBER.sub(r"… of \1 points", ADDRESS.sub("https://helpdesk.example", text))
    return " ".join(text.replace("|", "\\|").split())


def written(condition: Condition, row: str) -> str:
    """Return the page; with HELPDESK_WRITE_DOCS the row is put into its place before."""
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("HELPDESK_WRITE_DOCS"):
        page = _with(page, condition, row)
        PAGE.write_text(page, encoding="utf-8")
    return page


def _with(page: str, condition: Condition, row: str) -> str:
    begin, end = f"<!-- conditions {condition.case} -->\n", "<!-- end of conditions -->"
    before, _, rest = page.partition(begin)
    table, _, after = rest.partition(end)
    known = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines()[2:] if line.startswith("| ")}
    known[condition.what] = row
    order = [each.what for each in CONDITIONS if each.case == condition.case and each.what in known]
    rows = "".join(f"{known[what]}\n" for what in order)
    return f"{before}{begin}{HEAD}{rows}{end}{after}"
