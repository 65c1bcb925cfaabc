"""What waited for a trouble goes on by itself when it is gone, and only that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from helpdesk_core.channels.models import Channel
from helpdesk_core.conversation.models import Carried
from helpdesk_core.errors import Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.health import record, repairs
from helpdesk_core.health import work as health_work
from helpdesk_core.health.examining import examine, note_own
from helpdesk_core.mapping.vocabulary import choose_projects, store_vocabulary
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.models import Link, LinkEvent, LinkState
from helpdesk_core.values import RemoteProject, Standing, Vocabulary
from tests.core.fake_health import trouble
from tests.core.linking_world import link_issue, read_link
from tests.databases import KINDS

both = pytest.mark.parametrize("kind", KINDS)

DENIED = Rejected("You may not do this.", cure="Ask Jo.", code="no_permission")
WHOLE = Rejected("The secret is wrong.", cure="Enter it anew.", code="client_refused", extent=Extent.CONNECTION)


@pytest.fixture
def acme(host, work, health, world) -> int:
    health_work.register(work, host)
    return world.acme


def stop(host, link_id, reason, state=LinkState.STOPPED) -> None:
    """Let a link have stopped."""
    with host.database.write() as session:
        link = session.get_one(Link, link_id)
        link.state, link.reason, link.done = state, reason, link.wanted


def states(host, *links) -> list[str]:
    return [str(read_link(host, link).state) for link in links]


def retried_by(host, link_id) -> list[str]:
    with host.database.read() as session:
        found = session.scalars(select(LinkEvent).where(LinkEvent.link_id == link_id, LinkEvent.what == "retried"))
        return [each.by_name for each in found]


def mend(host, health, connection_id, *findings) -> None:
    """Let something be found in trouble, and then be gone."""
    health.found = list(findings)
    examine(host, connection_id, thorough=True)
    health.found = []
    examine(host, connection_id, thorough=True)


@pytest.fixture
def links(host, gateway, acme) -> dict[str, int]:
    """Return links in two projects, by name, of which all but one have stopped."""
    projects = tuple(RemoteProject(id=id_, key=id_.upper(), name=id_) for id_ in ("p-1", "p-2"))
    with host.database.write() as session:
        store_vocabulary(session, acme, Vocabulary(projects=projects, statuses=()), now=host.now())
        choose_projects(session, acme, ["p-1", "p-2"])
    gateway.add("1")
    gateway.add("2", project="p-2")
    gateway.add("3")
    gateway.add("4")
    gateway.add("5")
    made = {name: link_issue(host, acme, id_) for name, id_ in zip("abcde", "12345", strict=True)}
    host.jobs.run_all()
    stop(host, made["a"], "no_permission")
    stop(host, made["b"], "no_permission")
    stop(host, made["c"], "field_required")
    stop(host, made["d"], "", LinkState.GONE)
    return made


@both
def test_links_that_a_permission_stopped_are_tried_again_in_that_project_only(host, health, acme, links):
    mend(host, health, acme, trouble("permission.move", project="p-1"))
    assert [retried_by(host, link) for link in links.values()] == [["Health"], [], [], ["Health"], []]
    host.jobs.run_all()
    assert states(host, links["b"], links["c"]) == ["stopped", "stopped"]
    assert "gone" not in states(host, links["d"])


@both
def test_trouble_of_the_whole_connection_explained_links_of_every_project(host, health, acme, links):
    mend(host, health, acme, trouble("account"))
    assert [retried_by(host, link) for link in links.values()] == [["Health"], ["Health"], [], ["Health"], []]


def test_nothing_is_tried_again_while_the_trouble_lasts_or_cannot_be_told(host, health, acme, links):
    cannot_tell = replace(trouble("permission.move", project="p-1"), standing=Standing.UNKNOWN)
    for found in ([trouble("permission.move", project="p-1")], [trouble("account"), cannot_tell]):
        for _ in range(2):
            health.found = found
            examine(host, acme, thorough=True)
    assert not any(retried_by(host, link) for link in links.values())


@both
def test_what_is_explained_is_not_told_beside_its_cause_and_waits_for_it(host, health, acme, links):
    health.found = [trouble("permission.move", project="p-1")]
    examine(host, acme, thorough=True)
    with host.database.read() as session:
        rows = {row.check: row for row in record.rows_of(session, acme) if row.project_id in {"", "p-1"}}
        assert rows["stopped"].cause == "Stopped, each for its own cause: 2 links."  # b and c: a and d are explained
        assert repairs.waiting_for(session, rows["permission.move"]) == "2 links wait for it."
    health.found = [trouble("account")]
    stop(host, links["c"], "no_permission")
    stop(host, links["a"], "no_permission")
    stop(host, links["d"], "", LinkState.GONE)
    examine(host, acme, thorough=True)
    with host.database.read() as session:
        rows = {row.check: row for row in record.rows_of(session, acme)}
        assert rows["stopped"].standing == Standing.OK
        assert rows["stopped"].cause.endswith("whose cause another check tells.")


def test_what_the_helpdesk_finds_well_by_itself_tries_nothing_again_unless_everything_waited_for_it(
    host, clock, acme, links
):
    clock.advance(days=2)
    note_own(host, acme)
    with host.database.write() as session:
        projects = tuple(RemoteProject(id=id_, key=id_.upper(), name=id_) for id_ in ("p-1", "p-2"))
        store_vocabulary(session, acme, Vocabulary(projects=projects, statuses=()), now=host.now())
    note_own(host, acme)  # "vocabulary" has closed
    assert not any(retried_by(host, link) for link in links.values())


def test_what_was_held_after_a_refusal_goes_on_as_soon_as_it_is_answered(host, health, gateway, acme):
    gateway.outage = health.error = WHOLE
    with pytest.raises(TemporarilyUnavailable):
        put(host, acme, "open", lambda _view: gateway._ask("open", None))
    examine(host, acme)
    gateway.outage = None
    with pytest.raises(TemporarilyUnavailable):
        put(host, acme, "open", lambda _view: True)
    health.error = None
    examine(host, acme)
    assert put(host, acme, "open", lambda _view: True)


def test_deliveries_are_subscribed_again_when_the_whole_connection_is_well(
    host, health, receiver, gateway, acme, links
):
    host.jobs.run_all()
    before = receiver.calls["subscribe"]
    mend(host, health, acme, trouble("permission.move", project="p-1"))
    host.jobs.run_all()
    assert receiver.calls["subscribe"] == before
    mend(host, health, acme, trouble("account"))
    host.jobs.run_all()
    assert receiver.calls["subscribe"] == before + 1


@both
def test_replies_that_were_refused_are_written_again(host, health, talk, world, acme):
    ticket = world.joined()
    talk.refusal = DENIED
    world.say(ticket, "We are on it.")
    world.settle(2)
    (carried,) = world.rows(Carried)
    assert (carried.refused != "", talk.bodies("1000")) == (True, [])
    talk.refusal = None
    world.settle(2)
    assert talk.bodies("1000") == [], "by itself nobody tries again"
    mend(host, health, acme, trouble("permission.comment", project="p-2"))
    world.settle(2)
    assert talk.bodies("1000") == [], "another project"
    mend(host, health, acme, trouble("permission.comment", project="p-1"))
    world.settle(2)
    assert talk.bodies("1000") == ["Kim: We are on it."]
    (carried,) = world.rows(Carried)
    assert carried.refused == ""


@both
def test_channels_go_on_creating(host, health, creation, world, acme):
    channel = world.open_channel()
    creation.refusal = DENIED
    ticket = world.ticket()
    world.settle(2)
    assert world.channel(channel).trouble
    assert world.pairs == {}
    health.found = [trouble("permission.create", project="p-1")]
    examine(host, acme, thorough=True)
    with host.database.read() as session:
        rows = {row.check: row for row in record.rows_of(session, acme)}
        assert rows[f"channel.{channel}"].standing == Standing.UNKNOWN, "its cause is told"
        assert repairs.waiting_for(session, rows["permission.create"]) == "1 new issue waits for it."
    creation.refusal = None
    health.found = []
    examine(host, acme, thorough=True)
    world.settle(2)
    assert world.row(Channel, channel).trouble == ""
    assert world.pairs == {ticket: "1000"}
