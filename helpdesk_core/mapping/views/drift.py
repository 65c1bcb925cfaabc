"""What changed at the remote system under the board in force, and what an admin does about it, each by one button."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping import mending
from helpdesk_core.mapping.drift_words import show_items
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.rereading import ask_to_reread, may_read
from helpdesk_core.mapping.versions import read_names
from helpdesk_core.mapping.views.frame import URL, Frame, blueprint, open_frame, signed_in_user
from helpdesk_core.mapping.views.judgement import observers
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.workflows import ask_to_read


@blueprint.get(f"{URL}/mapping/drift")
@admin_required
def drift(integration: str, connection_id: int) -> ResponseReturnValue:
    """List what changed, with the linked tickets that each change touches."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        stored = read_stored(session, connection_id)
        items = show_items(
            open_items(session, connection_id),
            stored=stored,
            names=read_names(session, connection_id),
            live=observers().live(session, connection_id),
            product=frame.title,
        )
    return render_template(
        "mapping/drift.html", frame=frame, items=items, read_at=stored.read_at, listing=observers().listing
    )


@blueprint.post(f"{URL}/mapping/drift")
@admin_required
def mend_drift(integration: str, connection_id: int) -> ResponseReturnValue:
    """Do what the pressed button says about one item."""
    host = current_host()
    try:
        with host.database.write() as session:
            frame = open_frame(host, session, integration, connection_id)
            said = _mend(session, frame)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except NotFound:  # somebody was quicker, or it changed back: the page shows what is left
        flash("This was settled meanwhile.", "info")
    else:
        flash(said, "success")
    return redirect(request.path)


@blueprint.post(f"{URL}/mapping/drift/read")
@admin_required
def read_drift(integration: str, connection_id: int) -> ResponseReturnValue:
    """Have projects, statuses and workflows read anew, without waiting for the clock."""
    host = current_host()
    with host.database.write() as session:
        frame = open_frame(host, session, integration, connection_id)
        asked = may_read(session, connection_id)
        if asked:
            ask_to_reread(host.jobs, session, connection_id, is_whole=True)
    if asked:
        flash("Statuses and workflows are being read anew. Come back to this page in a moment.", "info")
    else:
        flash(f"{frame.title} is not asked now: the connection is paused, or does not work.", "warning")
    return redirect(frame.url("mapping.drift"))


def _mend(session: Session, frame: Frame) -> str:
    host, user = current_host(), signed_in_user()
    ids = request.form.getlist("item", type=int)
    match request.form.get("do"):
        case "replace":
            replacement = request.form.get("replacement", "")
            version = mending.replace_vanished(
                session, frame.connection_id, _only(ids), replacement, by=user, now=host.now()
            )
        case "off":
            version = mending.take_off(session, frame.connection_id, _only(ids), by=user, now=host.now())
        case _:
            mending.accept(session, frame.connection_id, ids)
            return "Noted. The board stays as it is."
    ask_to_read(host.jobs, session, frame.connection_id)
    return f"The mapping is mended, as version {version.number}. No ticket and no issue was moved."


def _only(ids: list[int]) -> int:
    return ids[0] if ids else 0
