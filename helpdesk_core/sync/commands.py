"""The commands of keeping in step: what failed, trying again, explaining a ticket, comparing everything.

They are handed a function that opens the host, because the command line that they belong to imports this module.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.connections.service import list_connections
from helpdesk_core.errors import HelpdeskError, NotFound
from helpdesk_core.host import Host
from helpdesk_core.sync import activity, reconciling
from helpdesk_core.sync.links import get_link, links_of_ticket
from helpdesk_core.sync.models import Link, LinkEvent
from helpdesk_core.sync.standing import obstacle, standing_of
from helpdesk_core.tickets.service import LARGEST_NUMBER, get_status, get_ticket

OpenHost = Callable[[click.Context], AbstractContextManager[Host]]

BY: Final = "Command line"
"""Who did it, as a history tells."""
NUMBER: Final = click.IntRange(min=1, max=LARGEST_NUMBER)

of_connection = click.option(
    "--connection",
    "connection_id",
    type=NUMBER,
    metavar="ID",
    help="Only on this connection (`helpdesk connections list` tells the ids).",
)


def make_group(open_host: OpenHost) -> click.Group:
    """Return the commands, which open the host with `open_host`."""

    @click.group()
    def sync() -> None:
        """Look after keeping tickets and issues in step."""

    @sync.command("failed")
    @of_connection
    @click.pass_context
    def failed(context: click.Context, connection_id: int | None) -> None:
        """List what needs attention: link, ticket, issue, state, since when, why, and what helps."""
        with open_host(context) as host, host.database.read() as session:
            for line in _failed(session, _chosen(session, connection_id)):
                click.echo(line)

    @sync.command("retry")
    @click.argument("link", type=NUMBER, required=False)
    @click.option("--all", "everything", is_flag=True, help="All that needs attention, except conflicts.")
    @of_connection
    @click.pass_context
    def retry(context: click.Context, link: int | None, connection_id: int | None, *, everything: bool) -> None:
        """Try LINK again (`helpdesk sync failed` tells its number), or --all."""
        if everything == (link is not None):
            msg = "Give either the number of a link or --all."
            raise click.UsageError(msg)
        if link is not None and connection_id is not None:
            msg = "--connection goes with --all; a link's number says where it is."
            raise click.UsageError(msg)
        with open_host(context) as host:
            if link is not None:
                _retry_one(host, link)
            else:
                _retry_all(host, connection_id)

    @sync.command("explain")
    @click.argument("ticket", type=NUMBER)
    @click.pass_context
    def explain(context: click.Context, ticket: int) -> None:
        """Tell in words how the links of TICKET stand, and all that happened, oldest first."""
        with open_host(context) as host, host.database.read() as session:
            for line in _explained(host, session, ticket):
                click.echo(line)

    @sync.command("reconcile")
    @of_connection
    @click.pass_context
    def reconcile(context: click.Context, connection_id: int | None) -> None:
        """Compare all links with their issues, and have looked at what differs. Safe to stop and to run again."""
        with open_host(context) as host:
            with host.database.read() as session:
                chosen = _chosen(session, connection_id)
            reconciled = [_reconciled(host, each) for each in chosen]  # each one, also after one has failed
            if not all(reconciled):
                msg = "Not everything was compared. Mend the cause and run it again."
                raise click.ClickException(msg)

    return sync


# ── what the commands do ──────────────────────────────────────────────────────────────────────────────────────────────


def _chosen(session: Session, connection_id: int | None) -> list[Connection]:
    """Return one connection, or all.

    Raises:
        NotFound: there is no such connection.
    """
    if connection_id is None:
        return list_connections(session)
    connection = session.get(Connection, connection_id)
    if connection is None:
        msg = f"There is no connection with the id {connection_id}."
        raise NotFound(msg)
    return [connection]


def _failed(session: Session, chosen: list[Connection]) -> list[str]:
    lines = []
    for connection in chosen:
        for each in activity.needing_attention(session, connection.id):
            link = each.link
            lines.append(
                f"{link.id}  ticket {link.ticket_id}  {link.issue_key}  {_name(connection)}  {link.state}"
                f"  since {_moment(link.state_since)}  {_said(link.sentence, link.cure)}"
            )
    return lines or ["Nothing needs attention."]


def _retry_one(host: Host, link_id: int) -> None:
    with host.database.read() as session:
        link = get_link(session, link_id)
    activity.retry(host, link_id, BY)
    click.echo(f"Ticket {link.ticket_id} and {link.issue_key} are tried again.")
    _tell_obstacle(host, link.connection_id)


def _retry_all(host: Host, connection_id: int | None) -> None:
    with host.database.read() as session:
        ids = [each.id for each in _chosen(session, connection_id)]
    count = 0
    for each in ids:
        if tried := activity.retry_all(host, each, BY):
            _tell_obstacle(host, each)
        count += tried
    click.echo(f"{count} link{' is' if count == 1 else 's are'} tried again.")


def _tell_obstacle(host: Host, connection_id: int) -> None:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
        hindrance = obstacle(host, session, connection) if connection else ""
    if connection and hindrance:
        click.echo(f"{_name(connection)}: {hindrance}")


def _explained(host: Host, session: Session, number: int) -> list[str]:
    ticket = get_ticket(session, number)
    called = {each.id: each for each in list_connections(session)}
    links = links_of_ticket(session, ticket.id)
    events = session.scalars(select(LinkEvent).where(LinkEvent.ticket_id == ticket.id).order_by(LinkEvent.id)).all()
    lines = [f"Ticket {ticket.id}: {ticket.title} ({get_status(session, ticket.status).name})"]
    for link in links:
        lines += _link_lines(host, session, link, called[link.connection_id])
    if not links:
        lines += ["It is linked with no issue now." if events else "It was never linked with an issue."]
    return lines + (["", "What happened:", *map(_event_line, events)] if events else [])


def _link_lines(host: Host, session: Session, link: Link, connection: Connection) -> list[str]:
    hindrance = obstacle(host, session, connection)
    state = f"{standing_of(link, connection).word} since {_moment(connection.paused_at or link.state_since)}"
    said = link.sentence or "The helpdesk is about to look at both sides."
    lines = [f"Link {link.id} with {link.issue_key} on {_name(connection)}: {state}.", *([hindrance] * bool(hindrance))]
    lines += [said, *([f"What helps: {link.cure}"] * bool(link.cure))]
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _event_line(event: LinkEvent) -> str:
    by = f"  ({event.by_name})" if event.by_name else ""
    return f"{_moment(event.at)}  {event.issue_key}  {_said(event.sentence, event.cure)}{by}"


def _reconciled(host: Host, connection: Connection) -> bool:
    """Compare one connection's links and show how far it got; say what hinders it, so that others are compared too."""
    last = reconciling.Progress(done=0, total=0, differing=0)
    try:
        with click.progressbar(length=0, label=_name(connection)) as bar:
            for last in reconciling.reconcile(host, connection.id):
                bar.length = last.total
                bar.update(last.done - bar.pos)
    except HelpdeskError as error:
        click.echo(f"{_name(connection)}: {error} {last.done} issues were compared before.", err=True)
        return False
    differ = f"{last.differing} link{' differs and is' if last.differing == 1 else 's differ and are'} looked at"
    click.echo(f"{_name(connection)}: {last.done} issue{'' if last.done == 1 else 's'} compared, {differ}.")
    return True


def _name(connection: Connection) -> str:
    return f"{connection.integration} {connection.workspace_name}"


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _said(sentence: str, cure: str) -> str:
    return f"{sentence} {cure}".strip()
