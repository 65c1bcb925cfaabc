"""Fills an empty helpdesk with people and believable tickets, through the same services as its pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user, list_users
from helpdesk_core.host import Host
from helpdesk_core.tickets import service
from helpdesk_core.tickets.models import Visibility
from helpdesk_core.values import Secret, SystemStatus
from plugins.demo.cast import Person
from plugins.demo.tickets import TICKETS, Past, Said

ADMIN: Final = Person(name="Dana Admin", email="dana@helpdesk.example", password="dana-demo-password")  # noqa: S106 - shown to everybody who starts the demo
AGENTS: Final = (
    Person(name="Alex Agent", email="alex@helpdesk.example", password="alex-demo-password"),  # noqa: S106
    Person(name="Kim Agent", email="kim@helpdesk.example", password="kim-demo-password"),  # noqa: S106
)
CUSTOM_STATUS: Final = "Waiting for vendor"


def seed(host: Host) -> None:
    """Add people, a custom status and tickets with a past, unless somebody is there already."""
    with host.database.write() as session:
        if list_users(session):
            return
        people = {person.name.split()[0]: _join(session, person, host.now()) for person in (ADMIN, *AGENTS)}
        waiting = service.create_status(session, name=CUSTOM_STATUS, system=SystemStatus.WAITING)
        keys = {"vendor": waiting.key}
        for past in sorted(TICKETS, key=lambda past: -past.days_ago):  # the oldest gets the lowest number
            _relive(session, replace(past, status=keys.get(past.status, past.status)), people, host.now())


def _join(session: Session, person: Person, now: datetime) -> User:
    role = Role.ADMIN if person is ADMIN else Role.AGENT
    return create_user(
        session, email=person.email, name=person.name, password=Secret(person.password), role=role, now=now
    )


def _relive(session: Session, past: Past, people: dict[str, User], now: datetime) -> None:
    """Let a ticket's past happen, each event an hour or so after the one before."""
    moment = now - timedelta(days=past.days_ago, minutes=13)
    pause = min(timedelta(hours=2), timedelta(days=past.days_ago) / 10)
    assignee = people.get(past.assignee)
    ticket = service.create_ticket(
        session,
        title=past.title,
        body=past.body,
        requester_name=past.requester,
        requester_email=f"{past.requester.lower().replace(' ', '.')}@customer.example",
        by=people["Kim"],
        now=moment,
    )
    if assignee:
        moment += pause
        service.assign(session, ticket, assignee, by=people["Kim"], now=moment)
    for said in past.said:
        moment += pause
        _say(session, ticket.id, said, people, moment)
    for status in past.way:
        moment += pause
        service.change_status(session, ticket, status, by=assignee or people["Kim"], now=moment)


def _say(session: Session, number: int, said: Said, people: dict[str, User], moment: datetime) -> None:
    ticket = service.get_ticket(session, number)
    visibility = Visibility.INTERNAL if said.internal else Visibility.PUBLIC
    service.add_comment(session, ticket, said.words, visibility=visibility, by=people[said.by], now=moment)
