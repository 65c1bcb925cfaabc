"""Sign-in and consent: every way forward, and every refusal, as facts §1.2 tells them."""

from __future__ import annotations

import re
from html import unescape

import pytest

from plugins.jira.simulator import Simulator
from tests.simulator.driving import BOT, DANA, SAM, Driver, callback, hidden


def shown_problem(driver: Driver, **changes: str | None) -> str:
    """What Atlassian's own error page says; the browser must never get back to the callback."""
    answer = driver.authorize(**changes)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/error?")
    page = driver.browser.get(answer.headers["Location"])
    assert page.status_code == 400
    return unescape(page.text)


def test_asks_to_sign_in_first_and_then_goes_on(driver: Driver) -> None:
    answer = driver.authorize()
    sign_in = driver.browser.get(answer.headers["Location"])
    assert "Log in to continue" in sign_in.text
    form = {"continue": hidden(sign_in, "continue"), "email": DANA, "password": "dana-password"}
    onward = driver.browser.post("/login", data=form)
    assert "requesting access" in driver.browser.get(onward.headers["Location"]).text


def test_looks_at_the_client_only_after_sign_in(driver: Driver) -> None:
    answer = driver.authorize(client_id="nobody")
    assert answer.headers["Location"].startswith("/login?")


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        (DANA, "wrong", "Incorrect email address or password."),
        ("who@acme.example", "x", "Incorrect email address or password."),
    ],
)
def test_refuses_a_wrong_sign_in(driver: Driver, email: str, password: str, message: str) -> None:
    answer = driver.sign_in(email, password)
    assert answer.status_code == 401
    assert message in answer.text


def test_refuses_a_deactivated_account(driver: Driver) -> None:
    driver.simulator.control.set_active(DANA, active=False)
    assert "deactivated" in driver.sign_in().text


def test_never_leads_to_another_host_after_sign_in(driver: Driver) -> None:
    form = {"continue": "//evil.example", "email": DANA, "password": "dana-password"}
    assert driver.browser.post("/login", data=form).headers["Location"] == "/"


def test_consent_page_names_app_account_permissions_and_sites(driver: Driver) -> None:
    driver.sign_in()
    page = unescape(driver.authorize().text)
    assert "Helpdesk is requesting access" in page
    assert "Dana Admin" in page
    assert "Switch account" in page
    assert "View Jira projects, issues, comments" in page
    assert re.findall(r"<option[^>]*>([^<]+)", page) == ["acme", "beta", "acme-docs (Confluence)"]
    assert "has not been reviewed by Atlassian" in page


def test_authorize_brings_code_and_state_to_the_callback(driver: Driver) -> None:
    driver.sign_in()
    found = callback(driver.decide(driver.authorize(), "authorize", "acme"))
    assert found["to"] == "http://127.0.0.1:9/callback"
    assert found["state"] == "state-of-the-flow"
    assert driver.redeem(found["code"]).status_code == 200


def test_cancel_brings_access_denied_to_the_callback(driver: Driver) -> None:
    driver.sign_in()
    found = callback(driver.decide(driver.authorize(), "cancel", "acme"))
    assert found["error"] == "access_denied"
    assert found["error_description"] == "User did not authorize the request"
    assert found["state"] == "state-of-the-flow"
    assert "code" not in found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "nobody"}, "Failed to retrieve client"),
        ({"redirect_uri": "http://127.0.0.1:9/callback/"}, "Callback URL mismatch"),
        ({"scope": "read:jira-work manage:jira-project"}, "manage:jira-project"),
        ({"scope": None}, "Missing required parameter: scope"),
        ({"state": None}, "Missing required parameter: state"),
        ({"audience": "example.com"}, "audience must be api.atlassian.com"),
        ({"audience": None}, "audience must be api.atlassian.com"),
        ({"response_type": "token"}, "response_type must be code"),
        ({"prompt": "none"}, "prompt must be consent"),
    ],
)
def test_shows_its_own_error_page(driver: Driver, changes: dict[str, str | None], words: str) -> None:
    driver.sign_in()
    assert words in shown_problem(driver, **changes)


def test_a_private_app_is_for_its_owner_only(driver: Driver) -> None:
    driver.simulator.control.change_app(shared=False)
    driver.sign_in(BOT)
    assert "Failed to retrieve client" in shown_problem(driver)
    driver.sign_in(DANA)
    assert driver.authorize().status_code == 200


def test_a_consent_page_is_good_for_one_answer_by_its_account(driver: Driver) -> None:
    driver.sign_in()
    page = driver.authorize()
    driver.sign_in(BOT)
    assert driver.decide(page, "authorize", "acme").status_code == 400
    driver.sign_in()
    page = driver.authorize()
    assert driver.decide(page, "authorize", "acme").status_code == 302
    assert driver.decide(page, "authorize", "acme").status_code == 400


def test_a_site_must_be_one_of_the_account(driver: Driver) -> None:
    driver.simulator.control.remove_member("beta", DANA)
    driver.sign_in()
    assert driver.decide(driver.authorize(), "authorize", "beta").status_code == 400


def test_an_account_without_sites_can_consent_to_nothing(driver: Driver) -> None:
    driver.sign_in(SAM)
    page = driver.authorize()
    assert "no site" in page.text
    tokens = driver.redeem(callback(driver.decide(page, "authorize"))["code"]).get_json()
    assert driver.resources(tokens["access_token"]) == []


def test_its_cookie_bears_a_name_of_its_own(driver: Driver, simulator: Simulator) -> None:
    """The helpdesk runs on the same host, and cookies do not know ports."""
    assert driver.sign_in().headers["Set-Cookie"].startswith("atlassian_session=")


def test_pages_for_people_hold_accounts_sites_and_issues(driver: Driver) -> None:
    home = driver.browser.get("/").text
    assert "dana@acme.example" in home
    assert "Customer Support" in home
    assert "Invoice PDF is empty" in driver.browser.get("/sites/acme").text
    assert "In Progress" in driver.browser.get("/sites/acme/browse/SUP-1").text
    assert driver.browser.get("/sites/nowhere").status_code == 404
    assert driver.browser.get("/sites/acme/browse/SUP-99").status_code == 404
