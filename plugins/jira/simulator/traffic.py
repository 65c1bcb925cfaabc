"""The outermost layer: applies scripted faults to calls and writes the call log.

It wraps the whole application as WSGI, so that a fault can hit any endpoint and an answer can be
lost after its work was done. Calls are served one after another under the state's lock; a slow
call waits outside it.
"""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any, Final

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.jira.simulator.gateway import EMPTY_SITE, NOTES
from plugins.jira.simulator.state import Call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

    from plugins.jira.simulator.faults import Effect
    from plugins.jira.simulator.state import State

OWN_PREFIX: Final = "/_simulator"
JIRA_PREFIX: Final = "/ex/jira/"
NO_ANSWER: Final = 0


class ConnectionDroppedError(ConnectionError):
    """Raised instead of an answer: the server closes the connection without a word."""


class Traffic:
    """The simulator's WSGI application."""

    def __init__(self, app: Flask, state: State) -> None:
        self._app = app
        self._inner = app.wsgi_app
        self._state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = _buffer_body(environ)
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path.startswith(OWN_PREFIX):
            # Not under the state's lock: an action takes it itself, and one may wait for deliveries.
            return Response.from_app(self._inner, environ, buffered=True)(environ, start_response)
        environ[NOTES] = {}  # a mutable member, because Response.from_app copies the environment
        operation = self._operation(environ, body)
        with self._state.lock:
            effect = self._state.faults.take(method, path, operation)
        answer = self._answer(environ, effect)
        self._log(environ, operation, answer.status_code if answer else NO_ANSWER)
        if answer is None or (effect is not None and effect.lose_answer):
            raise ConnectionDroppedError("dropped by a scripted fault")
        return answer(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, effect: Effect | None) -> Response | None:
        """The answer to give, or None where the connection is dropped before any work."""
        if effect is None:
            return self._serve(environ)
        if effect.seconds:
            time.sleep(effect.seconds)
        if effect.drop:
            return None
        if effect.status is not None:
            return Response(
                effect.body,
                effect.status,
                headers=effect.headers,
                content_type=effect.content_type,
            )
        environ[EMPTY_SITE] = effect.empty_site
        return self._serve(environ)

    def _serve(self, environ: WSGIEnvironment) -> Response:
        with self._state.lock:
            return Response.from_app(self._inner, environ, buffered=True)

    def _operation(self, environ: WSGIEnvironment, body: bytes) -> str:
        try:
            endpoint, _ = self._app.url_map.bind_to_environ(environ).match()
        except HTTPException:
            return "unknown"
        name = str(endpoint).rpartition(".")[2]
        return name + _grant_type(body) if name == "token" else name

    def _log(self, environ: WSGIEnvironment, operation: str, status: int) -> None:
        path = environ.get("PATH_INFO", "")
        call = Call(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=environ.get("QUERY_STRING", "") if path.startswith(JIRA_PREFIX) else "",
            operation=operation,
            status=status,
            account=environ[NOTES].get("account"),
            at=self._state.clock.now(),
        )
        with self._state.lock:
            self._state.calls.append(call)


def _buffer_body(environ: WSGIEnvironment) -> bytes:
    """Read the body whole: a connection closed over unread bytes would be reset, not closed."""
    body = Request(environ).get_data()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def _grant_type(body: bytes) -> str:
    """`.authorization_code` or `.refresh_token`, so that a fault can hit one of the two."""
    try:
        asked: Any = json.loads(body)
    except ValueError:
        return ""
    found = asked.get("grant_type") if isinstance(asked, dict) else None
    return f".{found}" if found in ("authorization_code", "refresh_token") else ""
