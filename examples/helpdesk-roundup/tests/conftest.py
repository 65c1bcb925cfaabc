"""A real tracker for each test, and the views by which the helpdesk calls the plugin."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tracker import BOT, BOT_PASSWORD, Template, Tracker, serving

from helpdesk_core.values import ConnectionView, Credentials, Secret

# at the end: an installed wheel comes first, and without one the source beside these tests is taken
sys.path.append(str(Path(__file__).parents[1]))

from answering import PASSWORD, Answering

from helpdesk_roundup.connect import workspace_at

Connect = Callable[..., ConnectionView]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An initialised tracker, made once."""
    return Template.make(tmp_path_factory.mktemp("roundup") / "template")


@pytest.fixture
def tracker(template: Template, tmp_path: Path) -> Iterator[Tracker]:
    """A tracker of the test's own."""
    with serving(template, tmp_path / "tracker") as running:
        yield running


@pytest.fixture
def http() -> Iterator[requests.Session]:
    """The session that the helpdesk would bring; no proxy of the machine's stands between us and loopback."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def connect(http: requests.Session) -> Connect:
    """Make the view of a connection to a tracker."""

    def view(url: str, *, login: str = BOT, password: str = BOT_PASSWORD, **settings: str) -> ConnectionView:
        return ConnectionView(
            workspace=workspace_at(url),
            credentials=Credentials(access_token=Secret(password)),
            settings={"login": login, "account_id": "5", "messages": "everybody", **settings},
            http=http,
        )

    return view


@pytest.fixture
def connection(tracker: Tracker, connect: Connect) -> ConnectionView:
    """A connection to the test's tracker."""
    return connect(tracker.url)


@pytest.fixture
def answering(http: requests.Session) -> Callable[..., Answering]:
    """Have every call of the session answered."""

    def mount(answer: Any) -> Answering:
        adapter = Answering(answer if callable(answer) else lambda _request: answer)
        http.mount("https://", adapter)
        return adapter

    return mount


@pytest.fixture
def view(connect: Any) -> ConnectionView:
    """A connection to nowhere."""
    return connect("https://bugs.acme.example/main/", password=PASSWORD)
