"""The address of deliveries: answers by status alone, takes no sign-in and no token, and logs nothing that was sent."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import func, select

from helpdesk_core.app import create_app
from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.sync.models import StoredDelivery
from helpdesk_core.sync.webhook_views import LARGEST
from tests.core.fake_gateway import SIGNATURE, FakeReceiver
from tests.core.fake_tracker import FakeTracker, admit

SECRET = "s3cret-of-the-sender"


@pytest.fixture
def client(host):
    """A machine that has never signed in, on the application as it really runs, with CSRF protection."""
    return create_app(host, session_key="only for tests").test_client()


def post(client, headers, body, key="fake"):
    return client.post(f"/webhooks/{key}", headers=headers, data=body)


def count(host) -> int:
    with host.database.read() as session:
        return session.scalar(select(func.count(StoredDelivery.id)))


def test_a_delivery_is_answered_with_nothing_when_it_is_stored(client, host):
    answer = post(client, *FakeReceiver.delivery({"issue_id": "1"}))
    assert (answer.status_code, answer.data, count(host)) == (204, b"", 1)
    assert "Set-Cookie" not in answer.headers


def test_headers_reach_the_plugin_by_lower_case_name_and_the_body_as_it_came(client, receiver):
    headers, body = FakeReceiver.delivery({"issue_id": "1"})
    post(client, {**headers, "X-Fake-Identifier": "Abc"}, body)
    (delivery,) = receiver.received
    assert delivery.headers["x-fake-identifier"] == "Abc"
    assert delivery.body == body


def test_repetitions_and_what_concerns_nobody_are_answered_alike(client, host):
    for _ in range(2):
        assert post(client, *FakeReceiver.delivery({"issue_id": "1", "workspace_hint": "w-9"})).status_code == 204
    assert post(client, *FakeReceiver.delivery()).status_code == 204
    assert count(host) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, b"[]", 401, "unverified"),
        ({"authorization": SECRET}, SECRET.encode(), 401, "unverified"),
        ({"authorization": SIGNATURE, "x-token": SECRET}, f"no json {SECRET}".encode(), 400, "unreadable"),
    ],
)
def test_a_refusal_is_logged_by_its_code_and_shows_nothing_that_was_sent(
    client, host, caplog, headers, body, status, code
):
    with caplog.at_level(logging.DEBUG):
        answer = post(client, headers, body)
    assert (answer.status_code, answer.data, count(host)) == (status, b"", 0)
    (line,) = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert "'fake'" in line
    assert code in line
    assert SECRET not in caplog.text
    assert SIGNATURE not in caplog.text


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (RuntimeError(SECRET), 500, "plugin_fault"),
        (TemporarilyUnavailable(SECRET), 503, "TemporarilyUnavailable"),
    ],
)
def test_a_plugins_own_trouble_asks_the_sender_to_try_again(client, receiver, caplog, fault, status, code):
    receiver.fault = fault
    assert post(client, *FakeReceiver.delivery({"issue_id": "1"})).status_code == status
    assert code in caplog.text
    assert SECRET not in caplog.text


def test_a_delivery_may_be_larger_than_a_form_but_not_without_end(client, host, caplog):
    headers, body = FakeReceiver.delivery({"issue_id": "1"})
    large = body + b" " * (LARGEST - len(body))
    assert post(client, headers, large).status_code == 204
    assert post(client, headers, large + b" ").status_code == 413
    assert "too_large" in caplog.text
    assert count(host) == 1
    assert client.post("/sign-in", data=b"x" * (2**20 + 1)).status_code == 413, "forms keep their own limit"


def test_nobody_there_is_404(client, host, registry, caplog):
    assert post(client, {}, b"", key="nobody").status_code == 404
    assert "'nobody' was refused: unknown" in caplog.text
    with host.database.write() as session:
        set_enabled(session, "fake", enabled=False)
    assert post(client, *FakeReceiver.delivery({"issue_id": "1"})).status_code == 404
    registry.quarantine("broken", Origin(distribution="helpdesk-broken"), "It does not load.")
    assert post(client, {}, b"", key="broken").status_code == 404


def test_the_senders_word_cannot_forge_a_line_of_the_log(client, caplog):
    post(client, {}, b"", key="a%0Aall is well" + "x" * 100)
    (line,) = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert "\n" not in line
    assert len(line) < 120


def test_only_post_is_taken(client):
    assert client.get("/webhooks/fake").status_code == 405


class TestWithoutReceiver:
    @pytest.fixture
    def registry(self) -> IntegrationRegistry:
        registry = IntegrationRegistry()
        admit(registry, FakeTracker())
        return registry

    def test_an_integration_without_a_receiver_is_404(self, client):
        assert post(client, *FakeReceiver.delivery({"issue_id": "1"})).status_code == 404
