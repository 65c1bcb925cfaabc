"""The commands of the mapping: exporting it as YAML, and importing that.

They are handed a function that opens the host, because the command line that they belong to imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final

import click

from helpdesk_core.host import Host
from helpdesk_core.mapping import exchanging
from helpdesk_core.mapping.exchange import MAX_BYTES
from helpdesk_core.mapping.exchanging import Import
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


def make_group(open_host: OpenHost) -> click.Group:
    """Return the commands, which open the host with `open_host`."""

    @click.group()
    def mapping() -> None:
        """Look after the status mappings."""

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
    @click.argument("file", type=click.File("rb"))
    @click.pass_context
    def import_(context: click.Context, connection_id: int, file: BinaryIO, *, save: bool) -> None:
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
            if save and found.changes:
                click.echo(_saved(host, connection_id, found))

    return mapping


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
