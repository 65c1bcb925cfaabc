"""`helpdesk plugins`: which there are, starting one, and checking one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from helpdesk_core.authoring.scaffolding import write_scaffold
from helpdesk_core.config import Settings
from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.hookspecs import ENTRY_POINT_GROUP
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.operations.installation import is_new
from helpdesk_core.operations.storage import sqlite_file

NEXT: Final = """
Next, in that folder:

    python -m pip install --editable '.[dev]'
    helpdesk plugins list
    pytest -x

It is admitted and its card can be seen. The first failing contract says what to write, and so does each one after it.
"""


OpenHost = Callable[[click.Context], AbstractContextManager[Host]]


def make_plugins_group(open_host: OpenHost) -> click.Group:
    """Make the group of commands about plugins."""

    @click.group("plugins")
    def group() -> None:
        """Look at the installed integrations, check one, or start one of your own."""

    @group.command("list")
    @click.pass_context
    def list_plugins(context: click.Context) -> None:
        """List the integrations: key, state, origin, hooks; and the plugins that could not be loaded, with the reason.

        Where no helpdesk was set up yet, nobody has switched anything on or off.
        """
        settings = Settings.look()
        if is_new(settings, sqlite_file(settings.database_url)):
            registry: IntegrationRegistry = context.obj()
            _tell(registry, {integration.key: "installed" for integration in registry})
            return
        with open_host(context) as host, host.database.read() as session:
            states = {each.key: is_enabled(session, each.key) for each in host.registry}
            _tell(host.registry, {key: "enabled" if on else "disabled" for key, on in states.items()})

    group.add_command(check_plugin)
    group.add_command(new_plugin)
    return group


def _tell(registry: IntegrationRegistry, states: Mapping[str, str]) -> None:
    for integration in registry:
        state = states[integration.key]
        click.echo(f"{integration.key}  {state}  {integration.origin}  {' '.join(integration.hooks)}")
    for plugin in registry.quarantined:
        click.echo(f"{plugin.key}  could not load  {plugin.origin}  {plugin.reason}")


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
