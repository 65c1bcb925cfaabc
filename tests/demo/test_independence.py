"""The tour looks at the helpdesk and the simulator from outside: it could not know better than their pages."""

from __future__ import annotations

import subprocess
import sys

from tests.demo.conftest import ROOT

OUTSIDE = ("tour", "browsing", "filling", "pages", "stage", "backstage", "cast", "chapters")
CODE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"plugins.demo.{name}")
print(*sorted(name for name in sys.modules if name.startswith(("helpdesk_core", "plugins.jira", "flask"))))
"""


def test_the_tour_and_its_browser_import_neither_the_core_nor_the_plugin() -> None:
    done = subprocess.run([sys.executable, "-c", CODE, *OUTSIDE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
