"""Runs a helpdesk and a simulator in one process, each in its own threads, for as long as a block lasts."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import waitress
from flask import Flask
from waitress import wasyncore

from helpdesk_core.app import create_app, make_host, make_ready
from helpdesk_core.cli import working
from helpdesk_core.config import Settings
from helpdesk_core.errors import Misconfigured
from helpdesk_core.host import Host
from helpdesk_core.jobs.pace import Pace
from plugins.demo.seeding import seed
from plugins.jira.simulator import Simulator, World
from plugins.registry import build_registry

LOOPBACK: Final = "127.0.0.1"
DATABASE: Final = "demo.db"
"""Not `helpdesk.db`: starting afresh deletes it, and must never hit the data of a real helpdesk."""
THREADS: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A demo that serves."""

    helpdesk_url: str
    callback_url: str
    simulator: Simulator
    host: Host


@contextmanager
def running(
    world: World,
    data_dir: Path,
    *,
    port: int = 0,
    simulator_port: int = 0,
    preset_app: bool = False,
    keep: bool = False,
    database_url: str | None = None,
    works: bool = True,
    pace: Pace | None = None,
) -> Iterator[Running]:
    """Serve a helpdesk and a simulator of `world` on this machine's loopback address.

    Args:
        world: what the simulator plays.
        data_dir: holds the helpdesk's database and keys.
        port: the helpdesk's; 0 takes any.
        simulator_port: the simulator's; 0 takes any.
        preset_app: whether the app's client id and secret are given to the helpdesk, or an admin has to enter them.
        keep: go on with the data of an earlier run. The simulator forgets its tokens with every stop, so a kept
            connection has to be re-authorized.
        database_url: another database than SQLite in the folder; it is not emptied.
        works: whether this process also keeps tickets and issues in step, or workers of their own do.
        pace: how fast it works; a tour is in more of a hurry than a person.

    Raises:
        Misconfigured: a port is taken; the message names the option.
    """
    with _bound(port, "--port") as door:
        helpdesk_url = f"http://{LOOPBACK}:{door.getsockname()[1]}"
        callback_url = f"{helpdesk_url}/integrations/jira/callback"
        simulator = Simulator(world.with_app(callback_urls=(callback_url,)))
        with _simulating(simulator, simulator_port):
            settings = _settings(data_dir, helpdesk_url, simulator, preset_app=preset_app, database_url=database_url)
            if not keep:
                _start_afresh(data_dir)
            host = make_host(settings, build_registry())
            try:
                make_ready(host)
                seed(host)
                app = create_app(host, session_key=settings.session_key.reveal())
                with _serving(app, door), working(host, "web", pace) if works else nullcontext():
                    yield Running(helpdesk_url=helpdesk_url, callback_url=callback_url, simulator=simulator, host=host)
            finally:
                host.database.dispose()


def _settings(
    data_dir: Path, base_url: str, simulator: Simulator, *, preset_app: bool, database_url: str | None
) -> Settings:
    """Make settings from nothing but these: a demo must not pick up the variables of a real helpdesk."""
    data_dir = data_dir.absolute()
    variables = {
        "HELPDESK_DATA_DIR": str(data_dir),
        "HELPDESK_DATABASE_URL": database_url or f"sqlite:///{data_dir / DATABASE}",
        "HELPDESK_BASE_URL": base_url,
        "HELPDESK_JIRA_AUTH_URL": simulator.url,
        "HELPDESK_JIRA_API_URL": simulator.url,
    }
    if preset_app:
        variables["HELPDESK_JIRA_CLIENT_ID"] = simulator.state.app.client_id
        variables["HELPDESK_JIRA_CLIENT_SECRET"] = simulator.state.app.client_secret
    return Settings.from_env(variables)


def _start_afresh(data_dir: Path) -> None:
    for file in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (data_dir / file).unlink(missing_ok=True)


@contextmanager
def _bound(port: int, option: str) -> Iterator[socket.socket]:
    """Take a port before anything else is done: the helpdesk's own address depends on it."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((LOOPBACK, port))
        except (OSError, OverflowError) as error:
            raise _taken(port, option, error) from error
        yield door


@contextmanager
def _simulating(simulator: Simulator, port: int) -> Iterator[None]:
    try:
        simulator.start(LOOPBACK, port)
    except (OSError, OverflowError) as error:
        raise _taken(port, "--simulator-port", error) from error
    try:
        yield
    finally:
        simulator.stop()


def _taken(port: int, option: str, error: Exception) -> Misconfigured:
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return Misconfigured(
        f"Cannot listen on {LOOPBACK}:{port} ({reason}). Choose another port with {option}, or 0 for any."
    )


@contextmanager
def _serving(app: Flask, door: socket.socket) -> Iterator[None]:
    """Serve `app` at a bound socket; at the end, let what is under way finish and close everything."""
    sockets: dict[int, object] = {}
    server = waitress.create_server(app, map=sockets, sockets=[door], threads=THREADS, ident="helpdesk")
    thread = threading.Thread(target=server.run, name="helpdesk")
    thread.start()
    try:
        yield
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))  # wakes the server's thread, which closes
        thread.join()
