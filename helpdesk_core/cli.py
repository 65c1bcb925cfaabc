"""The command line. It works on the same services as the pages, without Flask where it can.

It is handed a function that finds the plugins, because the core does not know where they are: see `plugins.registry`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import click
import waitress

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import active_admins, create_user
from helpdesk_core.app import create_app, make_host, make_ready
from helpdesk_core.config import Settings, add_key
from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.sealing import reseal_everything
from helpdesk_core.connections.service import list_connections
from helpdesk_core.errors import HelpdeskError, Misconfigured
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.schema import is_current
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault

THREADS: Final = 8

FindPlugins = Callable[[], IntegrationRegistry]


class _Group(click.Group):
    """Tells our own errors in one line each; anything else is a fault and shows its traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except HelpdeskError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group)
@click.option("--verbose", is_flag=True, help="Log what is done, not only what goes wrong.")
@click.version_option(package_name="helpdesk")
def command(*, verbose: bool) -> None:
    """Run and look after a helpdesk."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


@contextmanager
def open_host(context: click.Context, *, migrated: bool = True) -> Iterator[Host]:
    """Make the host that a command works on.

    Raises:
        Misconfigured: the database is not at this version's schema.
    """
    host = make_host(Settings.from_env(), context.obj())
    try:
        if migrated and not is_current(host.database):
            msg = "The database is not ready for this version. Run `helpdesk init` first."
            raise Misconfigured(msg)
        yield host
    finally:
        host.database.dispose()


@command.command()
@click.option("--email", help="The first admin's e-mail address.")
@click.option("--name", help="The first admin's name.")
@click.option("--password-file", type=click.File(), help="Read the first admin's password from here, not the terminal.")
@click.pass_context
def init(context: click.Context, email: str | None, name: str | None, password_file: TextIO | None) -> None:
    """Prepare the database, and make the first admin where there is none. Safe to run again."""
    with open_host(context, migrated=False) as host:
        make_ready(host)
        click.echo("The database is ready.")
        with host.database.read() as session:
            if active_admins(session):
                click.echo("There is an admin already. Start the helpdesk with: helpdesk run")
                return
        email = email or click.prompt("E-mail address of the first admin")
        name = name or click.prompt("Name")
        password = password_file.read().strip() if password_file else click.prompt("Password", hide_input=True)
        with host.database.write() as session:
            create_user(session, email=email, name=name, password=Secret(password), role=Role.ADMIN, now=host.now())
        click.echo(f"{name} can sign in now. Start the helpdesk with: helpdesk run")


@command.command()
@click.option("--host", "address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.pass_context
def run(context: click.Context, address: str, port: int) -> None:
    """Serve the helpdesk."""
    with open_host(context) as host:
        app = create_app(host, session_key=Settings.from_env().session_key.reveal())
        click.echo(f"Helpdesk: {host.base_url}/ (Ctrl+C stops it)")
        waitress.serve(app, host=address, port=port, threads=THREADS, ident="helpdesk")


@command.group()
def plugins() -> None:
    """Look at the installed integrations."""


@plugins.command("list")
@click.pass_context
def plugins_list(context: click.Context) -> None:
    """List the integrations: key, state, origin, hooks; and the plugins that could not be loaded, with the reason."""
    with open_host(context) as host, host.database.read() as session:
        for integration in host.registry:
            state = "enabled" if is_enabled(session, integration.key) else "disabled"
            click.echo(f"{integration.key}  {state}  {integration.origin}  {' '.join(integration.hooks)}")
        for plugin in host.registry.quarantined:
            click.echo(f"{plugin.key}  could not load  {plugin.origin}  {plugin.reason}")


@command.group()
def connections() -> None:
    """Look at the connections."""


@connections.command("list")
@click.pass_context
def connections_list(context: click.Context) -> None:
    """List the connections: id, integration, workspace, state, account."""
    with open_host(context) as host, host.database.read() as session:
        for c in list_connections(session):
            click.echo(
                f"{c.id}  {c.integration}  {c.workspace_name}  {c.workspace_url}  {c.state}"
                f"  as {c.account_name}{f'  {c.trouble}' if c.trouble else ''}"
            )


@command.group()
def keys() -> None:
    """Look after the encryption keys."""


@keys.command("new")
def keys_new() -> None:
    """Print a fresh key, to put first in HELPDESK_KEYS."""
    click.echo(Vault.new_key().reveal())


@keys.command("rotate")
@click.pass_context
def keys_rotate(context: click.Context) -> None:
    """Encrypt all stored secrets with the newest key; with a key file, add a new key to it first.

    Running processes follow a key file by themselves. With HELPDESK_KEYS put the new key first and restart them before.
    """
    settings = Settings.from_env()
    if settings.key_file:
        add_key(settings.key_file)
        click.echo(f"A new key stands first in {settings.key_file}.")
    with open_host(context) as host, host.database.write() as session:
        count = reseal_everything(session, host.vault)
    click.echo(f"{count} stored secrets are encrypted with the newest key. Old ones may go after a restart.")
