"""The commands of the mapping: judging it, exporting it as YAML, and importing that.

They are handed a function that opens the host, because the command line that they belong to imports this module, and
one that counts linked tickets, because the mapping does not know links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final

import click
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound
from helpdesk_core.host import Host
from helpdesk_core.mapping import exchanging
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.drift_words import show_items
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.exchange import MAX_BYTES
from helpdesk_core.mapping.exchanging import Import
from helpdesk_core.mapping.judging import judge_board
from helpdesk_core.mapping.observing import Live
from helpdesk_core.mapping.verdicts import ShownFindings, ShownGap, show
from helpdesk_core.mapping.versions import latest, make_names, read_names
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.workflows import ask_to_read
from helpdesk_core.tickets.service import LARGEST_NUMBER

OpenHost = Callable[[click.Context], AbstractContextManager[Host]]

BY: Final = "Command line"
"""Who saved it, as the list of versions tells."""
NUMBER: Final = click.IntRange(min=1, max=LARGEST_NUMBER)

of_connection = click.option(
    "--connection",
    "connection_id",
    type=NUMBER,
    required=True,
    metavar="ID",
    help="Whose mapping (`helpdesk connections list` tells the ids).",
)


def make_group(open_host: OpenHost, live: Live) -> click.Group:
    """Return the commands, which open the host with `open_host` and count linked tickets with `live`."""

    @click.group()
    def mapping() -> None:
        """Look after the status mappings."""

    @mapping.command("check")
    @of_connection
    @click.option("--ways", is_flag=True, help="Tell every way through each workflow, also those that work.")
    @click.pass_context
    def check(context: click.Context, connection_id: int, *, ways: bool) -> None:
        """Judge the mapping in force, without a call; exits with 1 if it has gaps, or if something changed under it."""
        with open_host(context) as host, host.database.read() as session:
            found = _judged(host, session, connection_id, latest(session, connection_id).board, live)
            drifted = _drifted(host, session, connection_id, live)
        for line in (*drifted, *_verdict(found, ways=ways)):
            click.echo(_on_one_line(line))
        if found.gaps or drifted:
            context.exit(1)

    @mapping.command("export")
    @of_connection
    @click.option("--version", "number", type=NUMBER, metavar="N", help="A version instead of what is in force.")
    @click.pass_context
    def export(context: click.Context, connection_id: int, number: int | None) -> None:
        """Print the mapping of a connection as YAML, the same text as long as nothing changes."""
        with open_host(context) as host, host.database.read() as session:
            click.echo(exchanging.export(session, connection_id, number), nl=False)

    @mapping.command("import")
    @of_connection
    @click.option("--save", is_flag=True, help="Put it into force as a new version; without, it is only shown.")
    @click.option("--although", is_flag=True, help="Save it although it has gaps, which are named.")
    @click.argument("file", type=click.File("rb"))
    @click.pass_context
    def import_(context: click.Context, connection_id: int, file: BinaryIO, *, save: bool, although: bool) -> None:
        """Show what each line of FILE is on a connection and what it would change; with --save, save that."""
        data = file.read(MAX_BYTES + 1)
        name = getattr(file, "name", "<stdin>")
        with open_host(context) as host:
            with host.database.read() as session:
                found = exchanging.read_import(session, connection_id, data)
            for error in found.errors:
                click.echo(_on_one_line(f"{name}:{error.number}: {error.reason}"), err=True)
            if found.errors:
                context.exit(1)
            for line in _told(found):
                click.echo(_on_one_line(line))
            with host.database.read() as session:
                gaps = _judged(host, session, connection_id, found.board or Board(), live).gaps
            for line in _gaps(gaps):
                click.echo(_on_one_line(line))
            if save and gaps and not although:
                msg = "The mapping has gaps. Close them, or say --although to save it with them."
                raise click.ClickException(msg)
            if save and found.changes:
                click.echo(_saved(host, connection_id, found))

    return mapping


# ── judging ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _judged(host: Host, session: Session, connection_id: int, board: Board, live: Live) -> ShownFindings:
    """Judge a board.

    Raises:
        NotFound: there is no such connection.
    """
    connection = session.get(Connection, connection_id)
    if connection is None:
        msg = f"There is no connection with the id {connection_id}."
        raise NotFound(msg)
    stored = read_stored(session, connection_id)
    found = judge_board(session, connection_id, board, live=live(session, connection_id), stored=stored)
    return show(found, make_names(session, stored), _product(host, connection))


def _drifted(host: Host, session: Session, connection_id: int, live: Live) -> list[str]:
    """Say what changed at the remote system under the board in force."""
    shown = show_items(
        open_items(session, connection_id),
        stored=read_stored(session, connection_id),
        names=read_names(session, connection_id),
        live=live(session, connection_id),
        product=_product(host, session.get_one(Connection, connection_id)),
    )
    return [" ".join(["drift ", item.title + ".", *(f"{each.words}." for each in item.touched)]) for item in shown]


def _product(host: Host, connection: Connection) -> str:
    known = connection.integration in host.registry
    return host.registry.get(connection.integration).card.title if known else connection.integration


def _gaps(gaps: tuple[ShownGap, ...]) -> Iterator[str]:
    for gap in gaps:
        tickets = f" {gap.tickets} linked ticket{'' if gap.tickets == 1 else 's'} now." if gap.tickets else ""
        yield f"gap  {gap.words} {gap.where}.{tickets}"


def _verdict(found: ShownFindings, *, ways: bool) -> Iterator[str]:
    yield from _gaps(found.gaps)
    if not found.gaps:
        yield "No gaps."
    if found.unread:
        yield f"Not read yet, so nothing can be said: {', '.join(found.unread)}."
    for verdict in found.verdicts:
        counts = f"{verdict.count('free')} free ways, {verdict.count('ask')} waiting for an answer"
        yield f"{verdict.title}: {counts}, {verdict.count('dark')} not known, {verdict.count('stop')} not there"
        yield from (f"  {trip}" for trip in verdict.trips)
        yield from (
            f"  {way.ticket}, issue in {way.start}: {way.words}" for way in verdict.ways if ways or way.level != "free"
        )


# ── what the commands do ──────────────────────────────────────────────────────────────────────────────────────────────


def _told(found: Import) -> Iterator[str]:
    for match in found.matches:
        yield f"line {match.line}  {match.kind}  {match.there}  is  {match.here}  by {match.how}"
    if not found.changes:
        yield "Nothing differs from the mapping in force."
        return
    yield "What changes:"
    yield from (f"  {change}" for change in found.changes)


def _on_one_line(text: str) -> str:
    """Keep what a file calls things from steering the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _saved(host: Host, connection_id: int, found: Import) -> str:
    with host.database.write() as session:
        version = exchanging.save_import(session, connection_id, found, by=BY, now=host.now())
        ask_to_read(host.jobs, session, connection_id)
    return f"The mapping is saved as version {version.number}."
