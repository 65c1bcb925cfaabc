"""A real Chromium in front of a real helpdesk and the simulator, each test with a fresh demo."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from plugins.demo.program import HURRY
from plugins.demo.serving import Running, running
from plugins.jira.simulator import demo_world
from tests.browser.chromium import INSTALL, chromium, find_chromium

HERE = Path(__file__).parent
PATIENCE_MS = 20_000
"""How long something that must come is waited for: on a busy machine two browsers share one core."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that `-m browser` finds it."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    expect.set_options(timeout=PATIENCE_MS)
    with chromium(executable) as browser:
        yield browser


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Running]:
    """Run a fresh demo whose Jira app is set up already."""
    with running(demo_world(), tmp_path, preset_app=True, pace=HURRY) as here:
        yield here


@pytest.fixture
def new_page(browser: Browser, demo: Running) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page in a context of its own and notes what the browser complains about."""
    contexts = []
    complaints: list[str] = []

    def note(page: Page, message: ConsoleMessage) -> None:
        # Chromium calls a page that answers 404 or 409 on purpose an error too
        if message.type == "error" and message.location["url"] != page.url:
            complaints.append(f"{message.text} ({message.location['url']})")

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: note(page, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == [], "the browser complained: a script broke, or the content security policy blocked something"
