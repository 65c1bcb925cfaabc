"""Choosing whether new statuses are placed like the others of their name without asking."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.host import current_host
from helpdesk_core.mapping.following import set_taking_up
from helpdesk_core.mapping.views.frame import URL, blueprint, open_frame


@blueprint.post(f"{URL}/mapping/following")
@admin_required
def follow(integration: str, connection_id: int) -> ResponseReturnValue:
    """Store the choice and say what it does from now on."""
    host, on = current_host(), "on" in request.form
    with host.database.write() as session:
        frame = open_frame(host, session, integration, connection_id)
        version = set_taking_up(session, connection_id, on=on, now=host.now())
    flash(f"From now on, new statuses {'go to the others of their name' if on else 'wait under New'}.", "success")
    if version is not None:
        flash(f"{' '.join(version.changes)} This is version {version.number}.", "info")
    return redirect(frame.url("mapping.board"))
