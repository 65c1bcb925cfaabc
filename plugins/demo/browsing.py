"""A browser without a screen: it opens pages, follows links and submits forms by the words that people read.

What is not on the page is a `PageError` that says what is there instead. Nothing that was typed, and no query of an
address, ever stands in an error or a log line.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from plugins.demo.filling import Field, Form, PageError, text_of

__all__ = ["Browser", "PageError", "Watcher", "text_of"]

Watcher = Callable[[requests.Response], None]

TIMEOUT_S: Final = 30.0
BUTTONS: Final = "button:not([type=button], [type=reset], [disabled]), input[type=submit]:not([disabled])"


class Browser:
    """One person's browser: cookies, and the page that is open.

    Args:
        watcher: is told every answer, those that redirect too.
    """

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy and no .netrc between a browser and this machine
        self._watcher = watcher
        self._soup = BeautifulSoup("", "html.parser")
        self.url = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the cookies and close the connections."""
        self._http.close()

    # ── going places ────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, url: str, *, expect: int = 200) -> None:
        """Open an address, relative to the present one.

        Raises:
            PageError: it is not answered with `expect`.
        """
        self._request("GET", urljoin(self.url, url), expect=expect)

    def follow(self, words: str, *, within: Tag | None = None, expect: int = 200) -> None:
        """Follow the link with these words, or the only one that begins with them."""
        link = self._find("link", "a[href]", words, within)
        self.open(str(link["href"]), expect=expect)

    def submit(
        self,
        words: str,
        fields: Mapping[str, Field] | None = None,
        *,
        tick: Iterable[Tag] = (),
        within: Tag | None = None,
        expect: int = 200,
    ) -> None:
        """Fill the form of the button with these words, and press it.

        Args:
            words: the button's, or the only ones that begin so.
            fields: label → what to enter; the other fields stay as the page filled them.
            tick: boxes to tick, for where several bear the same label.
            within: the part of the page to look in.
            expect: the status of the page that it leads to.
        """
        button = self._find("button", BUTTONS, words, within)
        form = self._form_of(button)
        entries = Form(form, self._soup, self.place)
        for label, value in (fields or {}).items():
            entries.fill(label, value)
        for box in tick:
            entries.tick(box)
        data = entries.data(button)
        target = urljoin(self.url, str(button.get("formaction") or form.get("action") or self.url))
        method = str(button.get("formmethod") or form.get("method") or "get").upper()
        self._request(method, target, data, expect=expect)

    # ── reading the page ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def place(self) -> str:
        """The address without its query, which may hold what is secret."""
        return _without_query(self.url)

    @property
    def heading(self) -> str:
        """The words of the first heading."""
        return text_of(self.one("h1"))

    @property
    def text(self) -> str:
        """All words of the page."""
        return text_of(self._soup)

    def all(self, selector: str, within: Tag | None = None) -> list[Tag]:
        """Return what a CSS selector finds."""
        return list((within or self._soup).select(selector))

    def one(self, selector: str, within: Tag | None = None) -> Tag:
        """Return the first that a CSS selector finds."""
        if found := self.all(selector, within):
            return found[0]
        raise PageError(f"{self.place} (“{self._title}”) has nothing like {selector}")

    def has(self, selector: str) -> bool:
        """Tell whether a CSS selector finds anything."""
        return bool(self.all(selector))

    def links(self) -> list[str]:
        """Return the addresses of all links, absolute and without fragments."""
        found = (urljoin(self.url, str(link["href"])) for link in self.all("a[href]"))
        return [urlsplit(address)._replace(fragment="").geturl() for address in found]

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _title(self) -> str:
        return text_of(self._soup.title) if self._soup.title else "no title"

    def _request(self, method: str, url: str, data: list[tuple[str, str]] | None = None, *, expect: int) -> None:
        sent = {"params": data} if method == "GET" and data else {"data": data}
        try:
            with _queries_unlogged():
                answer = self._http.request(method, url, timeout=TIMEOUT_S, **sent)
        except requests.RequestException as error:  # its own words would show the query
            raise PageError(f"{_without_query(url)} cannot be reached ({type(error).__name__})") from None
        for step in (*answer.history, answer):
            if self._watcher:
                self._watcher(step)
        self.url = answer.url
        self._soup = BeautifulSoup(answer.text, "html.parser")
        if answer.status_code != expect:
            raise PageError(f"{self.place} answered {answer.status_code}, not {expect}: “{self._title}”")

    def _find(self, kind: str, selector: str, words: str, within: Tag | None) -> Tag:
        candidates = {id(tag): (_words_on(tag), tag) for tag in self.all(selector, within)}.values()
        exact = [tag for said, tag in candidates if said == words]
        fitting = exact[:1] or [tag for said, tag in candidates if said.startswith(words)]
        if len(fitting) == 1:
            return fitting[0]
        there = ", ".join(sorted({f"“{said}”" for said, _ in candidates if said})) or "none"
        what = f"more than one {kind} begins" if fitting else f"no {kind} begins"
        raise PageError(f"{self.place} (“{self._title}”): {what} with “{words}”; there are {there}")

    def _form_of(self, button: Tag) -> Tag:
        if name := button.get("form"):
            return self.one(f'form[id="{name}"]')
        form = button.find_parent("form")
        if form is None:
            raise PageError(f"{self.place} (“{self._title}”): the button “{_words_on(button)}” belongs to no form")
        return form


def _without_query(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _words_on(tag: Tag) -> str:
    said = tag.get("aria-label") or (tag.get("value", "") if tag.name == "input" else text_of(tag))
    return str(said)


class _WithoutQuery(logging.Filter):
    """urllib3 logs whole addresses at DEBUG, and the way back from Atlassian carries a code and a state.

    Only for this thread: a server that runs in the same process logs what it likes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread == self._thread and isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


@contextmanager
def _queries_unlogged() -> Iterator[None]:
    log, without_query = logging.getLogger("urllib3.connectionpool"), _WithoutQuery()
    log.addFilter(without_query)
    try:
        yield
    finally:
        log.removeFilter(without_query)
