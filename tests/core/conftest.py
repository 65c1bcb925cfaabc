"""Fixtures around the scripted integration."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from helpdesk_core.connections.models import Connection
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from tests.conftest import Clock
from tests.core.channel_world import World
from tests.core.fake_conversation import FakeConversation
from tests.core.fake_creation import FakeCreation
from tests.core.fake_gateway import FakeGateway, FakeReceiver
from tests.core.fake_health import FakeHealth
from tests.core.fake_tracker import FakeTracker, admit


@pytest.fixture
def gateway(clock: Clock) -> FakeGateway:
    """The issues of the remote system."""
    return FakeGateway(clock)


@pytest.fixture
def receiver(clock: Clock) -> FakeReceiver:
    """The webhooks of the remote system."""
    return FakeReceiver(clock)


@pytest.fixture
def creation(gateway: FakeGateway) -> FakeCreation:
    """What creates issues of the remote system, where a test asks for the world of channels."""
    return FakeCreation(gateway)


@pytest.fixture
def talk(gateway: FakeGateway) -> FakeConversation:
    """What is said at the remote system, where a test asks for the world of channels."""
    return FakeConversation(gateway)


@pytest.fixture
def health() -> FakeHealth:
    """What looks after connections, where a test asks for it."""
    return FakeHealth()


@pytest.fixture
def tracker(
    request: pytest.FixtureRequest,
    gateway: FakeGateway,
    receiver: FakeReceiver,
    creation: FakeCreation,
    talk: FakeConversation,
) -> FakeTracker:
    made = FakeTracker(gateway=gateway, receiver=receiver)
    if "world" in request.fixturenames:
        made.creation, made.conversation = creation, talk
    if "health" in request.fixturenames:
        made.health = request.getfixturevalue("health")
    return made


@pytest.fixture
def world(
    host: Host, work: Work, clock: Clock, gateway: FakeGateway, creation: FakeCreation, talk: FakeConversation
) -> World:
    """A connection that creates issues and carries comments, with its statuses mapped and one project in use."""
    return World.build(host, work, clock, gateway=gateway, creation=creation, talk=talk)


@pytest.fixture
def registry(tracker: FakeTracker) -> IntegrationRegistry:
    registry = IntegrationRegistry()
    admit(registry, tracker)
    return registry


def click_connect(client: FlaskClient, **form: object) -> str:
    """Click Connect and return the state that travels."""
    answer = client.post("/settings/integrations/fake/connect", data=form)
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.location).query)["state"][0]


def come_back(client: FlaskClient, state: str, **query: str):
    """Come back from the remote system."""
    return client.get("/integrations/fake/callback", query_string={"state": state, "code": "c0de", **query})


@pytest.fixture
def connected(host: Host, signed_in, admin) -> Connection:
    """Return a connection of acme."""
    client = signed_in(admin)
    assert come_back(client, click_connect(client)).location == "/settings/integrations"
    with host.database.read() as session:
        return session.get_one(Connection, 1)
