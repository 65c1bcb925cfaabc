"""What every page promises: CSRF tokens are asked for, cookies are Lax, headers are set, errors speak plainly."""

from __future__ import annotations

import pytest

from helpdesk_core.app import create_app
from tests.conftest import PASSWORD


@pytest.fixture
def guarded(host):
    """Return the application as it really runs, with CSRF protection."""
    return create_app(host, session_key="only for tests")


def test_every_form_needs_its_token(guarded, admin):
    posts = [rule for rule in guarded.url_map.iter_rules() if "POST" in (rule.methods or set())]
    machines = [rule for rule in posts if rule.endpoint.startswith("webhooks.")]
    assert [rule.rule for rule in machines] == ["/webhooks/<key>"], "only deliveries prove themselves otherwise"
    posts = [rule for rule in posts if rule not in machines]
    assert len(posts) > 15
    client = guarded.test_client()
    for rule in posts:
        with guarded.test_request_context():
            address = guarded.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, 1))
        answer = client.post(address)
        assert answer.status_code == 400, rule
        assert "Please send it again" in answer.text


def test_the_session_cookie_is_lax_so_that_the_way_back_from_consent_finds_it(app, admin):
    answer = app.test_client().post("/sign-in", data={"email": admin.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("helpdesk_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "this helpdesk is served over plain HTTP"


def test_pages_carry_a_strict_policy_and_are_not_cached(signed_in, admin):
    headers = signed_in(admin).get("/settings/integrations").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "There is no such page"),
        ("/settings/integrations/nobody/setup", 404, "no integration called"),
        ("/settings/integrations/fake/99", 404, "There is no such connection"),
        ("/settings/integrations/fake/connect", 405, "only takes what a form of ours sends"),
    ],
)
def test_errors_say_what_is_wrong_in_words(signed_in, admin, path, status, words):
    answer = signed_in(admin).get(path)
    assert answer.status_code == status
    assert words in answer.text.replace("&#39;", "'")


def test_a_fault_of_ours_shows_no_detail(app, signed_in, admin, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = signed_in(admin)
    monkeypatch.setattr("helpdesk_core.connections.cards.sections", lambda *_: 1 / 0)
    answer = client.get("/settings/integrations")
    assert answer.status_code == 500
    assert "Something broke here" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_a_huge_form_is_refused(signed_in, admin):
    answer = signed_in(admin).post("/settings/people", data={"name": "x" * 2**21})
    assert answer.status_code == 413
