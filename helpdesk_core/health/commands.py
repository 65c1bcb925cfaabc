"""`helpdesk connections check`: looks how connections stand, and says what is wrong and what mends it.

It is handed a function that opens the host, because the command line that it belongs to imports this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import click

from helpdesk_core.connections.models import Connection
from helpdesk_core.connections.service import list_connections
from helpdesk_core.errors import HelpdeskError, NotFound
from helpdesk_core.grades import EXIT_CODES, Grade, worst
from helpdesk_core.health import reporting
from helpdesk_core.health.examining import look_again
from helpdesk_core.health.reporting import Report, report_on
from helpdesk_core.host import Host
from helpdesk_core.tickets.service import LARGEST_NUMBER

OpenHost = Callable[[click.Context], AbstractContextManager[Host]]


class _NotChecked(click.ClickException):
    """Nothing could be looked at: monitoring must not take that for a warning."""

    exit_code = EXIT_CODES[Grade.UNKNOWN]


def make_check(open_host: OpenHost) -> click.Command:
    """Return the command, which opens the host with `open_host`."""

    @click.command("check")
    @click.argument("connection_id", metavar="[ID]", type=click.IntRange(min=1, max=LARGEST_NUMBER), required=False)
    @click.option("--stored", is_flag=True, help="Ask nobody: tell what was found when it was last looked.")
    @click.option("--all", "everything", is_flag=True, help="Tell what is well too.")
    @click.option("--json", "machine", is_flag=True, help="Print one JSON object instead of lines.")
    @click.pass_context
    def check(
        context: click.Context, connection_id: int | None, *, stored: bool, everything: bool, machine: bool
    ) -> None:
        """Look how all connections stand, or the one with this ID, and say what is wrong and what mends it.

        What waited for something that is mended goes on. Exit codes, as monitoring expects: 0 all is well, 1 a warning,
        2 trouble, 3 something could not be looked at.
        """
        try:
            with open_host(context) as host:
                reports = [_report(host, each, stored=stored) for each in _chosen(host, connection_id)]
        except HelpdeskError as error:
            raise _NotChecked(str(error)) from error
        if machine:
            told = reporting.for_machines(reports, everything=everything)
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            _print(reports, everything=everything)
        context.exit(EXIT_CODES[worst(each.standing for each in reports)])

    return check


def _chosen(host: Host, connection_id: int | None) -> list[Connection]:
    """Return one connection, or all.

    Raises:
        NotFound: there is no such connection.
    """
    with host.database.read() as session:
        found = [each for each in list_connections(session) if connection_id in {None, each.id}]
    if connection_id is not None and not found:
        msg = f"There is no connection with the id {connection_id}. `helpdesk connections list` tells the ids."
        raise NotFound(msg)
    return found


def _report(host: Host, connection: Connection, *, stored: bool) -> Report:
    with host.database.read() as session:
        looks = not stored and not reporting.skipped(host, session, connection)
    asked_at = host.now() if looks else None
    if looks:
        look_again(host, connection.id)
    with host.database.read() as session:
        present = session.get(Connection, connection.id)
        return report_on(host, session, present or connection, asked_at=asked_at)


def _print(reports: list[Report], *, everything: bool) -> None:
    if not reports:
        click.echo("There is no connection yet. Connect in Settings › Integrations.")
    for number, each in enumerate(reports):
        for line in ([""] if number else []) + list(reporting.lines(each, everything=everything)):
            click.echo(line)
