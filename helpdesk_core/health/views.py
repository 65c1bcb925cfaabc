"""A connection's health page, and Settings › Repairs: what is wrong, why, and the one button that mends it."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.connections.service import get_connection
from helpdesk_core.errors import NotFound
from helpdesk_core.grades import Grade
from helpdesk_core.health import fixing, repairs
from helpdesk_core.health.examining import look_again
from helpdesk_core.health.reporting import NOT_ASKED, report_on
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import URL, Frame, open_frame, try_remote
from helpdesk_core.values import Finding, Remedy

FEW: Final = 4
"""While all is well, so many checks of a section stand open; more are folded up, and all while something is not."""

blueprint = Blueprint("health", __name__, template_folder="templates")


@blueprint.get(f"{URL}/health")
@admin_required
def show(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show all that was found, and the answer to a question after one project."""
    host, frame = current_host(), _frame(integration, connection_id)
    asked, found = request.args.get("project", "").strip(), None
    if asked:
        answer: list[Finding] = []
        if try_remote(frame, lambda: answer.append(fixing.probe(host, connection_id, asked))):
            found = answer[0]
    with host.database.read() as session:
        sections = repairs.sections(host, session, connection_id)
        return render_template(
            "health/show.html",
            frame=frame,
            connection=get_connection(session, integration, connection_id),
            sections=sections,
            troubles=repairs.troubles_in(sections),
            examined_at=fixing.examined_at(session, connection_id),
            asked=asked,
            found=found,
            can_probe=fixing.can_probe(host, session, connection_id),
            Remedy=Remedy,
            FEW=FEW,
        )


@blueprint.post(f"{URL}/health/look")
@admin_required
def look(integration: str, connection_id: int) -> ResponseReturnValue:
    """Look at everything anew."""
    host, frame, asked_at = current_host(), _frame(integration, connection_id), current_host().now()
    look_again(host, connection_id)
    with host.database.read() as session:
        connection = get_connection(session, integration, connection_id)
        report = report_on(host, session, connection, asked_at=asked_at)
    bad = sum(each.standing in (Grade.TROUBLE, Grade.WARNING) for each in report.checks)
    if bad:
        flash(f"{bad} thing{' needs' if bad == 1 else 's need'} attention.", "warning")
    elif any(each.code == NOT_ASKED for each in report.checks):
        flash(f"{frame.title} could not be asked now: what stands here was found before.", "warning")
    elif report.standing is Grade.UNKNOWN:
        flash("All is well, as far as it can be known now.", "success")
    else:
        flash("All is well.", "success")
    return redirect(frame.url(".show"))


@blueprint.post(f"{URL}/health/mend/<remedy>")
@admin_required
def mend(integration: str, connection_id: int, remedy: str) -> ResponseReturnValue:
    """Do what a button offers that mends something here."""
    host, frame = current_host(), _frame(integration, connection_id)
    if remedy not in fixing.HERE:
        msg = f"There is no button called {remedy!r} here."
        raise NotFound(msg)
    if try_remote(frame, partial(fixing.mend, host, connection_id, Remedy(remedy))):
        flash(fixing.HERE[Remedy(remedy)], "success")
    return redirect(frame.url(".show"))


@blueprint.get("/settings/repairs")
@admin_required
def index() -> ResponseReturnValue:
    """Show what is wrong, on all connections."""
    host = current_host()
    with host.database.read() as session:
        items = repairs.open_items(host, session)
        frames = {c.id: open_frame(host, session, c.integration, c.id) for c, _ in items}
        return render_template("health/index.html", items=items, frames=frames, Remedy=Remedy)


def _frame(integration: str, connection_id: int) -> Frame:
    host = current_host()
    with host.database.read() as session:
        return open_frame(host, session, integration, connection_id)
