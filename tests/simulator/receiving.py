"""A receiver of deliveries on a loopback port, which writes down what comes and answers as told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import OctKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joserfc.jwt import Token


@dataclass
class Arrival:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def identifier(self) -> str:
        return self.headers["x-atlassian-webhook-identifier"]

    @property
    def flow(self) -> str:
        return self.headers["x-atlassian-webhook-flow"]

    @property
    def retry(self) -> str | None:
        return self.headers.get("x-atlassian-webhook-retry")

    def token(self, secret: str) -> Token:
        """The token of its bearer header; raises where the secret did not sign it."""
        kind, _, token = self.headers["authorization"].partition(" ")
        assert kind == "Bearer"
        return jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"])


@dataclass
class Receiver:
    """Answers with `statuses` in turn, then 204; `blocked` keeps it from answering while set."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)

    @property
    def statuses_told(self) -> list[tuple[str, str]]:
        """Key and new status of each arrival."""
        return [(each.body["issue"]["key"], each.body["issue"]["fields"]["status"]["name"]) for each in self.arrivals]


@contextmanager
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    made.free.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.arrivals.append(Arrival(self.path, headers, raw))
            made.free.wait()
            try:
                self.send_response(made.statuses.pop(0) if made.statuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except ConnectionError:
                self.close_connection = True  # who sent it did not wait

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}/webhooks/jira"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.free.set()
        server.shutdown()
        thread.join()
        server.server_close()
