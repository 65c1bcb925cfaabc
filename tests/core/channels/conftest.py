"""Fixtures of the channels' tests: one world, connected and with a project in use, and no channel yet."""

from __future__ import annotations

import pytest

from helpdesk_core.accounts.models import User
from helpdesk_core.host import Host
from helpdesk_core.jobs import Work
from tests.core.channels.world import World
from tests.core.fake_conversation import FakeConversation
from tests.core.fake_creation import FakeCreation
from tests.core.fake_gateway import FakeGateway, FakeReceiver
from tests.core.fake_tracker import FakeTracker


@pytest.fixture
def creation(gateway: FakeGateway) -> FakeCreation:
    return FakeCreation(gateway)


@pytest.fixture
def talk(gateway: FakeGateway) -> FakeConversation:
    return FakeConversation(gateway)


@pytest.fixture
def tracker(
    gateway: FakeGateway, receiver: FakeReceiver, creation: FakeCreation, talk: FakeConversation
) -> FakeTracker:
    return FakeTracker(gateway=gateway, receiver=receiver, creation=creation, conversation=talk)


@pytest.fixture
def world(host: Host, work: Work, creation: FakeCreation, talk: FakeConversation, agent: User) -> World:
    return World(host, work, creation=creation, talk=talk, kim=agent)
