"""Settings › Channels: which tickets become issues, which issues become tickets, and how that goes. For admins."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.channels import asking, saving, trying
from helpdesk_core.channels.creations import count_unfinished
from helpdesk_core.channels.forms import ChannelForm, draft_of, make_channel_form
from helpdesk_core.channels.models import Channel, CreationState, Way
from helpdesk_core.channels.places import Place, place_of, places, stored_values, with_stored_options
from helpdesk_core.channels.transferring import progress
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import HelpdeskError, Refused, Rejected
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import signed_in_user
from helpdesk_core.sync.panel import excuse
from helpdesk_core.values import CreateField

blueprint = Blueprint("channel_settings", __name__, template_folder="templates")

URL = "/settings/channels"
SEARCH = "search-"


@blueprint.get(URL)
@admin_required
def index() -> str:
    """List all channels with how they stand."""
    host = current_host()
    with host.database.read() as session:
        return render_template(
            "channels/index.html",
            rows=[_row(session, channel) for channel in saving.list_channels(session)],
            possible=bool(places(host, session)),
        )


@blueprint.route(f"{URL}/new", methods=["GET", "POST"])
@admin_required
def new() -> ResponseReturnValue:
    """Choose where; then say what the channel does."""
    return _edit(None)


@blueprint.route(f"{URL}/<int:channel_id>", methods=["GET", "POST"])
@admin_required
def show(channel_id: int) -> ResponseReturnValue:
    """Show a channel, and change it."""
    with current_host().database.read() as session:
        return _edit(saving.get_channel(session, channel_id))


@blueprint.post(f"{URL}/<int:channel_id>/switch")
@admin_required
def switch(channel_id: int) -> ResponseReturnValue:
    """Switch a channel on or off."""
    on = request.form.get("on") == "yes"
    try:
        going_on = saving.switch(current_host(), channel_id, enabled=on)
    except Refused as refusal:
        flash(str(refusal), "warning")
    else:
        off = "It is off: it creates nothing. What it has created stays in step."
        flash(f"It is on: what is created from now on is touched.{_going_on(going_on)}" if on else off, "success")
    return redirect(url_for("channel_settings.index"))


@blueprint.post(f"{URL}/<int:channel_id>/mended")
@admin_required
def mended(channel_id: int) -> ResponseReturnValue:
    """Try again what waits, because the cause was mended at the remote system."""
    going_on = saving.mended(current_host(), channel_id)
    flash(f"It is tried again.{_going_on(going_on)}", "success")
    return redirect(url_for("channel_settings.index"))


@blueprint.post(f"{URL}/<int:channel_id>/delete")
@admin_required
def delete(channel_id: int) -> ResponseReturnValue:
    """Delete a channel."""
    saving.delete(current_host(), channel_id)
    flash("The channel is deleted. Its tickets and issues stay, in step as the connection says.", "success")
    return redirect(url_for("channel_settings.index"))


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    channel: Channel
    connection: Connection
    waiting: int
    """Issues that are still to be created."""
    stopped: int
    """Issues that were refused for a reason of their own ticket."""
    transfers: tuple[str, ...]


def _row(session: Session, channel: Channel) -> _Row:
    moving = (CreationState.WAITING, CreationState.ASKED, CreationState.CREATED)
    going = [progress(session, channel.id, way) for way in (Way.OUT, Way.IN)]
    return _Row(
        channel=channel,
        connection=session.get_one(Connection, channel.connection_id),
        waiting=count_unfinished(session, channel.id, *moving),
        stopped=count_unfinished(session, channel.id, CreationState.STOPPED),
        transfers=tuple(
            f"{each.done:,} of {each.transfer.total:,} {'tickets' if each.transfer.way is Way.OUT else 'issues'}"
            for each in going
            if each and not each.ended
        ),
    )


def _going_on(tickets: int) -> str:
    return f" {tickets:,} waiting {'ticket gets its issue' if tickets == 1 else 'tickets get their issues'} now." * (
        tickets > 0
    )


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """What the form is about, and what the remote system said of it."""

    channel: Channel | None
    places: list[Place]
    place: Place | None
    fields: list[CreateField]
    problem: str
    """Why nobody knows what creating demands: then the channel cannot create."""


def _edit(channel: Channel | None) -> ResponseReturnValue:
    page = _page(channel)
    if page.place is None:
        return _render(page, None)
    form = _form(page, page.place)
    action = request.form.get("action")
    if request.method == "GET" or action == "find" or not form.validate_on_submit():
        return _render(page, form)
    if page.problem and Way(form.creates.data) is not Way.IN:
        return _render(page, form)
    return _try(page, page.place, form) if action == "test" else _save(page, page.place, form)


def _page(channel: Channel | None) -> _Page:
    host = current_host()
    with host.database.read() as session:
        found = places(host, session)
    wanted = request.values.get("where")
    if wanted is None and channel is not None:
        place = place_of(channel, found)
    else:
        place = next((each for each in found if each.value == wanted), None)
    fields, problem = list[CreateField](), ""
    if place:
        try:
            fields = with_stored_options(
                asking.read_fields(host, place.connection.id, place.target, _searches()), channel
            )
        except HelpdeskError as error:
            problem = f"{error.reason} {error.cure}" if isinstance(error, Rejected) else excuse(place.title, error)
    return _Page(channel=channel, places=found, place=place, fields=fields, problem=problem)


def _form(page: _Page, place: Place) -> ChannelForm:
    entered: dict[str, object] = {"public": "yes" if place.target.project.serves_requesters else ""}
    if channel := page.channel:
        entered = {
            "name": channel.name,
            "creates": channel.creates,
            "status": channel.status,
            "comments": channel.comments,
            "public": "yes" if channel.public else "",
        }
    demanded = request.form.get("creates") != Way.IN
    values = stored_values(page.channel, page.fields)
    return make_channel_form(page.fields, demanded=demanded, values=values, **entered)


def _save(page: _Page, place: Place, form: ChannelForm) -> ResponseReturnValue:
    host, draft = current_host(), draft_of(form, place.target, page.fields)
    try:
        if page.channel is None:
            saving.add(host, place.connection.id, draft, by=signed_in_user())
            flash(f"“{draft.name}” is on: what is created from now on is touched.", "success")
        else:
            going_on = saving.change(host, page.channel.id, draft)
            flash(f"“{draft.name}” is saved.{_going_on(going_on)}", "success")
    except Refused as refusal:
        form.name.errors = [str(refusal)]
        return _render(page, form)
    return redirect(url_for("channel_settings.index"))


def _try(page: _Page, place: Place, form: ChannelForm) -> ResponseReturnValue:
    draft = draft_of(form, place.target, page.fields)
    try:
        tried = trying.try_out(
            current_host(),
            place.connection.id,
            project=place.target.project,
            kind_id=place.target.kind.id,
            values=draft.values,
            by=signed_in_user().name,
        )
    except Rejected as error:
        flash(f"No issue was created. {error.reason} {error.cure}", "danger")
    except HelpdeskError as error:
        flash(f"{excuse(place.title, error)} If an issue was created, it will be deleted.", "warning")
    else:
        left = f" It could not be deleted at once: {tried.left}" if tried.left else " It is deleted again."
        flash(f"{tried.key} was created.{left} Nothing is saved yet.", "warning" if tried.left else "success")
    return _render(page, form)


def _searches() -> dict[str, str]:
    return {name.removeprefix(SEARCH): text for name, text in request.values.items() if name.startswith(SEARCH)}


def _render(page: _Page, form: ChannelForm | None) -> str:
    return render_template("channels/channel.html", page=page, form=form, searches=_searches())
