"""On every real workflow: suggest, judge, save; then a ticket goes through all five statuses in every order.

Whatever the judgement says of a move must come true. Moves are tried from every situation into which any order brings a
ticket and its issue, so that all orders are covered without walking the same stretch again and again. What a validator
demands stands nowhere; so the first refusal of such a move may come as a surprise, and no second one.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.judgement.walk import KEYS, Walk, count_ways
from tests.simulator.conftest import folder

FOLDER = folder("HELPDESK_WORKFLOWS", "workflows")
FILES = sorted(FOLDER.glob("*.json"))
WORKFLOWS = [
    pytest.param(file, id=file.stem, marks=[pytest.mark.soak] if n % 6 else []) for n, file in enumerate(FILES)
]
STANDARD = {"jiradump-classic-default-workflow", "rest-nango-kan", "transcend-task"}
"""Workflows as Jira makes them: accepting everything leaves no gap. Others have statuses without a category."""
SECTION = "judgement: what was said of each move, and what came true"
HEADS = (
    "known",
    "learnt",
    "unknown",
    "questions",
    "tried",
    "moved",
    "announced",
    "surprises",
    "false alarms",
    "orders",
)

pytestmark = [
    pytest.mark.judgement,
    pytest.mark.skipif(not FILES, reason=f"no workflow files in {FOLDER}; name their folder in HELPDESK_WORKFLOWS"),
]


@pytest.fixture
def workflow(file: Path) -> dict[str, Any]:
    return numbered(file)


@pytest.mark.parametrize("readable", [True, False], ids=["readable", "ordinary"])
@pytest.mark.parametrize("file", WORKFLOWS)
def test_what_is_said_comes_true(file, readable, mapped, tell):
    count = Counter(dict.fromkeys(HEADS, 0), questions=mapped.asked)
    judgement = mapped.judgement()
    count["gaps"] = len(judgement.gaps)
    assert not judgement.gaps or file.stem not in STANDARD
    count_ways(judgement, count)
    walk = Walk(mapped, judgement, count)
    walk.everywhere()
    count["orders"] = sum(walk.covers(order) for order in permutations(KEYS))
    tell.row(SECTION, f"{file.stem} ({'readable' if readable else 'ordinary'})", dict(count))
    assert count["unknown"] == 0
    assert count["false alarms"] == 0
    assert count["surprises"] == len(walk.surprises), f"each at most once: {walk.surprises}"
    assert walk.surprises <= validated(file), "nothing but a validator comes as a surprise"
    assert count["orders"] == 120


def numbered(file: Path) -> dict[str, Any]:
    """Read a workflow, with numbers for ids as Jira has them: two files have words there."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    ids = [str(status["id"]) for status in content["statuses"]]
    called = {id_: id_ if id_.isdecimal() else str(90001 + n) for n, id_ in enumerate(ids)}
    for status in content["statuses"]:
        status["id"] = called[str(status["id"])]
    for move in content["transitions"]:
        move["to"] = called[str(move["to"])]
        move["from"] = move["from"] if move["from"] == "any" else [called[str(each)] for each in move["from"]]
    initial = content.get("initial")
    return content | ({"initial": called.get(str(initial), initial)} if isinstance(initial, str | int) else {})


def validated(file: Path) -> set[tuple[str, str]]:
    """Return the moves on which a validator demands something, by the file."""
    content = numbered(file)
    ids = [str(status["id"]) for status in content["statuses"]]
    return {
        (str(start), str(move["to"]))
        for move in content["transitions"]
        if move.get("required_fields")
        for start in (ids if move["from"] == "any" else move["from"])
    }
