"""`helpdesk plugins new` and `helpdesk plugins check`."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from helpdesk_core.authoring.scaffolding import write_scaffold
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.hookspecs import ENTRY_POINT_GROUP

NEXT: Final = """
Next, in that folder:

    python -m pip install --editable '.[dev]'
    helpdesk plugins list
    pytest -x

It is admitted and its card can be seen. The first failing contract says what to write, and so does each one after it.
"""


@click.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    help="The folder to write into; by default this one.",
)
def new_plugin(name: str, into: Path) -> None:
    """Start a plugin: write a distribution called helpdesk-NAME that installs, and leads its author on by tests.

    NAME is the integration's key: lower-case letters, digits and hyphens.
    """
    if taken := entry_points(group=ENTRY_POINT_GROUP, name=name):
        by = ", ".join(sorted({each.dist.name for each in taken if each.dist}))
        msg = f"The key {name} is taken by {by}, which is installed. Choose another name. Nothing was written."
        raise Refused(msg)
    folder = write_scaffold(name, into)
    click.echo(f"Written: {folder}")
    click.echo(NEXT)


@click.command("check", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("pytest_options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def check_plugin(context: click.Context, key: str, pytest_options: tuple[str, ...]) -> None:
    """Run the contracts against the installed integration KEY. What stands behind KEY goes to pytest: -x, -k words.

    The remote system is the Remote that the plugin's distribution announces; without one, the rules are run that need
    none. The exit code is pytest's: 0 where every rule is kept.
    """
    if not entry_points(group=ENTRY_POINT_GROUP, name=key):
        installed = ", ".join(sorted(entry_points(group=ENTRY_POINT_GROUP).names)) or "none"
        msg = f"No installed distribution announces an integration called {key}. Installed: {installed}."
        raise NotFound(msg)
    if find_spec("pytest") is None:
        msg = "The contracts need pytest. Install it with: python -m pip install 'helpdesk[testing]'"
        raise Refused(msg)
    context.exit(_run_contracts(key, pytest_options))


def _run_contracts(key: str, options: tuple[str, ...]) -> int:
    """Run pytest away from the settings of the folder that somebody happens to stand in."""
    with TemporaryDirectory(prefix="helpdesk-check-") as folder:
        settings = Path(folder) / "pytest.ini"
        settings.write_text("[pytest]\naddopts = -ra -p no:cacheprovider\n", encoding="utf-8")
        place = [f"--rootdir={folder}", "-c", str(settings)]
        run = [sys.executable, "-m", "pytest", *place, f"--helpdesk-integration={key}", *options]
        return subprocess.run(run, check=False).returncode  # noqa: S603 - pytest of this very environment, by an installed key
