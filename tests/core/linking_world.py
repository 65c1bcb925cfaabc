"""Connections and links for the tests of keeping in step, without the pages on which people make them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import inspect, select

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.host import Host
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.versions import add_version
from helpdesk_core.mapping.vocabulary import store_vocabulary
from helpdesk_core.models import Base
from helpdesk_core.sync.linking import link
from helpdesk_core.sync.models import Link, StoredDelivery
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import create_ticket
from helpdesk_core.values import (
    Credentials,
    Issue,
    RemoteProject,
    RemoteStatus,
    Secret,
    StatusCategory,
    Vocabulary,
    Workspace,
)
from tests.conftest import PASSWORD
from tests.core.fake_tracker import ACME


def connect(host: Host, workspace: Workspace = ACME) -> int:
    """Add a connection of the fake integration, and return its id."""
    with host.database.write() as session:
        admin = session.scalar(select(User)) or create_user(
            session, email="dana@acme.example", name="Dana", password=Secret(PASSWORD), role=Role.ADMIN, now=host.now()
        )
        made = Connection(
            integration="fake",
            workspace_id=workspace.id,
            workspace_name=workspace.name,
            workspace_url=workspace.url,
            state=ConnectionState.CONNECTED,
            state_since=host.now(),
            account_id="a-1",
            account_name="Bot",
            connected_by_id=admin.id,
            connected_at=host.now(),
        )
        session.add(made)
        session.flush()
        store_new(host, session, made.id, Credentials(access_token=Secret("token")))
        return made.id


def change_connection(host: Host, connection_id: int, **changes: object) -> None:
    """Write into a connection's row, such as `paused_at`."""
    with host.database.write() as session:
        connection = session.get_one(Connection, connection_id)
        for name, value in changes.items():
            setattr(connection, name, value)


def link_issue(host: Host, connection_id: int, issue_id: str, *, status: str = "open") -> int:
    """Link a new ticket with an issue, both left as they are, and return the link's id."""
    with host.database.write() as session:
        ticket = create_ticket(
            session, title=f"About {issue_id}", body="", requester_name="Rae", status=status, by="Kim", now=host.now()
        )
    made = link(
        host,
        ticket_id=ticket.id,
        connection_id=connection_id,
        issue_id=issue_id,
        follow=Follow.NEITHER,
        by="Kim",
    )
    return made.id


def link_alike(host: Host, pattern: int, issues: Iterable[Issue]) -> dict[str, int]:
    """Link many issues in one step, each with a new ticket: copies of a link that rests. Return the links' ids."""
    made = {}
    with host.database.write() as session:
        link_row = session.get_one(Link, pattern)
        ticket_row = session.get_one(Ticket, link_row.ticket_id)
        for issue in issues:
            ticket = Ticket(**_values(ticket_row))
            session.add(ticket)
            session.flush()
            named = {
                "ticket_id": ticket.id,
                "issue_id": issue.id,
                "issue_key": issue.key,
                "issue_title": issue.title,
                "remote_status": issue.status_id,
            }
            made[issue.id] = Link(**_values(link_row) | named)
            session.add(made[issue.id])
        session.flush()
        return {issue_id: row.id for issue_id, row in made.items()}


def _values(row: Base) -> dict[str, object]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs if each.key != "id"}


def read_link(host: Host, link_id: int) -> Link:
    """Return a link as it is stored now."""
    with host.database.read() as session:
        return session.get_one(Link, link_id)


def wishes(host: Host) -> dict[int, int]:
    """Return how often each link was wanted to be looked at, by its id."""
    with host.database.read() as session:
        return dict(session.execute(select(Link.id, Link.wanted)).all())


def deliveries(host: Host) -> list[StoredDelivery]:
    """Return all stored deliveries, in the order of arrival."""
    with host.database.read() as session:
        return list(session.scalars(select(StoredDelivery).order_by(StoredDelivery.id)))


def map_statuses(host: Host, connection_id: int) -> None:
    """Let the statuses of the fake issues be known by name, and place three of them on the board."""
    board = Board(columns={"open": ("todo",), "in_progress": ("doing",), "done": ("done",)})
    statuses = tuple(
        RemoteStatus(id=id_, name=name, category=category)
        for id_, name, category in (
            ("todo", "To Do", StatusCategory.NEW),
            ("doing", "Doing", StatusCategory.IN_PROGRESS),
            ("done", "Shipped", StatusCategory.DONE),
            ("lost", "Lost", StatusCategory.DONE),
        )
    )
    project = RemoteProject(id="p-1", key="P-1", name="One")
    with host.database.write() as session:
        store_vocabulary(session, connection_id, Vocabulary(projects=(project,), statuses=statuses), now=host.now())
        add_version(session, connection_id, board, seen=0, by="Dana", now=host.now())
