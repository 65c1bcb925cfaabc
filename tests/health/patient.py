"""A connection whose health is watched: a helpdesk that serves, a simulated Jira, a clock for both, and an admin.

Everything is real but the worker, whose jobs are run by hand, so that minutes and months pass at once. The admin sees
pages and presses buttons with a browser, as a person does, and authorizes at the simulated Atlassian.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import waitress
from bs4 import Tag
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from waitress import wasyncore

from helpdesk_core.accounts.models import User
from helpdesk_core.app import create_app
from helpdesk_core.channels import work as channels_work
from helpdesk_core.channels.creations import TicketCreated
from helpdesk_core.channels.models import Channel, Creation, CreationState, Way
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import IntegrationSetting
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.db import Database
from helpdesk_core.health import record
from helpdesk_core.health import work as health_work
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping.reading import read_details
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored
from helpdesk_core.mapping.workflows import read_workflows
from helpdesk_core.sync import work as sync_work
from helpdesk_core.sync.models import LinkState
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Visibility
from helpdesk_core.values import Secret
from plugins.demo.browsing import Browser
from plugins.jira.oauth import SignIn
from plugins.jira.settings import OAuthApp
from plugins.jira.simulator import Clock as SimulatorClock
from plugins.jira.simulator import Simulator
from tests.conftest import Clock
from tests.sync.stand import (
    BOARD,
    BOT,
    PROJECT,
    REOPENED,
    SITE,
    Stand,
    connect,
    keys_of_more,
    make_host,
    make_world,
)

OTHER = "PLAT"
"""Another project in use, which nothing happens to: it must never be blamed."""
TICKETS = 3
APP = {"client_id": "demo-client-id", "client_secret": Secret("demo-client-secret")}
REPLY, NEW = "We look into it.", "A new one"
SCHEDULES = ("sync.top_up", "sync.sweep", "sync.listen", "sync.poll", "channels.sweep", "health.watch")
"""What comes each minute or so; readings that come every few hours are let come by `pass_days`."""


@dataclass
class Patient:
    """A connection and all that a test does with it."""

    stand: Stand
    jobs: MemoryJobs
    clock: Clock
    browser: Browser
    url: str
    settings: dict[str, str]
    """What the operator has set; a test changes it in place."""
    links: dict[int, str] = field(default_factory=dict)
    """Link → the key of its issue."""
    password: str = "bot-password"
    lacking: set[str] = field(default_factory=set)
    """Permissions that the account lacks in the project by now."""
    said: int = 0
    """How often agents replied on each ticket; as many new tickets were added."""
    names: dict[str, str] = field(default_factory=dict)
    """Project id → key, remembered from when all was well."""

    @property
    def control(self):
        """What can be done at Atlassian."""
        return self.stand.simulator.control

    # ── time ──

    def pass_time(self, **by: float) -> None:
        """Let time pass on both sides, then let schedules and jobs run."""
        before = self.clock.time
        self.clock.advance(**by)
        self.control.advance((self.clock.time - before).total_seconds())
        self.work()

    def work(self, *schedules: str) -> None:
        """Let the minute's schedules come, and everything be done that can be done now."""
        for _ in range(3):
            for name in (*SCHEDULES, *schedules):
                self.jobs.tick(name)
            self.jobs.wake()
            self.jobs.run_all()
            self.control.settle_deliveries()

    # ── what the helpdesk knows ──

    def troubles(self) -> dict[str, HealthCheck]:
        """Return what is in trouble, by check, with the project's key where it is about one."""
        with self.stand.host.database.read() as session:
            rows = record.troubles(session, self.stand.connection_id)
            return {f"{row.check} {self.names.get(row.project_id, row.project_id)}".strip(): row for row in rows}

    # ── what the admin does ──

    def look(self) -> dict[str, HealthCheck]:
        """Press Look now on the health page; return what is in trouble."""
        self.open_health()
        self.browser.submit("Look now")
        return self.troubles()

    def open_health(self) -> None:
        """Open the health page."""
        self.browser.open(f"{self.url}/settings/integrations/jira/{self.stand.connection_id}/health")

    def row(self, check: str) -> Tag:
        """Return a check's row on the page that is open."""
        name, _, key = check.partition(" ")
        project = next((id_ for id_, known in self.names.items() if known == key), "")
        about = f'[data-project="{project}"]' if project else ":not([data-project])"
        return self.browser.one(f'[data-check="{name}"]{about}')

    def press(self, check: str, button: str) -> None:
        """Press the button that a check offers, or follow its link."""
        self.open_health()
        row = self.row(check)
        press = self.browser.submit if self.browser.all("button", row) else self.browser.follow
        press(button, within=row)

    def reauthorize(self, check: str, email: str = BOT) -> None:
        """Press Re-authorize, sign in at Atlassian where that is asked for, and agree."""
        self.press(check, "Re-authorize")
        self.agree(email)

    def agree(self, email: str = BOT) -> None:
        """Sign in at Atlassian where that is asked for, and agree."""
        if self.browser.has('input[type="password"]'):
            password = self.password if email == BOT else "dana-password"
            self.browser.submit("Log in", {"Email": email, "Password": password})
        self.browser.submit("Authorize", {"Use app on": SITE})

    def grant(self, *scopes: str) -> None:
        """Let the connection have authorized with these scopes only."""
        code = Secret(self.control.consent(BOT, [SITE], scopes))
        sign_in = SignIn(OAuthApp.read({**self.settings, **APP}), self.stand.host.new_http())
        answer = sign_in.exchange(code, f"{self.url}/integrations/jira/callback", self.clock.time)
        with self.stand.host.database.write() as session:
            store_new(self.stand.host, session, self.stand.connection_id, answer)

    # ── work that must not be lost ──

    def use(self) -> None:
        """Let agents take up all tickets and reply on each, and let a new ticket come that is to have an issue."""
        host, jobs = self.stand.host, self.stand.host.jobs
        self.said += 1
        for link_id in self.links:
            ticket_id = self.stand.row(link_id).ticket_id
            self.stand.change(ticket_id, "waiting" if self.said % 2 else "in_progress")
            with host.database.write() as session:
                tickets.add_comment(
                    session,
                    tickets.get_ticket(session, ticket_id),
                    REPLY,
                    visibility=Visibility.PUBLIC,
                    by=self.dana(session),
                    now=host.now(),
                    observers=(CommentChanged(jobs),),
                )
        with host.database.write() as session:
            tickets.create_ticket(
                session,
                title=NEW,
                body="",
                requester_name="Rae",
                by="Kim",
                now=host.now(),
                observers=(TicketCreated(jobs),),
            )

    @staticmethod
    def dana(session: Session) -> User:
        """Return the one person who works here."""
        return session.scalars(select(User)).one()

    def undone(self) -> list[str]:
        """Return what is not done of what agents wanted, and what was done more than once."""
        found = []
        for link_id, key in self.links.items():
            link, issue = self.stand.row(link_id), self.stand.issue(key)
            ticket = self.stand.status_of(link.ticket_id)
            if link.state != LinkState.IN_STEP or link.busy or issue.status_id not in BOARD.columns[ticket]:
                found.append(f"{key}: {link.state}: {link.sentence} (ticket {ticket}, issue in {issue.status_id})")
            if (count := len(issue.comments)) != self.said:
                found.append(f"{key} has {count} comments")
        with self.stand.host.database.read() as session:
            open_ = select(Creation).where(Creation.state != CreationState.DONE)
            found += [f"an issue for ticket {each.ticket_id}: {each.sentence}" for each in session.scalars(open_)]
        issues = [each for each in self.stand.simulator.state.site(SITE).issues.values() if each.summary == NEW]
        return found + ([] if len(issues) == self.said else [f"{len(issues)} issues for {self.said} new tickets"])


