"""`helpdesk simulator`: the simulated Atlassian cloud as a program that people can run."""

from __future__ import annotations

from pathlib import Path

import click

from plugins.jira.simulator.building import demo_world
from plugins.jira.simulator.loading import load_world
from plugins.jira.simulator.reading import WorldError
from plugins.jira.simulator.server import Simulator


@click.command("simulator")
@click.option(
    "--world",
    "world_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A world file (JSON); without it, the demo world.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8071, show_default=True, help="Port to listen on; 0 takes any.")
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    help="Callback URL to register for the app, instead of the world's; may be repeated.",
)
def command(world_file: Path | None, host: str, port: int, callbacks: tuple[str, ...]) -> None:
    """Run a simulated Jira Cloud: sign-in, consent, tokens and the REST API."""
    try:
        world = load_world(world_file) if world_file else demo_world()
    except WorldError as error:
        raise click.ClickException(str(error)) from error
    simulator = Simulator(world.with_app(callback_urls=callbacks) if callbacks else world)
    try:
        simulator.start(host, port)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another --port"
        ) from error
    click.echo(f"Jira Cloud simulator: {simulator.url}/ (Ctrl+C stops it)")
    try:
        simulator.wait()
    except KeyboardInterrupt:
        click.echo("stopped")
    finally:
        simulator.stop()
