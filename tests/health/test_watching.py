"""A day of watching idle connections costs next to nothing of the budget that all customers of the app share."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.channels import work as channels_work
from helpdesk_core.connections.models import Contact
from helpdesk_core.health import record
from helpdesk_core.health import work as health_work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.versions import add_version
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored
from helpdesk_core.sync import work as sync_work
from helpdesk_core.sync.linking import link
from helpdesk_core.sync.models import Listening
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets.service import create_ticket
from plugins.jira.simulator import Clock as SimulatorClock
from plugins.jira.simulator import Simulator, World, demo_world, gateway
from tests.conftest import Clock
from tests.sync.stand import BOARD, CALLBACK, PROJECT, connect_site, make_host, settings_for

pytestmark = pytest.mark.health

BUDGET = 65_000
"""Points an hour, of all customers of the app together."""
CHECKS = {"getCurrentUser", "getMyPermissions", "getPolicies", "getPolicy"}
POLLING = {"searchAndReconsileIssuesUsingJqlPost", "searchAndReconsileIssuesUsingJql", "bulkFetchIssues"}
READINGS = {"getAllStatuses", "getStatuses", "searchProjects", "getTransitions", "getIssue", "readWorkflows"}
WEBHOOKS = {"registerDynamicWebhooks", "getDynamicWebhooksForApp", "refreshWebhooks", "deleteWebhookById"}
HOURLY = ("sync.top_up", "sync.sweep", "sync.listen", "channels.look", "channels.sweep", "health.watch")
"""They come each minute or so and ask Jira for little; each hour is enough to see what they cost."""


def many_sites(count: int) -> World:
    """Return the demo world with the site acme as often as wanted, each with an id of its own."""
    world = demo_world(CALLBACK)
    acme = world.sites[0]
    sites = [
        replace(acme, id=f"{number:08d}-8a1d-4f0e-9a55-2f6f1f1c7a10", name=f"acme-{number}") for number in range(count)
    ]
    return replace(world, sites=tuple(sites))


@pytest.fixture
def spent(monkeypatch) -> Counter[tuple[str, str]]:
    """What the simulator has charged, by site and operation."""
    charged: Counter[tuple[str, str]] = Counter()
    price = gateway.cost

    def note(call, body) -> int:
        points = price(call, body)
        charged[call.site, call.operation] += points
        return points

    monkeypatch.setattr(gateway, "cost", note)
    return charged


@pytest.mark.parametrize("hears", [True, False], ids=["delivered", "polled"])
def test_a_day_of_idle_connections(hears, database, registry, vault_key, work, sampled, spent, tell):
    count, step = (4 if sampled else 100, 15) if hears else (1 if sampled else 5, 5)
    clock = Clock()
    simulator = Simulator(many_sites(count), SimulatorClock.stopped(clock.time.timestamp()))
    simulator.control.set_limits(**dict.fromkeys(("burst_get", "burst_post", "burst_put", "burst_get_issue")))
    with simulator.serve():
        host = make_host(
            database=database,
            jobs=MemoryJobs(work, clock),
            key=vault_key,
            registry=registry,
            jira=settings_for(simulator),
            now=clock,
            base_url="http://127.0.0.1:9",
        )
        for concern in (sync_work, channels_work, health_work):
            concern.register(work, host)
        ids = [settle(host, simulator, number, hears=hears) for number in range(count)]
        live(host, simulator, clock, 5)  # the first hour is no day like others: everything is read and subscribed
        spent.clear()
        live(host, simulator, clock, 24 * 60 // step, step=step)
        with host.database.read() as session:
            found = {row.code: row.cause for id_ in ids for row in record.troubles(session, id_)}
            answered = [session.get(Contact, id_).examined_at for id_ in ids]
    assert found == {}
    assert all(clock.time - at < timedelta(hours=26) for at in answered)
    by_site = [points_of(spent, site, CHECKS) for site in {site for site, _ in spent}]
    polling, readings = points_of(spent, None, POLLING) / count, points_of(spent, None, READINGS) / count
    other = {operation for _, operation in spent} - CHECKS - POLLING - READINGS - WEBHOOKS
    assert other == set()
    assert len(by_site) == count
    assert max(by_site) <= 30
    share = sum(spent.values()) / count * 100 / (BUDGET * 24)
    assert share <= 0.05
    what = f"{count} connections, {'deliveries arrive' if hears else 'none arrives'}"
    tell.line(
        "health: points of one idle connection in a day",
        f"{what}: at most {max(by_site)} for checks, {polling:.0f} for polling, {readings:.0f} for readings; a hundred "
        f"such connections take {share:.1%} of the shared budget",
    )


def settle(host, simulator, number: int, *, hears: bool) -> int:
    """Connect one site, use a project, map its statuses and link one ticket."""
    id_ = connect_site(host, simulator, site=f"acme-{number}")
    refresh_vocabulary(host, id_)
    with host.database.write() as session:
        project = next(each for each in read_stored(session, id_).projects if each.key == PROJECT)
        choose_projects(session, id_, [project.id])
        dana = session.scalars(select(User)).one()
        add_version(session, id_, BOARD, seen=0, by=dana, now=host.now())
        ticket = create_ticket(session, title="It", body="", requester_name="Rae", by="Kim", now=host.now()).id
        if hears:
            session.add(Listening(connection_id=id_, heard_at=host.now(), project_ids=[]))
    read_details(host, id_)
    issue = next(iter(simulator.state.site(f"acme-{number}").issues.values()))
    link(host, ticket_id=ticket, connection_id=id_, issue_id=issue.id, follow=Follow.TICKET_FOLLOWS, by="Kim")
    return id_


def live(host, simulator, clock, steps: int, *, step: int = 15) -> None:
    """Let time pass, and what the clock brings be done."""
    for number in range(steps):
        clock.advance(minutes=step)
        simulator.control.advance(step * 60)
        minutes = number * step
        daily = ("mapping.workflows", "health.keep_alive") if minutes % (24 * 60) == 0 else ()
        readings = ("mapping.vocabulary",) if minutes % (4 * 60) == 0 else ()
        for name in ("sync.poll", *(HOURLY if minutes % 60 == 0 else ()), *readings, *daily):
            host.jobs.tick(name)
        host.jobs.wake()
        host.jobs.run_all()


def points_of(spent: Counter[tuple[str, str]], site: str | None, operations: set[str]) -> int:
    """Return what some operations have cost, at one site or at all."""
    return sum(n for (at, operation), n in spent.items() if operation in operations and site in (None, at))
