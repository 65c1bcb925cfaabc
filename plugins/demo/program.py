"""`helpdesk demo`: both sides on this machine with nothing to set up, or the whole story walked without a person."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from helpdesk_core.jobs.pace import Pace
from plugins.demo.seeding import ADMIN, AGENTS
from plugins.demo.serving import Running, running
from plugins.demo.tour import walk
from plugins.demo.worlds import make_cast, pick_account, read_world
from plugins.jira.simulator import World, WorldError

HURRY = Pace(links_poll=timedelta(seconds=0.1), background_poll=timedelta(seconds=0.2))
"""A tour does nothing but wait for what follows from its own clicks."""


@click.command("demo")
@click.option("--tour", is_flag=True, help="Walk through the whole story over HTTP, print each step, and stop.")
@click.option(
    "--world",
    "world_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Another world for the simulator (JSON), or a Jira workflow (JSON) to build a world around.",
)
@click.option("--port", default=8000, show_default=True, help="The helpdesk's port; 0 takes any.")
@click.option("--simulator-port", default=8071, show_default=True, help="The simulator's port; 0 takes any.")
@click.option(
    "--data-dir",
    default="var/demo",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the demo keeps its data. Nothing but demo.db is ever deleted there.",
)
@click.option("--keep", is_flag=True, help="Go on with the last demo's data; its Jira connections need re-authorizing.")
def demo(*, tour: bool, world_file: Path | None, port: int, simulator_port: int, data_dir: Path, keep: bool) -> None:
    """Run a helpdesk and a simulated Jira Cloud together, with people, tickets and projects to play with.

    Each start is fresh, because the simulator keeps its tokens in memory only; --keep goes on where you stopped.

    With --tour nobody has to click: it signs in, connects Jira, maps statuses, and tries what can go wrong. The tour
    uses ports and a folder of its own, and exits with 1 if a step fails.
    """
    try:
        world = read_world(world_file)
        if tour:
            sys.exit(0 if take_tour(world) else 1)
        with (
            _until_stopped() as stopped,
            running(world, data_dir, port=port, simulator_port=simulator_port, preset_app=True, keep=keep) as here,
        ):
            click.echo(welcome(here, world))
            stopped.wait()
    except WorldError as error:
        raise click.ClickException(str(error)) from error
    click.echo("The demo is stopped.")


def take_tour(world: World) -> bool:
    """Walk through the story in a fresh demo of its own; tell whether all went well."""
    with (
        TemporaryDirectory(prefix="helpdesk-tour-") as folder,
        running(world, Path(folder), pace=HURRY) as here,
        _provoked_warnings_hidden(),
    ):
        return walk(make_cast(here, world), say=click.echo)


def welcome(here: Running, world: World) -> str:
    """Say where everything is, who signs in with what, and what to do first."""
    account = pick_account(world)
    people = [f"    {person.email:<24} {person.password:<20} {person.name}" for person in (ADMIN, *AGENTS)]
    return "\n".join(
        (
            "",
            f"  Helpdesk             {here.helpdesk_url}/",
            f"  Simulated Atlassian  {here.simulator.url}/",
            "",
            "  Sign in at the helpdesk with",
            *people,
            "",
            "  and at the simulated Atlassian, when it asks, with",
            f"    {account.email:<24} {account.password:<20} {account.name}",
            "",
            f"  First: sign in as {ADMIN.name}, open Settings › Integrations, and press Connect on Jira's card.",
            "  Ctrl+C stops the demo.",
        )
    )


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Give an event that Ctrl+C and SIGTERM set, so that both sides are closed in order."""
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _provoked_warnings_hidden() -> Iterator[None]:
    """Keep the helpdesk's warnings out of the tour's lines, which provoke them; with --verbose all is shown."""
    log = logging.getLogger("helpdesk_core")
    before = log.level
    if logging.getLogger().getEffectiveLevel() >= logging.WARNING:
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
