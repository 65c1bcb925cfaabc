"""Review and save: what a draft changes, what it leaves open, and what becomes of linked tickets and issues."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping import service
from helpdesk_core.mapping.observing import Choice, Effect
from helpdesk_core.mapping.versions import SavedMeanwhile
from helpdesk_core.mapping.views.board import context, make_view, read_site
from helpdesk_core.mapping.views.frame import URL, blueprint, open_frame, signed_in_user
from helpdesk_core.mapping.views.judgement import observers, refuse_gaps
from helpdesk_core.mapping.workflows import ask_to_read


@blueprint.get(f"{URL}/mapping/review")
@admin_required
def review(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show what saving would change, and why it cannot be saved where that is so."""
    with current_host().database.read() as session:
        return _page(session, integration, connection_id)


@blueprint.post(f"{URL}/mapping/review")
@admin_required
def save(integration: str, connection_id: int) -> ResponseReturnValue:
    """Save the draft, unless somebody else saved since this admin looked, or a gap was not agreed to."""
    host, user = current_host(), signed_in_user()
    seen = request.form.get("seen", -1, type=int)
    try:
        choice = _choice(request.form.get("choice", ""))
        with host.database.write() as session:
            frame = open_frame(host, session, integration, connection_id)
            version = service.save_draft(session, connection_id, user, seen=seen, now=host.now())
            refuse_gaps(session, connection_id)
            observers().apply(session, connection_id, choice, user)
            ask_to_read(host.jobs, session, connection_id)
    except Refused as refusal:
        if not isinstance(refusal, SavedMeanwhile):  # the page says that one at length
            flash(str(refusal), "warning")
        with host.database.read() as session:
            return _page(session, integration, connection_id), 409
    flash(f"The mapping is saved as version {version.number}. {_FOLLOWS[choice]}".strip(), "success")
    return redirect(frame.url("mapping.board"))


_FOLLOWS = {
    Choice.LEAVE: "",
    Choice.TICKETS: "Tickets follow their issues now.",
    Choice.ISSUES: "Issues are moved now.",
}


def _page(session: Session, integration: str, connection_id: int) -> str:
    view = make_view(session, read_site(session, integration, connection_id))
    changes = view.page.changes and not view.page.problems
    effect = observers().preview(session, connection_id, view.draft.board) if changes else Effect()
    return render_template(
        "mapping/review.html",
        effect=effect,
        names=view.site.names,
        choices=Choice,
        most=None if request.args.get("everything") else 20,
        **context(view),
    )


def _choice(value: str) -> Choice:
    """Read what becomes of what differs; nothing said means that both stay."""
    if not value:
        return Choice.LEAVE
    if value not in set(Choice):
        msg = "Choose what becomes of linked tickets and issues."
        raise Refused(msg)
    return Choice(value)
