"""Settings › Integrations: the cards, an integration's set-up, and the page of one connection."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts import service as accounts
from helpdesk_core.accounts.views import admin_required
from helpdesk_core.connections import cards, integration_settings, service
from helpdesk_core.connections.forms import ForgetForm, protected
from helpdesk_core.connections.models import ConnectionState
from helpdesk_core.connections.noting import EXTENSION, MENDED, Mended, Notes
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host

blueprint = Blueprint("connections", __name__, template_folder="templates", url_prefix="/settings/integrations")


@blueprint.app_context_processor
def attention() -> dict[str, object]:
    """Give every page the number for the badge at Settings."""

    def count() -> int:
        host = current_host()
        with host.database.read() as session:
            channels, notes = cards.troubled_channels(host, session), cards.noted(host, session, _notes())
            return len(cards.troubled(host, session)) + len(channels) + sum(note.count for _, note in notes)

    return {"attention_count": count}


def _notes() -> Notes:
    """Return what other concerns have to say about connections in this application."""
    found: Notes = current_app.extensions[EXTENSION]
    return found


def _tell_mended(key: str) -> None:
    """Tell other concerns that an integration was set up anew: what waited for that can go on."""
    mended: Mended = current_app.extensions[MENDED]
    with current_host().database.read() as session:
        ids = [each.id for each in service.list_connections(session) if each.integration == key]
    for connection_id in ids:
        mended(connection_id)


@blueprint.get("")
@admin_required
def index() -> ResponseReturnValue:
    """Show a card for each integration, by section, and on top what needs a person."""
    host = current_host()
    with host.database.read() as session:
        return render_template(
            "connections/index.html",
            sections=cards.sections(host, session, _notes()),
            notes=[
                (c, host.registry.get(c.integration).card, note) for c, note in cards.noted(host, session, _notes())
            ],
            troubled=[(c, host.registry.get(c.integration).card) for c in cards.troubled(host, session)],
            channels=cards.troubled_channels(host, session),
            CardState=cards.CardState,
            ConnectionState=ConnectionState,
        )


@blueprint.post("/<key>/switch")
@admin_required
def switch(key: str) -> ResponseReturnValue:
    """Switch an integration on or off."""
    host, enabled = current_host(), request.form.get("to") == "on"
    integration = host.registry.get(key)
    with host.database.write() as session:
        integration_settings.set_enabled(session, key, enabled=enabled)
    title = integration.card.title
    flash(f"{title} is switched {'on' if enabled else 'off'}. Everything it has is kept.", "success")
    return redirect(url_for(".index"))


@blueprint.route("/<key>/setup", methods=["GET", "POST"])
@admin_required
def set_up(key: str) -> ResponseReturnValue:
    """Ask for what an operator must enter once before anybody can connect."""
    host = current_host()
    integration = host.registry.get(key)
    with host.database.read() as session:
        present = integration_settings.read_set_up(host, session, integration)
    if present.form is None:
        flash(f"{integration.card.title} needs no set-up.", "info")
        return redirect(url_for(".index"))
    entered = request.form.to_dict() if request.method == "POST" else {}
    form = protected(present.form, integration_settings.submitted(present, entered))
    if request.method == "POST" and form.validate():
        with host.database.write() as session:
            integration_settings.store(host, session, integration, present, form)
        _tell_mended(key)
        flash(f"{integration.card.title} is set up. You can connect now.", "success")
        return redirect(url_for(".index"))
    if request.method == "GET":
        form.errors.clear()
    return render_template("connections/set_up.html", integration=integration, set_up=present, form=form)


@blueprint.get("/<key>/<int:connection_id>")
@admin_required
def show(key: str, connection_id: int) -> ResponseReturnValue:
    """Show one connection: where, as whom, since when, with which permissions."""
    host = current_host()
    integration = host.registry.get(key)
    with host.database.read() as session:
        connection = service.get_connection(session, key, connection_id)
        return render_template(
            "connections/show.html",
            integration=integration,
            connection=connection,
            scopes=service.granted_scopes(session, connection_id),
            person=service.everyday_account_of(session, connection),
            notes=[note for c, note in cards.noted(host, session, _notes()) if c.id == connection_id],
            connected_by=accounts.get_user(session, connection.connected_by_id),
            ConnectionState=ConnectionState,
            forget_form=ForgetForm(formdata=None),
        )


@blueprint.route("/<key>/<int:connection_id>/disconnect", methods=["GET", "POST"])
@admin_required
def disconnect(key: str, connection_id: int) -> ResponseReturnValue:
    """Say what disconnecting keeps and ends, then do it."""
    host = current_host()
    integration = host.registry.get(key)
    with host.database.read() as session:
        connection = service.get_connection(session, key, connection_id)
    if request.method == "GET":
        return render_template("connections/disconnect.html", integration=integration, connection=connection)
    result = service.disconnect(host, integration, connection_id)
    return render_template(
        "connections/disconnected.html", integration=integration, connection=connection, result=result
    )


@blueprint.post("/<key>/<int:connection_id>/forget")
@admin_required
def forget(key: str, connection_id: int) -> ResponseReturnValue:
    """Delete a disconnected connection with its mapping."""
    host, form = current_host(), ForgetForm()
    try:
        with host.database.write() as session:
            connection = service.get_connection(session, key, connection_id)
            service.forget(session, connection, typed_name=form.name.data or "")
    except Refused as refusal:
        flash(str(refusal), "danger")
        return redirect(url_for(".show", key=key, connection_id=connection_id))
    flash(f"{connection.workspace_name} is forgotten. Its tickets stay.", "success")
    return redirect(url_for(".index"))
