"""Bringing over what was there before a channel: how much it is, how far that has come, and stopping it. For admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.channels import saving, transferring
from helpdesk_core.channels.models import Way
from helpdesk_core.channels.settings_views import URL
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import HelpdeskError, NotFound, Refused, Rejected
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import signed_in_user
from helpdesk_core.sync.panel import excuse

blueprint = Blueprint("channel_backlog", __name__, template_folder="templates")

BACKLOG = f"{URL}/<int:channel_id>/backlog"


@blueprint.get(BACKLOG)
@admin_required
def show(channel_id: int) -> str:
    """Count what could be brought over, and show how far that has come. Makes no call."""
    host = current_host()
    with host.database.read() as session:
        channel = saving.get_channel(session, channel_id)
        connection = session.get_one(Connection, channel.connection_id)
        return render_template(
            "channels/backlog.html",
            channel=channel,
            title=_title(connection),
            tickets=transferring.count_tickets(session, channel),
            issues=transferring.count_issues(session, channel_id),
            out=transferring.progress(session, channel_id, Way.OUT),
            into=transferring.progress(session, channel_id, Way.IN),
        )


@blueprint.post(f"{BACKLOG}/count")
@admin_required
def count(channel_id: int) -> ResponseReturnValue:
    """Look at the remote system which issues could become tickets."""
    host = current_host()
    with host.database.read() as session:
        channel = saving.get_channel(session, channel_id)
        title = _title(session.get_one(Connection, channel.connection_id))
    try:
        found = transferring.find_issues(host, channel_id)
    except Rejected as error:
        flash(f"{error.reason} {error.cure}", "danger")
    except HelpdeskError as error:
        flash(excuse(title, error), "warning")
    else:
        flash(f"{found:,} {'issue is' if found == 1 else 'issues are'} not done and without a ticket.", "success")
    return _back(channel_id)


@blueprint.post(f"{BACKLOG}/begin")
@admin_required
def begin(channel_id: int) -> ResponseReturnValue:
    """Begin to bring over what was counted."""
    try:
        transfer = transferring.begin(current_host(), channel_id, _way(), by=signed_in_user())
    except Refused as refusal:
        flash(str(refusal), "warning")
    else:
        flash(f"{transfer.total:,} are brought over, a few at a time. You can leave this page.", "success")
    return _back(channel_id)


@blueprint.post(f"{BACKLOG}/stop")
@admin_required
def stop(channel_id: int) -> ResponseReturnValue:
    """Stop, or go on."""
    stopped = request.form.get("stopped") == "yes"
    try:
        transferring.stop(current_host(), channel_id, _way(), stopped=stopped)
    except NotFound as error:
        flash(str(error), "warning")
    else:
        flash("Stopped. What is under way comes to its end." if stopped else "It goes on.", "success")
    return _back(channel_id)


def _way() -> Way:
    return Way.IN if request.form.get("way") == Way.IN else Way.OUT


def _title(connection: Connection) -> str:
    registry = current_host().registry
    known = connection.integration in registry
    return registry.get(connection.integration).card.title if known else connection.integration.capitalize()


def _back(channel_id: int) -> ResponseReturnValue:
    return redirect(url_for("channel_backlog.show", channel_id=channel_id))
