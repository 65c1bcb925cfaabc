"""Two who act on a channel at the same moment, on both databases: neither doubles what the other does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from helpdesk_core.channels import creations, saving, transferring
from helpdesk_core.channels.models import Channel, Creation, Way
from helpdesk_core.db import Database
from helpdesk_core.errors import Refused, Rejected
from helpdesk_core.models import Base
from helpdesk_core.tickets.service import get_ticket


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def test_of_two_channels_saved_at_once_for_the_same_issues_one_is_refused(world):
    start, draft = Barrier(4), world.draft()

    def save(_number: int) -> bool:
        start.wait()
        try:
            saving.add(world.host, world.acme, draft, by="Dana")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(4))) == [False, False, False, True]
    assert len(world.rows(Channel)) == 1


def test_of_two_channels_switched_on_at_once_for_the_same_issues_one_is_refused(world):
    ids = []
    for _ in range(2):
        ids.append(saving.add(world.host, world.acme, world.draft(), by="Dana").id)
        saving.switch(world.host, ids[-1], enabled=False)
    start = Barrier(2)

    def switch(id_: int) -> bool:
        start.wait()
        try:
            saving.switch(world.host, id_, enabled=True)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(switch, ids)) == [False, True]


@pytest.mark.parametrize("kind_id", ["k-1", "k-2"])
def test_an_issue_that_somebody_asks_for_while_a_backlog_is_handed_on_is_asked_for_once(world, kind_id):
    """By hand it may be of a kind about which no channel is, so that the ticket's own row does not change."""
    ticket = world.ticket()
    channel = world.open_channel()
    transfer = transferring.begin(world.host, channel, Way.OUT, by="Dana")
    with ThreadPoolExecutor(1) as pool:
        with world.host.database.write() as session:
            creations.ask_for_issue(
                world.host,
                session,
                get_ticket(session, ticket),
                connection_id=world.acme,
                project_id="p-1",
                kind_id=kind_id,
                values=(),
                by=world.kim,
            )
            handing_on = pool.submit(transferring.hand_on, world.host, transfer.id)
            time.sleep(0.5)  # it waits for the ticket by now
        handing_on.result()
    world.settle(2)
    assert len(world.rows(Creation)) == 1
    assert list(world.pairs) == [ticket]


def test_an_admin_mends_while_refusals_come_in_and_nobody_waits_for_ever(world, creation):
    channel = world.open_channel()
    for number in range(6):
        world.ticket(f"Ticket {number}")
    error = Rejected("It is required.", cure="Say which.", code="field_required")
    start = Barrier(2)

    def refuse() -> None:
        start.wait()
        for each in world.rows(Creation):
            creations.refused(world.host, each.id, error, asked_at=world.clock())

    def mend() -> None:
        start.wait()
        for _ in range(6):
            saving.mended(world.host, channel)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(refuse), pool.submit(mend)]:
            done.result()
    saving.mended(world.host, channel)
    world.settle(2)
    assert len(world.pairs) == len(creation.made) == 6
