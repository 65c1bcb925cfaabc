"""The activity of a connection, for admins: how its links stand, what needs attention, and all that happened."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import URL, Frame, open_frame, signed_in_user
from helpdesk_core.sync import activity
from helpdesk_core.sync.forms import DiscardForm, HistoryForm, RetryForm
from helpdesk_core.sync.models import LinkState
from helpdesk_core.sync.standing import Standing, obstacle

blueprint = Blueprint("activity", __name__, template_folder="templates")

MOST_SHOWN: Final = 100
"""How many links that need attention a page lists; as these are mended, others move up."""


@blueprint.get(f"{URL}/activity")
@admin_required
def index(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show how the links of a connection stand, what needs attention, and what happened."""
    return _page(integration, connection_id)


@blueprint.post(f"{URL}/activity/retry")
@admin_required
def retry(integration: str, connection_id: int) -> ResponseReturnValue:
    """Try one link again."""
    form, frame = RetryForm(), _frame(integration, connection_id)
    if form.validate_on_submit():
        link_id = int(form.link_id.data or 0)
        key = _key_of(link_id, connection_id)
        try:
            activity.retry(current_host(), link_id, signed_in_user())
        except Refused as refusal:  # a conflict meanwhile: the page shows it
            flash(str(refusal), "warning")
        else:
            flash(f"{key} is tried again.", "success")
    else:
        flash("Choose a link first.", "warning")
    return redirect(frame.url("activity.index"))


@blueprint.post(f"{URL}/activity/retry-all")
@admin_required
def retry_all(integration: str, connection_id: int) -> ResponseReturnValue:
    """Try all again that needs attention, except conflicts."""
    frame = _frame(integration, connection_id)
    count = activity.retry_all(current_host(), connection_id, signed_in_user())
    if count:
        flash(f"{count} link{' is' if count == 1 else 's are'} tried again.", "success")
    else:
        flash("There is nothing to try again.", "info")
    return redirect(frame.url("activity.index"))


@blueprint.post(f"{URL}/activity/discard")
@admin_required
def discard(integration: str, connection_id: int) -> ResponseReturnValue:
    """Give up what a link was to do; where the note is missing, show again what was typed."""
    form, frame = DiscardForm(), _frame(integration, connection_id)
    if not form.validate_on_submit():
        return _page(integration, connection_id, discard_form=form)
    link_id = int(form.link_id.data or 0)
    key = _key_of(link_id, connection_id)
    try:
        activity.discard(current_host(), link_id, signed_in_user(), form.note.data or "")
    except Refused as refusal:  # mended meanwhile: the page shows how it stands
        flash(str(refusal), "warning")
    else:
        flash(f"What {key} was to do is discarded. Ticket and issue stay as they are.", "success")
    return redirect(frame.url("activity.index"))


def _page(integration: str, connection_id: int, *, discard_form: DiscardForm | None = None) -> str:
    host, form = current_host(), HistoryForm(request.args)
    ticket_id = form.ticket.data if form.validate() else None
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        return render_template(
            "sync/activity.html",
            frame=frame,
            obstacle=obstacle(host, session, session.get_one(Connection, connection_id)),
            counts=_badges(activity.counts(session, connection_id)),
            attention=activity.needing_attention(session, connection_id, limit=MOST_SHOWN),
            history=activity.history(session, connection_id, request.args.get("page", 1, type=int), ticket_id),
            form=form,
            ticket_id=ticket_id,
            discard_form=discard_form,
            standings=Standing,
            max_note=activity.MAX_NOTE,
        )


def _badges(counted: dict[LinkState, int]) -> dict[Standing, int]:
    return {Standing[state.name]: count for state, count in counted.items()}


def _frame(integration: str, connection_id: int) -> Frame:
    host = current_host()
    with host.database.read() as session:
        return open_frame(host, session, integration, connection_id)


def _key_of(link_id: int, connection_id: int) -> str:
    with current_host().database.read() as session:
        return activity.link_here(session, link_id, connection_id).issue_key
