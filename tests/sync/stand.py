"""A helpdesk connected with a simulated Jira site, without pages: services on one side, real HTTP on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import requests
from sqlalchemy import select

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.db import Database
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Jobs
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.versions import add_version
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored
from helpdesk_core.mapping.workflows import read_workflows, set_allowance, set_default
from helpdesk_core.sync import backlog, linking
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.links import get_link
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import Credentials, Secret
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator, World, demo_world
from plugins.jira.simulator.state import Issue
from plugins.jira.simulator.world import SeededIssue

CALLBACK = "http://helpdesk.test/integrations/jira/callback"
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook", "offline_access")
BOT, SITE, PROJECT = "helpdesk-bot@acme.example", "acme", "SUP"
DANA = "dana@acme.example"
OPEN, ANALYSIS, WAITING, IN_PROGRESS, REVIEW = "1", "10100", "10101", "3", "10102"
REJECTED, RESOLVED, CLOSED, REOPENED = "10103", "5", "6", "4"
STATUSES = (OPEN, ANALYSIS, WAITING, IN_PROGRESS, REVIEW, REJECTED, RESOLVED, CLOSED, REOPENED)
FIXED = "10000"
"""The id of a resolution."""
BOARD = Board(
    columns={
        "open": (OPEN, REOPENED),
        "in_progress": (IN_PROGRESS, ANALYSIS, REVIEW),
        "waiting": (WAITING,),
        "done": (RESOLVED,),
        "closed": (CLOSED,),
    },
    ignored=frozenset({REJECTED}),
)


@dataclass(frozen=True)
class Stand:
    """Both sides, connected, with a board."""

    host: Host
    simulator: Simulator
    connection_id: int

    # ── the helpdesk's side ──

    def ticket(self, status: str = "open") -> int:
        """Add a ticket."""
        with self.host.database.write() as session:
            made = tickets.create_ticket(
                session, title="It", body="", requester_name="Rae", status=status, by="Kim", now=self.host.now()
            )
            return made.id

    def change(self, ticket_id: int, status: str) -> None:
        """Let an agent change a ticket, as the ticket page does."""
        with self.host.database.write() as session:
            ticket = tickets.get_ticket(session, ticket_id)
            observers = (TicketChanged(self.host.jobs),)
            tickets.change_status(session, ticket, status, by="Kim", now=self.host.now(), observers=observers)

    def link(self, ticket_id: int, key: str, follow: Follow = Follow.TICKET_FOLLOWS) -> int:
        """Let an agent link a ticket with an issue."""
        made = linking.link(
            self.host,
            ticket_id=ticket_id,
            connection_id=self.connection_id,
            issue_id=self.issue(key).id,
            follow=follow,
            by="Kim",
        )
        return made.id

    def want(self, link_id: int) -> None:
        """Have a link looked at, as a delivery does that tells something new."""
        with self.host.database.write() as session:
            backlog.want(self.host.jobs, session, [get_link(session, link_id)], now=self.host.now())

    def row(self, link_id: int) -> Link:
        """Read a link."""
        with self.host.database.read() as session:
            return get_link(session, link_id)

    def status_of(self, ticket_id: int) -> str:
        """Read a ticket's status."""
        with self.host.database.read() as session:
            return session.scalars(select(Ticket.status).where(Ticket.id == ticket_id)).one()

    # ── Jira's side ──

    def issue(self, key: str) -> Issue:
        """Look into the simulator."""
        found = self.simulator.state.site(SITE).issue(key)
        assert found is not None, key
        return found

    def move(self, key: str, status_id: str) -> None:
        """Let a person at Jira bring an issue into a status."""
        self.simulator.control.transition(SITE, key, status_id, DANA)

    def calls(self) -> dict[str, int]:
        """Say which calls reached Jira since this was asked last."""
        counts = dict(self.simulator.control.counts())
        self.simulator.control.reset_calls()
        return counts


