"""An environment with nothing but what the wheels bring: the source tree is not in it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "helpdesk-roundup"


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and an empty folder to stand in."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, program: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, where neither the source tree nor our settings can be found."""
        away = {name: value for name, value in os.environ.items() if not name.startswith(("HELPDESK_", "PYTEST_"))}
        away.pop("PYTHONPATH", None)
        return subprocess.run(
            [str(self.folder / "env" / "bin" / program), *arguments],
            cwd=cwd or self.home,
            env=away | {"PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def pip(self, *arguments: str, cwd: Path | None = None) -> None:
        """Install something, with the versions that we pin."""
        pinned = ("--constraint", str(ROOT / "constraints.txt"))
        done = self.run(
            "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pinned, *arguments, cwd=cwd
        )
        assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="package")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Build both wheels, and install them into an empty environment."""
    folder = tmp_path_factory.mktemp("installed")
    wheels = [_wheel(ROOT, folder / "wheels"), _wheel(EXAMPLE, folder / "wheels")]
    venv.create(folder / "env", with_pip=True)
    made = Environment(folder)
    made.home.mkdir()
    made.pip(f"{wheels[0]}[testing]", f"{wheels[1]}[dev]")
    return made


def _wheel(source: Path, into: Path) -> Path:
    before = set(into.glob("*.whl"))
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(into), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    (made,) = set(into.glob("*.whl")) - before
    return made
