"""Pauses: how soon work comes back that one of them holds up."""

from __future__ import annotations

import pytest

from helpdesk_core.errors import Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.sync import holds
from tests.core.linking_world import connect


class Remote:
    """Counts what reaches it, and refuses all of it, or asks for a pause of an hour."""

    def __init__(self, answer: Exception) -> None:
        self.answer, self.asked = answer, 0

    def __call__(self, _view):
        self.asked += 1
        raise self.answer


def put_off(host, connection_id: int, remote: Remote) -> float:
    """Ask, and return after how many seconds the work is to come back."""
    with pytest.raises(TemporarilyUnavailable) as caught:
        holds.put(host, connection_id, "move", remote)
    return caught.value.retry_after


def test_work_that_a_refusal_holds_up_comes_within_seconds_to_see_whether_it_was_released(host, clock):
    acme = connect(host)
    remote = Remote(Rejected("The secret is wrong.", cure="Enter it.", extent=Extent.CONNECTION))
    soon = holds.LOOK.total_seconds()
    assert [put_off(host, acme, remote) for _ in range(3)] == [soon] * 3
    assert remote.asked == 1, "to look whether the pause was released costs no call"
    clock.advance(seconds=holds.REFUSED.total_seconds() - 1)
    assert put_off(host, acme, remote) == 1
    with host.database.write() as session:
        holds.release(session, acme)
    put_off(host, acme, remote)
    assert remote.asked == 2


def test_work_that_a_limit_holds_up_comes_when_the_limit_says(host):
    acme = connect(host)
    remote = Remote(TemporarilyUnavailable("Too many calls.", retry_after=3600, extent=Extent.CONNECTION))
    assert [put_off(host, acme, remote) for _ in range(2)] == [3600, 3600]
    assert remote.asked == 1