def make_world(more: int = 0) -> World:
    """Return the demo world with a task in each status of its service project, and some more that are open.

    The first task of the demo world is SUP-2; `keys_of_more` names those that were added.
    """
    world = demo_world(CALLBACK)
    seen = tuple(_task(status) for status in STATUSES)
    acme, *others = world.sites
    issues = (*acme.issues, *seen, *(_task(OPEN) for _ in range(more)))
    return replace(world, sites=(replace(acme, issues=issues), *others))


def keys_of_more(more: int) -> list[str]:
    """Return the keys of the issues that `make_world` added."""
    first = 1 + len(STATUSES) + sum(each.project == PROJECT for each in demo_world(CALLBACK).sites[0].issues)
    return [f"{PROJECT}-{number}" for number in range(first, first + more)]


def _task(status: str) -> SeededIssue:
    return SeededIssue(project=PROJECT, issue_type="10001", summary="It", status=status)


def make_host(
    *,
    database: Database,
    jobs: Jobs,
    key: Secret,
    registry: IntegrationRegistry,
    jira: Mapping[str, str],
    now: Callable[[], datetime],
    base_url: str = "http://helpdesk.test",
) -> Host:
    """Make a host whose Jira is the simulator."""
    return Host(
        database=database,
        jobs=jobs,
        vault=Vault([key]),
        registry=registry,
        base_url=base_url,
        preset_settings=lambda _key: jira,
        now=now,
    )


def settings_for(simulator: Simulator) -> dict[str, str]:
    """Return what an operator sets so that Jira is the simulator."""
    app = simulator.state.app
    return {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "auth_url": simulator.url,
        "api_url": simulator.url,
    }


def connect(host: Host, simulator: Simulator) -> Stand:
    """Connect the site by a real consent, use its project, and save the board with what moves need."""
    connection_id = connect_site(host, simulator)
    with host.database.read() as session:
        dana = session.scalars(select(User)).one()
    _map(host, connection_id, dana)
    simulator.control.reset_calls()
    return Stand(host, simulator, connection_id)


def connect_site(
    host: Host, simulator: Simulator, *, site: str = SITE, account: str = BOT, scopes: Iterable[str] = SCOPES
) -> int:
    """Connect a site by a real consent, and no more; return the connection's id."""
    live = simulator.state.site(site)
    answer = requests.post(
        f"{simulator.url}/oauth/token",
        json={
            "grant_type": "authorization_code",
            "client_id": simulator.state.app.client_id,
            "client_secret": simulator.state.app.client_secret,
            "code": simulator.control.consent(account, [site], scopes),
            "redirect_uri": simulator.state.app.callback_urls[0],
        },
        timeout=10,
    ).json()
    now = host.now()
    with host.database.write() as session:
        dana = session.scalars(select(User)).first() or create_user(
            session, email="dana@acme.example", name="Dana", password=Secret("correct horse"), role=Role.ADMIN, now=now
        )
        connection = Connection(
            integration="jira",
            workspace_id=live.site.id,
            workspace_name=site,
            workspace_url=f"https://{site}.atlassian.net",
            state=ConnectionState.CONNECTED,
            state_since=now,
            account_id="bot",
            account_name="Helpdesk Bot",
            connected_by_id=dana.id,
            connected_at=now,
        )
        session.add(connection)
        session.flush()
        credentials = Credentials(
            access_token=Secret(answer["access_token"]),
            refresh_token=Secret(answer["refresh_token"]),
            expires_at=now + timedelta(seconds=answer["expires_in"]),
            scopes=frozenset(answer["scope"].split()),
        )
        store_new(host, session, connection.id, credentials)
        return connection.id


def _map(host: Host, connection_id: int, dana: User) -> None:
    refresh_vocabulary(host, connection_id)
    with host.database.write() as session:
        project = next(p for p in read_stored(session, connection_id).projects if p.key == PROJECT)
        choose_projects(session, connection_id, [project.id])
        add_version(session, connection_id, BOARD, seen=0, by=dana, now=host.now())
        set_default(session, connection_id, RESOLVED, "resolution", FIXED)
        set_allowance(session, connection_id, CLOSED, RESOLVED, allowed=True)
        in_use = project.id
    read_details(host, connection_id)
    read_workflows(host, connection_id, in_use)
