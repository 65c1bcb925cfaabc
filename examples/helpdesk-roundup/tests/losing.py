"""Stands around Roundup's WSGI application and loses answers: the request is carried out, and nobody hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Wsgi = Callable[[dict[str, Any], Any], Any]


class Losing:
    """Loses the answer to the n-th changing request from now on, or refuses it before it is carried out."""

    def __init__(self) -> None:
        self._countdown = 0
        self._carried_out = True
        self.changes = 0

    def lose(self, number: int, *, carried_out: bool = True) -> None:
        """Lose the answer to the change of this number, counted from 1."""
        self._countdown, self._carried_out = number, carried_out

    def __call__(self, application: Wsgi) -> Wsgi:
        """Wrap an application."""

        def losing(environ: dict[str, Any], start_response: Any) -> Any:
            if environ["REQUEST_METHOD"] not in {"POST", "PUT", "DELETE", "PATCH"}:
                return application(environ, start_response)
            self.changes += 1
            self._countdown -= 1
            if self._countdown != 0:
                return application(environ, start_response)
            if self._carried_out:
                application(environ, lambda *_: lambda _: None)
            start_response("502 Bad Gateway", [("Content-Type", "text/html")])
            return [b"<h1>Bad gateway</h1>"]

        return losing
