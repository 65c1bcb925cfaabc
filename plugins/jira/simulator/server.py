"""The simulator as one object: the WSGI application and a threaded server on a loopback port."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from plugins.jira.simulator import (
    app_access,
    authorize,
    board,
    comment_properties,
    comments,
    control_api,
    createmeta,
    gateway,
    issues,
    landing,
    people,
    projects,
    properties,
    remote_links,
    searching,
    tokens,
    transitions,
    webhooks,
    workflows,
)
from plugins.jira.simulator.announcing import Announcer
from plugins.jira.simulator.automations import Automations
from plugins.jira.simulator.control import Control
from plugins.jira.simulator.sending import Sender
from plugins.jira.simulator.state import State
from plugins.jira.simulator.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.serving import BaseWSGIServer

    from plugins.jira.simulator.clock import Clock
    from plugins.jira.simulator.world import World

logger = logging.getLogger(__name__)

OPERATIONS: Final = (
    *app_access.OPERATIONS,
    *people.OPERATIONS,
    *projects.OPERATIONS,
    *issues.OPERATIONS,
    *createmeta.OPERATIONS,
    *transitions.OPERATIONS,
    *searching.OPERATIONS,
    *comments.OPERATIONS,
    *comment_properties.OPERATIONS,
    *remote_links.OPERATIONS,
    *properties.OPERATIONS,
    *workflows.OPERATIONS,
    *webhooks.OPERATIONS,
)
POLL_SECONDS: Final = 0.02
"""How often the server looks whether to stop. Its own half second would be spent at the end of every test."""


class Simulator:
    """A simulated Atlassian cloud. `app` is its WSGI application, `control` changes its world."""

    def __init__(self, world: World, clock: Clock | None = None) -> None:
        self.state = State(world, clock)
        self.sender = Sender(self.state)
        self.control = Control(self.state, self.sender)
        self.flask = _flask(self.state, self.control)
        self._listen()
        self.app = Traffic(self.flask, self.state)
        self.flask.wsgi_app = self.app  # type: ignore[method-assign]  # Flask's own way to wrap
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environ, start_response)

    @property
    def url(self) -> str:
        """The address it serves at, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the simulator is not serving: call start() or use serve()")
        return f"http://{self._server.host}:{self._server.port}"

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve in a thread and return the address; port 0 takes any free one.

        Raises:
            OSError: the port is taken.
        """
        if self._server is not None:
            raise RuntimeError("the simulator is serving already")
        with socket.create_server((host, port)) as door:  # make_server would end the process where a port is taken
            self._server = make_server(
                host, port, self.app, threaded=True, request_handler=_QuietHandler, fd=door.fileno()
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="jira-simulator", daemon=True
        )
        self._thread.start()
        self.sender.start()
        return self.url

    def stop(self) -> None:
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is not None and thread is not None:
            self.sender.stop()
            server.shutdown()
            thread.join()
            server.server_close()

    def _listen(self) -> None:
        """Let webhooks and automations hear of every change, in this order."""
        automations = Automations()
        announcer = Announcer(
            self.state,
            lambda address: self.flask.test_request_context(base_url=address),
            lambda: automations.running,
        )
        for live in self.state.sites.values():
            live.listeners.extend((announcer, automations))

    def wait(self) -> None:
        """Block until stopped, for a program that does nothing else."""
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[Simulator]:
        self.start(host, port)
        try:
            yield self
        finally:
            self.stop()


def _flask(state: State, control: Control) -> Flask:
    app = Flask(__name__, static_url_path="/_simulator/static")
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # Cookies ignore ports, and the helpdesk runs on the same host: a name of its own.
        SESSION_COOKIE_NAME="atlassian_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the provider is Flask's default
    app.register_blueprint(landing.blueprint(state))
    app.register_blueprint(board.blueprint(state))
    app.register_blueprint(authorize.blueprint(state))
    app.register_blueprint(tokens.blueprint(state))
    app.register_blueprint(gateway.blueprint(state, OPERATIONS))
    app.register_blueprint(control_api.blueprint(control))
    return app


class _QuietHandler(WSGIRequestHandler):
    """Logs to the module's logger, without the query string: codes and states stand there."""

    server_version = "AtlassianEdge"
    sys_version = ""

    def version_string(self) -> str:
        return self.server_version

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del size
        path = getattr(self, "path", "").partition("?")[0]
        logger.debug("%s %s %s", getattr(self, "command", "-"), path, code)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        level = logging.ERROR if type == "error" else logging.DEBUG
        logger.log(level, message, *args)

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        del error, environ
        self.close_connection = True
