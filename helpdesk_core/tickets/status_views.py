"""Settings › Statuses: the five that stand, and the custom ones under them."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.tickets import service
from helpdesk_core.tickets.forms import (
    DeleteStatusForm,
    MoveStatusForm,
    NewStatusForm,
    RenameStatusForm,
    status_choices,
)
from helpdesk_core.tickets.observing import EXTENSION, Observers
from helpdesk_core.values import SystemStatus, TicketStatus

blueprint = Blueprint("statuses", __name__, template_folder="templates", url_prefix="/settings/statuses")


@blueprint.route("", methods=["GET", "POST"])
@admin_required
def index() -> ResponseReturnValue:
    """Show all statuses, and add a custom one."""
    host, form = current_host(), NewStatusForm()
    if form.validate_on_submit():
        try:
            with host.database.write() as session:
                added = service.create_status(session, name=form.name.data or "", system=SystemStatus(form.system.data))
        except Refused as refusal:
            form.name.errors = [str(refusal)]
        else:
            flash(f"Tickets can be {added.name} now.", "success")
            return redirect(url_for("statuses.index"))
    with host.database.read() as session:
        return render_template(
            "statuses/index.html",
            form=form,
            statuses=service.list_statuses(session),
            counts=service.count_by_status(session),
        )


@blueprint.get("/<key>")
@admin_required
def show(key: str) -> str:
    """Show the forms that rename and delete a custom status."""
    return _status_page(key)


@blueprint.post("/<key>/rename")
@admin_required
def rename(key: str) -> ResponseReturnValue:
    """Rename a custom status."""
    form = RenameStatusForm()
    if form.validate_on_submit():
        try:
            with current_host().database.write() as session:
                renamed = service.rename_status(session, key, form.name.data or "")
        except Refused as refusal:
            form.name.errors = [str(refusal)]
        else:
            flash(f"The status is called {renamed.name} now.", "success")
            return redirect(url_for("statuses.index"))
    return _status_page(key, rename_form=form)


@blueprint.post("/<key>/move")
@admin_required
def move(key: str) -> ResponseReturnValue:
    """Move a custom status up or down among its siblings."""
    form = MoveStatusForm()
    if not form.validate_on_submit():
        abort(400)
    with current_host().database.write() as session:
        moved = service.move_status(session, key, service.Direction(form.direction.data))
    return redirect(url_for("statuses.index", _anchor=moved.key))


@blueprint.post("/<key>/delete")
@admin_required
def delete(key: str) -> ResponseReturnValue:
    """Delete a custom status and give its tickets another one."""
    host, form = current_host(), DeleteStatusForm()
    observers: Observers = current_app.extensions[EXTENSION]
    with host.database.read() as session:
        deleted = service.get_status(session, key)
        _offer_replacements(form, service.list_statuses(session), key)
    if not form.validate_on_submit():
        return _status_page(key, delete_form=form)
    try:
        with host.database.write() as session:
            moved = service.delete_status(
                session,
                key,
                replacement=form.replacement.data,
                by=current_user,
                now=host.now(),
                observers=observers.status_deleted,
                ticket_observers=observers.ticket_changed,
            )
    except Refused as refusal:
        form.replacement.errors = [str(refusal)]
        return _status_page(key, delete_form=form)
    flash(f"{deleted.name} is deleted; tickets that got another status: {moved}.", "success")
    return redirect(url_for("statuses.index"))


def _status_page(
    key: str, *, rename_form: RenameStatusForm | None = None, delete_form: DeleteStatusForm | None = None
) -> str:
    with current_host().database.read() as session:
        status = service.get_custom_status(session, key).status
        if not delete_form:
            delete_form = DeleteStatusForm(formdata=None, replacement=status.system.value)
            _offer_replacements(delete_form, service.list_statuses(session), key)
        return render_template(
            "statuses/show.html",
            status=status,
            system=service.get_status(session, status.system.value),
            tickets=service.count_by_status(session)[key],
            rename_form=rename_form or RenameStatusForm(formdata=None, name=status.name),
            delete_form=delete_form,
        )


def _offer_replacements(form: DeleteStatusForm, statuses: Iterable[TicketStatus], deleted: str) -> None:
    form.replacement.choices = status_choices(status for status in statuses if status.key != deleted)
