"""The simulator is a reading of its own: it imports neither the helpdesk nor its Jira client."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import plugins.jira.simulator

FOLDER = Path(plugins.jira.simulator.__file__).parent
ALLOWED_TOGETHER = ("flask", "werkzeug", "click", "requests", "joserfc", "plugins.jira.simulator", "_typeshed")


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name}: write imports in full"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_imports_only_itself_and_its_few_libraries(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(ALLOWED_TOGETHER)
    }
    assert not foreign


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_modules_stay_readable(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) < 300