@contextmanager
def admitted(
    database: Database, registry: IntegrationRegistry, key: Secret, work: Work, *, count: int = TICKETS
) -> Iterator[Patient]:
    """Serve a helpdesk that is connected with a simulated Jira, and whose health was found to be good."""
    clock = Clock()
    world = make_world(count)
    simulator = Simulator(world, SimulatorClock.stopped(clock.time.timestamp()))
    with simulator.serve(), _door() as door, Browser() as browser:
        simulator.control.set_limits(burst_get=None, burst_post=None, burst_put=None, burst_delete=None)
        simulator.control.set_limits(burst_get_issue=None, issue_writes_2s=None, issue_writes_30s=None)
        simulator.control.sign_by("simulator")
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        simulator.control.change_app(callback_urls=(f"{url}/integrations/jira/callback",))
        settings = {"auth_url": simulator.url, "api_url": simulator.url}
        jobs = MemoryJobs(work, clock)
        host = make_host(
            database=database, jobs=jobs, key=key, registry=registry, jira=settings, now=clock, base_url=url
        )
        for concern in (sync_work, channels_work, health_work):
            concern.register(work, host)
        with _serving(create_app(host, session_key="only for tests"), door):
            with host.database.write() as session:
                session.add(IntegrationSetting(key="jira", enabled=True, sealed=host.vault.seal_settings(APP)))
            patient = Patient(connect(host, simulator), jobs, clock, browser, url, settings)
            browser.open(f"{url}/settings/integrations")
            browser.submit("Sign in", {"E-mail address": "dana@acme.example", "Password": "correct horse"})
            _fill(patient, count)
            yield patient


def _fill(patient: Patient, count: int) -> None:
    """Use two projects, carry replies, have a channel, and link tickets; then let some minutes pass."""
    stand, host = patient.stand, patient.stand.host
    with host.database.write() as session:
        stored = read_stored(session, stand.connection_id)
        used = [project for project in stored.projects if project.key in (PROJECT, OTHER)]
        choose_projects(session, stand.connection_id, [project.id for project in used])
        choose(session, stand.connection_id, outward=True, inward=Inward.NOT, now=host.now())
        patient.names.update({project.id: project.key for project in stored.projects})
        where = next(project for project in used if project.key == PROJECT)
        session.add(
            Channel(
                connection_id=stand.connection_id,
                name="New tickets",
                project_id=where.id,
                kind_id="10001",
                place="SUP Service · Task",
                creates=Way.OUT,
                status=Way.BOTH,
                comments=Way.OUT,
                public=False,
                enabled=True,
                since=host.now(),
                by_name="Dana",
                created_at=host.now(),
            )
        )
    read_details(host, stand.connection_id)
    read_workflows(host, stand.connection_id, where.id)
    for key in keys_of_more(count):
        patient.links[stand.link(stand.ticket(), key)] = key
    patient.pass_time(minutes=2)
    stand.move(next(iter(patient.links.values())), REOPENED)  # so that a delivery was heard once
    patient.work()
    patient.control.reset_calls()


@contextmanager
def _door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


@contextmanager
def _serving(app: Flask, door: socket.socket) -> Iterator[None]:
    sockets: dict[int, object] = {}
    server = waitress.create_server(app, map=sockets, sockets=[door], threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join()
