"""The command line. It works on the same services as the pages, without Flask where it can.

It is handed a function that finds the plugins, because the core does not know where they are: see `plugins.registry`.
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType
from typing import Final, TextIO

import click
import waitress

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import active_admins, create_user
from helpdesk_core.app import create_app, make_host, make_ready
from helpdesk_core.authoring.commands import make_plugins_group
from helpdesk_core.channels import work as channels_work
from helpdesk_core.config import Settings, add_key
from helpdesk_core.connections.contact import write_all_down
from helpdesk_core.connections.sealing import reseal_everything
from helpdesk_core.connections.service import list_connections
from helpdesk_core.errors import HelpdeskError, Misconfigured
from helpdesk_core.health import work as health_work
from helpdesk_core.health.commands import make_check
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs.pace import Pace
from helpdesk_core.jobs.worker import Worker, give_way
from helpdesk_core.mapping.commands import make_group as make_mapping_group
from helpdesk_core.operations.commands import make_doctor
from helpdesk_core.operations.doctor import Check
from helpdesk_core.operations.repair_items import check_connections
from helpdesk_core.schema import is_current
from helpdesk_core.sync.commands import make_group
from helpdesk_core.sync.effects import live
from helpdesk_core.sync.work import make_work
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault

THREADS: Final = 8
WORKS_HERE: Final = "Tickets and issues are kept in step by this process."
WORKS_ELSEWHERE: Final = "It only serves. To keep tickets and issues in step, start beside it: helpdesk worker"

DOCTOR_CHECKS: Final[tuple[Check, ...]] = (check_connections,)
"""What other concerns have `helpdesk doctor` look at."""

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
    """Make the host that a command works on. What its calls cost is written down in the end.

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
        write_all_down(host)
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
@click.option("--with-worker", is_flag=True, help="On PostgreSQL: keep in step in this process too.")
@click.pass_context
def run(context: click.Context, address: str, port: int, *, with_worker: bool) -> None:
    """Serve the helpdesk. On SQLite this process also keeps tickets and issues in step; on PostgreSQL a worker does."""
    with open_host(context) as host:
        settings = Settings.from_env()
        app = create_app(host, session_key=settings.session_key.reveal(), metrics_token=settings.metrics_token)
        works = with_worker or _is_sqlite(host)
        with (
            _stoppable(),
            working(host, _web_slot(host, port)) if works else nullcontext(),
            suppress(KeyboardInterrupt),  # waitress takes it as the end too, once it serves
        ):
            click.echo(f"Helpdesk: {host.base_url}/ (Ctrl+C stops it)")
            click.echo(WORKS_HERE if works else WORKS_ELSEWHERE)
            waitress.serve(
                app,
                host=address,
                port=port,
                threads=THREADS,
                ident="helpdesk",
                clear_untrusted_proxy_headers=False,  # by these /metrics tells what a proxy on this machine passes on
            )


@command.command()
@click.option("--name", default="worker-1", show_default=True, help="A name that no other worker has; keep it.")
@click.pass_context
def worker(context: click.Context, name: str) -> None:
    """Keep tickets and issues in step, beside `helpdesk run`, on PostgreSQL. Start as many as you need."""
    with open_host(context) as host:
        if _is_sqlite(host):
            msg = "On SQLite the web process does this work itself: start only `helpdesk run`. Workers need PostgreSQL."
            raise Misconfigured(msg)
        give_way()
        with _stoppable(), working(host, name) as started:
            click.echo(f"Worker {name} keeps tickets and issues in step. (Ctrl+C stops it)")
            try:
                started.wait()
            except KeyboardInterrupt:
                click.echo("Stopping: what is under way may end first.")
            else:
                msg = (
                    f"Another process works under the name {name} now, so this one has stopped. Give each its own name."
                )
                raise Misconfigured(msg)


@contextmanager
def working(host: Host, slot: str, pace: Pace | None = None) -> Iterator[Worker]:
    """Work for as long as the block lasts; at its end, let what is under way finish.

    Raises:
        Misconfigured: another process works under this name.
    """
    work = make_work(host)
    channels_work.register(work, host)
    health_work.register(work, host)
    started = Worker(host.database, work, slot=slot, pace=pace)
    started.start()
    try:
        yield started
    finally:
        started.stop()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end a program as Ctrl+C does: in order, with what is under way finished."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _web_slot(host: Host, port: int) -> str:
    """Name a web process that works: on SQLite there is one, on PostgreSQL there may be many."""
    return "web" if _is_sqlite(host) else f"web-{socket.gethostname()[:40]}-{port}"


def _is_sqlite(host: Host) -> bool:
    return host.database.engine.dialect.name == "sqlite"


command.add_command(make_plugins_group(open_host))


@command.group()
def connections() -> None:
    """Look at the connections."""


@connections.command("list")
@click.pass_context
def connections_list(context: click.Context) -> None:
    """List the connections: id, integration, workspace, state, account, and whether somebody paused them."""
    with open_host(context) as host, host.database.read() as session:
        for c in list_connections(session):
            paused = f"  paused by {c.paused_by_name} since {c.paused_at:%Y-%m-%d %H:%M} UTC" if c.paused_at else ""
            click.echo(
                f"{c.id}  {c.integration}  {c.workspace_name}  {c.workspace_url}  {c.state}"
                f"  as {c.account_name}{paused}{f'  {c.trouble}' if c.trouble else ''}"
            )


connections.add_command(make_check(open_host))
command.add_command(make_group(open_host))
command.add_command(make_mapping_group(open_host, live))
command.add_command(make_doctor(make_host, DOCTOR_CHECKS))


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
