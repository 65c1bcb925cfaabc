"""The built wheel holds everything that the source tree has: a forgotten template breaks only when it is installed."""

from __future__ import annotations

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("helpdesk_core", "plugins")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (file,) = folder.glob("helpdesk-*.whl")
    with ZipFile(file) as archive:
        yield archive


def test_the_wheel_holds_the_whole_source_tree(wheel):
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if name.split("/")[0] in PACKAGES}
    assert packed == sources
    kinds = {Path(name).suffix for name in packed}
    assert kinds >= {".py", ".html", ".css", ".js", ".svg", ".json", ".mako", ".typed"}
    assert any("migrations/versions/" in name for name in packed)


def test_the_wheel_announces_the_command_and_the_jira_plugin(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    entries = ConfigParser()
    entries.read_string(wheel.read(name).decode())
    assert dict(entries["console_scripts"]) == {"helpdesk": "plugins.registry:main"}
    assert dict(entries["helpdesk.integrations"]) == {"jira": "plugins.jira.plugin"}
    assert dict(entries["helpdesk.remotes"]) == {"jira": "plugins.jira.testing:JiraRemote"}
    assert dict(entries["pytest11"]) == {"helpdesk": "helpdesk_core.pytest_plugin"}
