"""The board's history, and the way back to an earlier version."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping import service
from helpdesk_core.mapping.documents import from_document
from helpdesk_core.mapping.forms import ImportForm
from helpdesk_core.mapping.verdicts import show
from helpdesk_core.mapping.versions import get_version, latest, list_versions, make_names
from helpdesk_core.mapping.views.frame import URL, blueprint, open_frame, signed_in_user
from helpdesk_core.mapping.views.judgement import judged, observers, refuse_gaps
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.wording import differences


@blueprint.get(f"{URL}/mapping/versions")
@admin_required
def versions(integration: str, connection_id: int) -> ResponseReturnValue:
    """List all versions with what each changed."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        found = list_versions(session, connection_id)
    return render_template("mapping/versions.html", frame=frame, versions=found, form=ImportForm())


@blueprint.get(f"{URL}/mapping/versions/<int:number>")
@admin_required
def version(integration: str, connection_id: int, number: int) -> ResponseReturnValue:
    """Show what going back to a version would change."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        found, current = get_version(session, connection_id, number), latest(session, connection_id)
        board, stored = from_document(found.board), read_stored(session, connection_id)
        names = make_names(session, stored)
        findings = show(judged(session, connection_id, board, stored), names, frame.title)
    return render_template(
        "mapping/version.html",
        frame=frame,
        version=found,
        seen=current.number,
        changes=differences(current.board, board, names),
        findings=findings,
        listing=observers().listing,
    )


@blueprint.post(f"{URL}/mapping/versions/<int:number>")
@admin_required
def undo(integration: str, connection_id: int, number: int) -> ResponseReturnValue:
    """Go back to a version by a new one that equals it."""
    host = current_host()
    seen = request.form.get("seen", -1, type=int)
    try:
        with host.database.write() as session:
            frame = open_frame(host, session, integration, connection_id)
            made = service.undo(session, connection_id, number, seen=seen, by=signed_in_user(), now=host.now())
            refuse_gaps(session, connection_id)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(request.path)
    flash(f"The mapping is that of version {number} again, saved as version {made.number}.", "success")
    return redirect(frame.url("mapping.versions"))
