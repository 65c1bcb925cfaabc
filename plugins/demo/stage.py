"""What the steps of a tour share: the people's browsers, what was seen so far, and how a step fails."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Self

from plugins.demo.backstage import Backstage
from plugins.demo.browsing import Browser, PageError, Watcher
from plugins.demo.cast import Cast, Person
from plugins.demo.pages import Board


class StepFailed(Exception):
    """A page loads, but what it says is not true."""


class Stage:
    """One tour under way.

    Args:
        cast: who and what it meets.
        watcher: is told every answer that any of its browsers gets.
    """

    def __init__(self, cast: Cast, watcher: Watcher | None = None) -> None:
        self.cast = cast
        self.backstage = Backstage(cast.atlassian_url)
        self._watcher = watcher
        self._browsers: list[Browser] = []
        self.browser = self.new_browser()
        """The admin's."""
        self.scopes: frozenset[str] = frozenset()
        """The permissions that the set-up form names."""
        self.connection = ""
        """The connection's number in addresses."""
        self.board: Board = ()
        """The mapping as it was last seen to be saved."""
        self.ticket = ""
        """The number of the ticket that is linked."""
        self.pages: set[str] = set()
        """The addresses of the admin's pages, without queries."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.backstage.close()
        for browser in self._browsers:
            browser.close()

    def new_browser(self) -> Browser:
        """Give a browser that nobody has signed in with yet."""
        browser = Browser(self._watcher)
        self._browsers.append(browser)
        return browser

    def sign_in(self, browser: Browser, person: Person) -> None:
        """Sign somebody in at the helpdesk."""
        browser.open(self.url("/sign-in"))
        browser.submit("Sign in", {"E-mail address": person.email, "Password": person.password})

    def url(self, path: str) -> str:
        """Return an address of the helpdesk."""
        return f"{self.cast.helpdesk_url}{path}"

    def connection_url(self, page: str = "") -> str:
        """Return the address of a page about the connection: "", "/projects", "/mapping"."""
        return self.url(f"/settings/integrations/jira/{self.connection}{page}")


def check(what: str, found: object, wanted: object) -> None:
    """Compare what a page says with what is true.

    Raises:
        StepFailed: they differ.
    """
    if isinstance(found, set | frozenset) and isinstance(wanted, set | frozenset) and found != wanted:
        raise StepFailed(f"{what}: missing {_listed(wanted - found)}; too many {_listed(found - wanted)}")
    if found != wanted:
        raise StepFailed(f"{what}: expected {wanted!r}, found {found!r}")


def check_says(browser: Browser, words: str) -> None:
    """Make sure that the page says something."""
    if words not in browser.text:
        raise PageError(f"{browser.place} (“{browser.heading}”) does not say “{words}”")


def _listed(values: AbstractSet[object]) -> str:
    return ", ".join(sorted(map(str, values))) or "nothing"
