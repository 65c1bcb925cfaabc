"""Connecting a tracker: what an admin may enter, what is asked again, and what ends the attempt by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from tracker import BOT, BOT_PASSWORD, Template, Tracker, serving
from wtforms import Form

from helpdesk_core.errors import AuthorizationLost, TemporarilyUnavailable
from helpdesk_core.values import (
    Authorized,
    ConnectCallback,
    ConnectRequest,
    Failed,
    FailureCode,
    IssuesRequest,
    Secret,
    ShowForm,
    Workspace,
)
from helpdesk_roundup.connect import RoundupConnectFlow
from helpdesk_roundup.forms import BadAddress, tracker_address
from helpdesk_roundup.gateway import RoundupTicketGateway

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FLOW = RoundupConnectFlow()


def entered(http: requests.Session, url: str, **form: str | Secret) -> ConnectCallback:
    filled = {"url": url, "login": BOT, "password": Secret(BOT_PASSWORD), "messages": "everybody", **form}
    return ConnectCallback(callback_url="https://desk.example/cb", settings={}, http=http, now=NOW, form=filled)


def test_a_tracker_is_connected(tracker: Tracker, http: requests.Session) -> None:
    answer = FLOW.complete(entered(http, tracker.url + "issue12"))
    assert isinstance(answer, Authorized)
    (workspace,) = answer.workspaces
    place = tracker.url.removeprefix("http://")
    assert workspace == Workspace(id=place, name=place.rstrip("/"), url=tracker.url)
    assert answer.settings == {"login": BOT, "messages": "everybody", "account_id": "5"}
    assert BOT_PASSWORD not in repr(answer)


def test_the_account_is_verified(tracker: Tracker, connect) -> None:
    account = FLOW.verify(connect(tracker.url))
    assert (account.id, account.name, account.email) == ("5", "Acme Helpdesk", "helpdesk@acme.example")


@pytest.mark.parametrize("wrong", [{"password": Secret("mistyped-9")}, {"login": "nobody"}, {"login": "Über"}])
def test_a_wrong_password_or_name_is_asked_again(tracker: Tracker, http: requests.Session, wrong) -> None:
    answer = FLOW.complete(entered(http, tracker.url, **wrong))
    assert isinstance(answer, ShowForm)
    assert "refuses the login name or the password" in answer.explanation[0]
    assert "mistyped-9" not in repr(answer)


@pytest.mark.parametrize("wrong", [{"password": Secret("")}, {"login": " "}, {"login": "a:b"}])
def test_what_cannot_be_sent_is_asked_again_without_a_call(http: requests.Session, wrong) -> None:
    answer = FLOW.complete(entered(http, "https://127.0.0.1:1/", **wrong))
    assert isinstance(answer, ShowForm)
    assert answer.explanation[0].startswith("Enter the account's")


def test_a_page_that_is_no_tracker_is_asked_again(tracker: Tracker, http: requests.Session) -> None:
    answer = FLOW.complete(entered(http, tracker.url + "elsewhere/"))
    assert isinstance(answer, ShowForm)
    assert "Check the address" in answer.explanation[0]


def test_rest_that_is_switched_off_is_named(template: Template, tmp_path: Path, http: requests.Session) -> None:
    with serving(template, tmp_path / "t", WEB_ENABLE_REST="no") as tracker:
        answer = FLOW.complete(entered(http, tracker.url))
    assert isinstance(answer, ShowForm)
    assert "enable_rest" in answer.explanation[0]


def test_basic_that_is_switched_off_is_no_login(template: Template, tmp_path: Path, http: requests.Session) -> None:
    with serving(template, tmp_path / "t", WEB_HTTP_AUTH="no") as tracker:
        answer = FLOW.complete(entered(http, tracker.url))
    assert isinstance(answer, Failed)
    assert answer.code is FailureCode.NO_ACCESS


def test_a_tracker_that_takes_us_for_a_stranger_is_not_believed(
    tracker: Tracker, template: Template, tmp_path: Path, connect
) -> None:
    schema = tracker.home / "schema.py"
    open_to_all = "\nfor what in 'Rest Access',: db.security.addPermissionToRole('Anonymous', what)\n"
    open_to_all += "everybody = db.security.addPermission(name='View', klass='user', properties=('id', 'username'))\n"
    open_to_all += "db.security.addPermissionToRole('Anonymous', everybody)\n"
    schema.write_text(schema.read_text() + open_to_all)
    with serving(Template(tracker.home), tmp_path / "open", WEB_HTTP_AUTH="no") as stranger:
        view = connect(stranger.url)
        with pytest.raises(AuthorizationLost, match="stranger"):
            FLOW.verify(view)
        with pytest.raises(AuthorizationLost, match="stranger"):
            RoundupTicketGateway().fetch(IssuesRequest(connection=view, issue_ids=("999",)))


def test_an_address_that_the_tracker_does_not_call_its_own(
    template: Template, tmp_path: Path, http: requests.Session
) -> None:
    with serving(template, tmp_path / "t", TRACKER_WEB="https://bugs.acme.example/main/") as tracker:
        answer = FLOW.complete(entered(http, tracker.url))
    assert isinstance(answer, Failed)
    assert answer.code is FailureCode.REMOTE_REFUSED
    assert "config.ini" in answer.detail


def test_an_account_without_rest_access(tracker: Tracker, http: requests.Session) -> None:
    with tracker.acting("admin") as db:
        db.user.set("5", roles="Anonymous")
    answer = FLOW.complete(entered(http, tracker.url))
    assert isinstance(answer, Failed)
    assert (answer.code, "Rest Access" in answer.detail) == (FailureCode.NO_ACCESS, True)


def test_no_server_is_an_outage(http: requests.Session) -> None:
    with pytest.raises(TemporarilyUnavailable) as caught:
        FLOW.complete(entered(http, "http://127.0.0.1:1/"))
    assert BOT_PASSWORD not in str(caught.value)


def test_too_many_wrong_passwords(template: Template, tmp_path: Path, http: requests.Session) -> None:
    limit = {"WEB_API_FAILED_LOGIN_LIMIT": "2", "WEB_API_FAILED_LOGIN_INTERVAL_IN_SEC": "600"}
    with serving(template, tmp_path / "t", **limit) as tracker:
        wrong = entered(http, tracker.url, password=Secret("x"))
        assert isinstance(FLOW.complete(wrong), ShowForm)
        assert isinstance(FLOW.complete(wrong), ShowForm)
        with pytest.raises(TemporarilyUnavailable) as caught:
            FLOW.complete(wrong)
    assert caught.value.retry_after is not None
    assert not caught.value.is_outage


def test_a_changed_password_or_a_retired_account_loses_the_authorization(tracker: Tracker, connection) -> None:
    tracker.set_user(password="another")
    with pytest.raises(AuthorizationLost):
        FLOW.verify(connection)
    tracker.set_user(password=BOT_PASSWORD)
    FLOW.verify(connection)
    tracker.disable()
    with pytest.raises(AuthorizationLost):
        FLOW.verify(connection)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://Bugs.Acme.example", "https://bugs.acme.example/"),
        ("  https://bugs.acme.example:443/main/  ", "https://bugs.acme.example/main/"),
        ("https://bugs.acme.example/main/issue17?@ok=1#m", "https://bugs.acme.example/main/"),
        ("https://bugs.acme.example/main/rest/data/issue", "https://bugs.acme.example/main/"),
        ("https://bugs.acme.example:8443/x//y/index.html", "https://bugs.acme.example:8443/x/y/"),
        ("http://localhost:8080/demo", "http://localhost:8080/demo/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_an_address_has_one_way_to_be_written(typed: str, address: str) -> None:
    assert tracker_address(typed) == address
    assert tracker_address(address) == address


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("http://bugs.acme.example/", "https://"),
        ("https://ann:pw@bugs.acme.example/", "Leave login name"),
        ("https://@bugs.acme.example/", "Leave login name"),
        ("ftp://bugs.acme.example/", "must begin with https://"),
        ("bugs.acme.example", "must begin with https://"),
        ("https:///main", "must begin with https://"),
        ("https://bugs acme/", "must begin with https://"),
        ("https://bugs.acme.example:x/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://bugs.acme.example/a/../b", "Leave “.”"),
        ("https://bugs.acme.example/a b", "without blanks"),
        ("https://bugs.acme.example/" + "a" * 300, "shorter"),
        ("", "must begin with https://"),
    ],
)
def test_a_bad_address_says_how_to_mend_it(typed: str, says: str, http: requests.Session) -> None:
    with pytest.raises(BadAddress, match=says):
        tracker_address(typed)
    again = FLOW.complete(entered(http, typed))
    assert isinstance(again, ShowForm)
    assert says in again.explanation[0]


def test_the_form_of_a_known_tracker_holds_its_address(http: requests.Session) -> None:
    known = Workspace(id="bugs.acme.example/", name="bugs.acme.example", url="https://bugs.acme.example/")
    request = ConnectRequest(callback_url="x", state=Secret("s"), settings={}, http=http, now=NOW, workspace=known)
    shown = FLOW.begin(request)
    assert isinstance(shown, ShowForm)
    form: Form = shown.form()
    assert form["url"].data == "https://bugs.acme.example/"
    assert [field.name for field in form] == ["url", "login", "password", "messages"]
