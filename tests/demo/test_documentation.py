"""docs/demo.md tells the tour's steps as they are."""

from __future__ import annotations

import re

from plugins.demo.tour import STORY, title_of
from tests.demo.conftest import ROOT


def test_the_steps_are_listed_in_order() -> None:
    text = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    steps = text.partition("## The tour")[2].partition("\n## ")[0]
    assert re.findall(r"^\d+\. \*\*(.+?)\*\*", steps, re.MULTILINE) == [title_of(step) for step in STORY]
