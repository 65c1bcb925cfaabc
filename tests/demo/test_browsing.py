"""The tour's browser does what a person's would, and says in words what is not there."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from requests_mock import Mocker

from plugins.demo.browsing import Browser, PageError
from plugins.demo.serving import Running

HERE = "http://help.example"
FORM = """
<title>A form</title><h1>Form</h1>
<form method="post" action="/send">
  <input type="hidden" name="csrf_token" value="t">
  <label for="who">Who</label><input id="who" name="who" value="nobody">
  <label for="what">What</label><textarea id="what" name="what">
as it was</textarea>
  <label for="one">One</label><input type="radio" id="one" name="number" value="1" checked>
  <label for="two">Two</label><input type="radio" id="two" name="number" value="2">
  <label><input type="checkbox" name="box" value="a" checked> A</label>
  <label><input type="checkbox" name="box" value="b"> B</label>
  <select name="colour" aria-label="Colour"><option value="r">Red</option>
    <option value="g" selected>Green</option></select>
  <input name="off" value="x" disabled>
  <button name="do" value="send">Send it <span>now</span></button>
  <button name="do" value="drop">Drop</button>
  <button type="button">Nothing</button>
</form>
<input name="far" value="away" form="none"><a href="/else">Somewhere else</a>
"""


@pytest.fixture
def browser(requests_mock: Mocker) -> Iterator[Browser]:
    requests_mock.get(f"{HERE}/", text=FORM)
    requests_mock.post(f"{HERE}/send", text="<h1>Sent</h1>")
    requests_mock.get(f"{HERE}/else", text="<h1>Else</h1>")
    with Browser() as browser:
        browser.open(f"{HERE}/")
        yield browser


def test_a_form_is_sent_as_the_page_filled_it(browser: Browser, requests_mock: Mocker) -> None:
    browser.submit("Drop")
    assert requests_mock.last_request.text == "csrf_token=t&who=nobody&what=as+it+was&number=1&box=a&colour=g&do=drop"
    assert browser.heading == "Sent"


def test_fields_are_filled_by_their_labels(browser: Browser, requests_mock: Mocker) -> None:
    fields: dict[str, str | bool] = {"Who": "me", "Two": True, "A": False, "B": True, "Colour": "Red"}
    browser.submit("Send it", fields)
    assert requests_mock.last_request.text == "csrf_token=t&who=me&what=as+it+was&number=2&box=b&colour=r&do=send"


def test_links_are_followed_by_their_words(browser: Browser) -> None:
    browser.follow("Somewhere")
    assert browser.heading == "Else"


def test_what_is_not_there_is_told_with_what_is(browser: Browser) -> None:
    with pytest.raises(PageError, match="no link begins with “Nowhere”; there are “Somewhere else”"):
        browser.follow("Nowhere")
    with pytest.raises(PageError, match="no button begins with “Nothing”; there are “Drop”, “Send it now”"):
        browser.submit("Nothing")
    with pytest.raises(PageError, match="no field begins with “When”; there are “A”, “B”, “Colour”"):
        browser.submit("Drop", {"When": "now"})
    with pytest.raises(PageError, match="“Colour” offers no “Blue”; there are “Red”, “Green”"):
        browser.submit("Drop", {"Colour": "Blue"})
    with pytest.raises(PageError, match=r"has nothing like \.board"):
        browser.one(".board")


def test_a_page_that_answers_otherwise_is_an_error_without_the_query(browser: Browser, requests_mock: Mocker) -> None:
    requests_mock.get(f"{HERE}/callback", status_code=500, text="<title>Oh</title>")
    with pytest.raises(PageError, match="callback answered 500, not 200: “Oh”") as caught:
        browser.open("/callback?code=very-secret")
    assert "very-secret" not in str(caught.value)


def test_a_server_that_is_gone_is_an_error_without_the_query() -> None:
    with Browser() as browser, pytest.raises(PageError, match="cannot be reached") as caught:
        browser.open("http://127.0.0.1:9/callback?code=very-secret")
    assert "very-secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_queries_are_kept_out_of_the_log(here: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Browser() as browser:
        browser.open(f"{here.helpdesk_url}/sign-in?code=very-secret")
    assert '"GET /sign-in HTTP/1.1" 200' in caplog.text
    assert "very-secret" not in caplog.text


def test_a_page_is_watched_with_the_redirects_that_led_to_it(here: Running) -> None:
    seen: list[tuple[str, int]] = []
    with Browser(lambda answer: seen.append((answer.url, answer.status_code))) as browser:
        browser.open(here.helpdesk_url)
        assert browser.place == f"{here.helpdesk_url}/sign-in"
    assert seen == [(f"{here.helpdesk_url}/", 302), (f"{here.helpdesk_url}/sign-in?next=%2F", 200)]
