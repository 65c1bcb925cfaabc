"""How one connection is kept in step: who is followed, how changes are heard of, and pausing it. For admins."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, RadioField, SubmitField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.connections.service import get_connection
from helpdesk_core.conversation.settings import Inward, choose, chosen
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import URL, open_frame, signed_in_user
from helpdesk_core.sync import holds, pausing, polling
from helpdesk_core.sync.links import policy_of, set_policy
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.models import Listening

blueprint = Blueprint("sync_settings", __name__, template_folder="templates")

WINNERS: Final = {
    Winner.ASK: "Ask the agent on the ticket",
    Winner.HELPDESK: "The ticket holds, and the issue follows",
    Winner.REMOTE: "The issue holds, and the ticket follows",
}


COMMENTS: Final = {
    Inward.NOT: "Stay there",
    Inward.NOTES: "Come as internal notes",
    Inward.PUBLIC: "Come as public replies, where everybody who sees the issue may read them",
}


class PolicyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Who is followed."""

    winner = RadioField(
        "When both sides have changed",
        choices=[SelectChoice(winner.value, words) for winner, words in WINNERS.items()],
    )
    inward = BooleanField("Tickets follow their issues")
    outward = BooleanField("Issues follow their tickets")
    may_reopen = BooleanField("An issue may reopen a closed ticket")
    replies = BooleanField("Public replies are written on the issue")
    comments = RadioField(
        "Comments on the issue",
        choices=[SelectChoice(choice.value, words) for choice, words in COMMENTS.items()],
    )
    submit = SubmitField("Save")


@blueprint.route(f"{URL}/sync", methods=["GET", "POST"])
@admin_required
def show(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show how a connection is kept in step, and save who is followed."""
    host, form = current_host(), PolicyForm()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
    if form.validate_on_submit():
        with host.database.write() as session:
            set_policy(session, connection_id, _chosen(session, connection_id, form))
            choose(
                session,
                connection_id,
                outward=bool(form.replies.data),
                inward=Inward(form.comments.data),
                now=host.now(),
            )
        flash("Saved. Tickets and issues that are in step stay as they are.", "success")
        return redirect(frame.url("sync_settings.show"))
    plugin = host.registry.get(integration)
    with host.database.read() as session:
        policy, (outward, inward) = policy_of(session, connection_id), chosen(session, connection_id)
        if not form.is_submitted():
            form = PolicyForm(
                formdata=None,
                winner=policy.winner.value,
                inward=policy.inward,
                outward=policy.outward,
                may_reopen=policy.may_reopen,
                replies=outward,
                comments=inward.value,
            )
        return render_template(
            "sync/settings.html",
            frame=frame,
            form=form,
            connection=get_connection(session, integration, connection_id),
            gathered=pausing.waiting(session, connection_id),
            listening=session.get(Listening, connection_id),
            delay=polling.expected_delay(
                session, connection_id, product=frame.title, now=host.now(), delivers=bool(plugin.webhook_receiver)
            ),
            delivers=bool(plugin.webhook_receiver),
            talks=bool(plugin.conversation),
            hold=holds.held(session, connection_id, now=host.now()),
        )


@blueprint.post(f"{URL}/sync/pause")
@admin_required
def pause(integration: str, connection_id: int) -> ResponseReturnValue:
    """Pause a connection."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
    try:
        with host.database.write() as session:
            connection = get_connection(session, integration, connection_id)
            pausing.pause(connection, by=signed_in_user(), now=host.now())
    except Refused as refusal:
        flash(str(refusal), "warning")
    else:
        flash("Paused. Changes on both sides are stored; nothing is written until somebody resumes.", "success")
    return redirect(frame.url("sync_settings.show"))


@blueprint.post(f"{URL}/sync/resume")
@admin_required
def resume(integration: str, connection_id: int) -> ResponseReturnValue:
    """Resume a connection; the page has shown what waits."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
    try:
        gathered = pausing.resume(host, connection_id)
    except Refused as refusal:
        flash(str(refusal), "warning")
    else:
        flash(f"Resumed. To be looked at now: {gathered.words}.", "success")
    return redirect(frame.url("sync_settings.show"))


def _chosen(session: Session, connection_id: int, form: PolicyForm) -> Policy:
    return Policy(
        winner=Winner(form.winner.data),
        inward=bool(form.inward.data),
        outward=bool(form.outward.data),
        may_reopen=bool(form.may_reopen.data),
        closed=policy_of(session, connection_id).closed,
    )
