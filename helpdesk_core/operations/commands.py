"""`helpdesk doctor`: tells what is wrong with this installation, to people or to machines."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from helpdesk_core.grades import EXIT_CODES
from helpdesk_core.operations.doctor import Check, MakeHost, examine
from helpdesk_core.operations.results import grade_of, lines, report


def make_doctor(make_host: MakeHost, further: Sequence[Check] = ()) -> click.Command:
    """Return the command.

    Args:
        make_host: makes the collaborators from settings and plugins.
        further: checks of other concerns, made after its own.
    """

    @click.command("doctor")
    @click.option("--json", "for_machines", is_flag=True, help="Print one JSON object instead of lines.")
    @click.pass_context
    def doctor(context: click.Context, *, for_machines: bool) -> None:
        """Look what is wrong with this installation, and say what helps. It makes and changes nothing.

        Exit codes, as monitoring expects: 0 all is well, 1 a warning, 2 trouble, 3 something could not be looked at.
        """
        results = list(examine(context.obj(), make_host, further))
        if for_machines:
            click.echo(json.dumps(report(results), ensure_ascii=False, indent=2))
        else:
            for result in results:
                for line in lines(result):
                    click.echo(line)
        context.exit(EXIT_CODES[grade_of(results)])

    return doctor
