"""The activity of a connection: how its links stand, what needs a person, and what happened. For admins."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.connections.service import get_connection
from helpdesk_core.errors import NotFound
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import URL, Frame, open_frame, signed_in_user
from helpdesk_core.sync import activity, linking
from helpdesk_core.sync.forms import DiscardForm, HistoryForm
from helpdesk_core.sync.links import get_link
from helpdesk_core.sync.models import NEEDS_A_PERSON, LinkState
from helpdesk_core.sync.standing import Standing

blueprint = Blueprint("activity", __name__, template_folder="templates")

SHOWN: Final = 50
"""Links needing attention that one page shows; those after them follow as these are mended."""


@blueprint.get(f"{URL}/activity")
@admin_required
def show(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show counts, what needs attention, and the history."""
    host, form = current_host(), HistoryForm(request.args)
    wanted = form.validate()
    with host.database.read() as session:
        counts = activity.counts(session, connection_id)
        return render_template(
            "sync/activity.html",
            frame=open_frame(host, session, integration, connection_id),
            connection=get_connection(session, integration, connection_id),
            counts=[(Standing[state.name], count) for state, count in counts.items()],
            attention=activity.needing_attention(session, connection_id, limit=SHOWN),
            attention_total=sum(counts[state] for state in NEEDS_A_PERSON),
            retryable=sum(counts[state] for state in activity.RETRYABLE),
            conflicts=counts[LinkState.CONFLICT],
            form=form,
            discard_form=DiscardForm(formdata=None),
            page=activity.history(
                session,
                connection_id,
                ticket_id=form.ticket.data if wanted else None,
                before=form.before.data if wanted else None,
            ),
        )


@blueprint.post(f"{URL}/activity/retry")
@admin_required
def retry_all(integration: str, connection_id: int) -> ResponseReturnValue:
    """Try again everything that was stopped."""
    frame = _frame(integration, connection_id)
    count = activity.retry_all(current_host(), connection_id, by=signed_in_user())
    flash(f"{count} {'link is' if count == 1 else 'links are'} tried again.", "success")
    return redirect(frame.url("activity.show"))


@blueprint.post(f"{URL}/activity/<int:link_id>/retry")
@admin_required
def retry(integration: str, connection_id: int, link_id: int) -> ResponseReturnValue:
    """Try again one link."""
    frame = _frame(integration, connection_id, link_id)
    linking.retry(current_host(), link_id, by=signed_in_user())
    flash("It is tried again.", "success")
    return redirect(frame.url("activity.show", _anchor="attention"))


@blueprint.post(f"{URL}/activity/<int:link_id>/discard")
@admin_required
def discard(integration: str, connection_id: int, link_id: int) -> ResponseReturnValue:
    """Give up what could not be done, with a note that says why."""
    frame, form = _frame(integration, connection_id, link_id), DiscardForm()
    if form.validate_on_submit():
        activity.discard(current_host(), link_id, by=signed_in_user(), note=form.note.data or "")
        flash("Discarded: both sides stay as they are. The history keeps your note.", "success")
    else:
        flash(f"Nothing was discarded. {' '.join(form.note.errors)}", "warning")
    return redirect(frame.url("activity.show", _anchor="attention"))


def _frame(integration: str, connection_id: int, link_id: int | None = None) -> Frame:
    """Find the connection of a page, and make sure that a link is its own.

    Raises:
        NotFound: one of them is not there.
    """
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        if link_id is not None and get_link(session, link_id).connection_id != connection_id:
            msg = f"{frame.name} has no such link."
            raise NotFound(msg)
        return frame
