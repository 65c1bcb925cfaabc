"""A simulator on the demo world, with a clock that moves only when told to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.jira.simulator import Clock, Simulator, demo_world
from tests.openapi_document import OpenApiDocument, find_document
from tests.simulator.driving import Api, Driver
from tests.simulator.receiving import Receiver, receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


def folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or DATA / default)


@pytest.fixture
def clock() -> Clock:
    return Clock.stopped()


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    made = Simulator(demo_world("http://127.0.0.1:9/callback"), clock)
    made.flask.testing = True  # a mistake of ours surfaces as itself, not as a 500
    return made


@pytest.fixture
def driver(simulator: Simulator) -> Driver:
    return Driver(simulator)


@pytest.fixture
def dana(driver: Driver) -> Api:
    """Jira's API of acme, as an administrator with every scope."""
    return Api(driver, driver.connect()["access_token"])


@pytest.fixture
def bot(driver: Driver) -> Api:
    return Api(driver, driver.connect("helpdesk-bot@acme.example")["access_token"])


@pytest.fixture
def there() -> Iterator[Receiver]:
    """A receiver of deliveries on a loopback port."""
    with receiver() as made:
        yield made


@pytest.fixture(scope="session")
def document() -> OpenApiDocument:
    place = find_document()
    if place is None:
        pytest.skip("Atlassian's OpenAPI document is absent; name its place in HELPDESK_OPENAPI")
    return OpenApiDocument.load(place)
