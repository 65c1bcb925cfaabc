"""A process of its own with many threads that all need credentials at once. Prints one line of JSON.

Run by the tests as ``python -m tests.single_flight.worker``, with its orders as JSON on standard input.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from helpdesk_core.connections.calls import ask
from helpdesk_core.db import Database
from helpdesk_core.errors import HelpdeskError
from helpdesk_core.host import Host
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.outbound import new_session
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault
from plugins.registry import build_registry


def give_up(kind: str, key: str, _args: object, error: Exception) -> None:
    """Die of a failed job, of which there is none here. What tests have for it would import pytest and all pages."""
    msg = f"{kind} of {key} failed"
    raise AssertionError(msg) from error


def make_host(orders: dict[str, Any]) -> Host:
    return Host(
        jobs=MemoryJobs(Work(failed=give_up)),
        database=Database(orders["database_url"]),
        vault=Vault([Secret(orders["key"])]),
        registry=build_registry(),
        base_url="http://helpdesk.test",
        preset_settings=lambda _key: orders["jira"],
        new_http=hanging_session if orders.get("hang_after_refresh") else new_session,
    )


def hanging_session() -> requests.Session:
    """Make a session that says when new tokens have arrived and then never comes back: the moment to be killed in."""

    def hang(response: requests.Response, **_options: object) -> None:
        if response.url.endswith("/oauth/token"):
            print("tokens arrived", flush=True)  # noqa: T201 - the test waits for this line
            time.sleep(600)

    session = new_session()
    session.hooks["response"].append(hang)
    return session


def main() -> None:
    orders = json.load(sys.stdin)
    host = make_host(orders)
    verify = host.registry.get("jira").connect_flow.verify

    def call(_number: int) -> str:
        try:
            return ask(host, orders["connection_id"], verify).name
        except HelpdeskError as error:
            return f"{type(error).__name__}: {error}"

    with ThreadPoolExecutor(orders["threads"]) as pool:
        answers = Counter(pool.map(call, range(orders["threads"])))
    host.database.dispose()
    print(json.dumps(answers), flush=True)  # noqa: T201 - the test reads this line


if __name__ == "__main__":
    main()
