"""What issues need on their way: values for the fields of screens, and done statuses that may be passed."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.host import current_host
from helpdesk_core.mapping.moves import gather
from helpdesk_core.mapping.views.frame import URL, blueprint, open_frame, remote_trouble
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.workflows import read_workflows, set_allowance, set_default


@blueprint.get(f"{URL}/mapping/moves")
@admin_required
def moves(integration: str, connection_id: int) -> str:
    """Show what moves need, and what an admin has said."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        return render_template("mapping/moves.html", frame=frame, moves=gather(session, connection_id))


@blueprint.post(f"{URL}/mapping/moves")
@admin_required
def save_moves(integration: str, connection_id: int) -> ResponseReturnValue:
    """Store what an admin says. Only what the page has asked is taken, whatever is sent."""
    host = current_host()
    with host.database.write() as session:
        frame = open_frame(host, session, integration, connection_id)
        asked = gather(session, connection_id)
        for field in (*asked.required, *asked.optional):
            value = request.form.get(f"field-{field.entered}-{field.field_id}", field.value).strip()
            if value == field.value or not field.options or value in {"", *(option.id for option in field.options)}:
                set_default(session, connection_id, field.entered, field.field_id, value)
        for each in asked.crossings:
            allowed = f"pass-{each.target}-{each.crossed}" in request.form
            set_allowance(session, connection_id, each.target, each.crossed, allowed=allowed)
    flash("Saved. Links that were stopped for this can be tried again on their tickets.", "success")
    return redirect(frame.url("mapping.moves"))


@blueprint.post(f"{URL}/mapping/moves/refresh")
@admin_required
def refresh_moves(integration: str, connection_id: int) -> ResponseReturnValue:
    """Read the workflows of all projects in use anew."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        in_use = read_stored(session, connection_id).in_use
    read = 0
    for used in in_use:
        if trouble := remote_trouble(frame, lambda id_=used.project.id: read_workflows(host, connection_id, id_)):  # type: ignore[misc]  # mypy cannot infer the default's type
            flash(trouble.words, trouble.level)
        else:
            read += 1
    flash(f"The workflows of {read} of {len(in_use)} projects are read anew.", "success" if read else "warning")
    return redirect(frame.url("mapping.moves"))
