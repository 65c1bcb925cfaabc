"""The mapping as a file: downloaded as YAML; uploaded, looked at, and taken into the draft of who did so."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.host import current_host
from helpdesk_core.mapping import exchanging
from helpdesk_core.mapping.drafts import open_draft
from helpdesk_core.mapping.exchange import MAX_BYTES, MOST_ERRORS
from helpdesk_core.mapping.exchanging import Import
from helpdesk_core.mapping.forms import ImportForm, TakeForm
from helpdesk_core.mapping.versions import version_board
from helpdesk_core.mapping.views.frame import URL, Frame, blueprint, open_frame, signed_in_user

_LARGEST: Final = 3 * MAX_BYTES
"""A form with the largest file, however it is encoded; what is larger than a mapping gets our own answer up to here."""


@blueprint.url_value_preprocessor
def allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a file through that is larger than other forms are; here, because the CSRF check reads the form already."""
    if endpoint in {"mapping.look_at_import", "mapping.take_import"}:
        request.max_content_length = request.max_form_memory_size = _LARGEST


@blueprint.get(f"{URL}/mapping/export.yaml")
@admin_required
def export(integration: str, connection_id: int) -> ResponseReturnValue:
    """Download the mapping in force."""
    return _download(integration, connection_id, None)


@blueprint.get(f"{URL}/mapping/versions/<int:number>/export.yaml")
@admin_required
def export_version(integration: str, connection_id: int, number: int) -> ResponseReturnValue:
    """Download the mapping of one version."""
    return _download(integration, connection_id, number)


@blueprint.get(f"{URL}/mapping/import")
@admin_required
def choose_import(integration: str, connection_id: int) -> ResponseReturnValue:
    """Ask for a file."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
    return render_template("mapping/import.html", frame=frame, form=ImportForm(), found=None)


@blueprint.post(f"{URL}/mapping/import")
@admin_required
def look_at_import(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show what a file means here. Nothing changes."""
    host, form = current_host(), ImportForm()
    data = form.file.data.read(MAX_BYTES + 1) if form.validate_on_submit() else None
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        if data is None:
            return render_template("mapping/import.html", frame=frame, form=form, found=None), 422
        found = exchanging.read_import(session, connection_id, data)
        draft = open_draft(session, connection_id, signed_in_user().id)
        unsaved = draft.board != version_board(session, connection_id, draft.based_on)
    return _shown(frame, found, data, unsaved=unsaved)


@blueprint.post(f"{URL}/mapping/import/take")
@admin_required
def take_import(integration: str, connection_id: int) -> ResponseReturnValue:
    """Put what a file means into the admin's draft, and go on to reviewing it."""
    host, form = current_host(), TakeForm()
    with host.database.write() as session:
        frame = open_frame(host, session, integration, connection_id)
        if not form.validate_on_submit():
            return redirect(frame.url("mapping.choose_import"))
        data = (form.text.data or "").encode()
        found = exchanging.take_import(
            session, connection_id, signed_in_user(), data, seen=form.seen.data or 0, now=host.now()
        )
    if found.errors:  # something here changed since it was looked at
        return _shown(frame, found, data, unsaved=False)
    flash("The file is in your draft. Nothing is in force before you save.", "info")
    return redirect(frame.url("mapping.review"))


def _shown(frame: Frame, found: Import, data: bytes, *, unsaved: bool) -> ResponseReturnValue:
    take = None if found.errors else TakeForm(formdata=None, text=data.decode("utf-8-sig"), seen=found.seen)
    page = render_template(
        "mapping/import.html",
        frame=frame,
        form=ImportForm(formdata=None),
        found=found,
        take=take,
        unsaved=unsaved,
        most=MOST_ERRORS,
    )
    return page, 422 if found.errors else 200


def _download(integration: str, connection_id: int, number: int | None) -> Response:
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        text = exchanging.export(session, connection_id, number)
    name = re.sub(r"[^a-z0-9]+", "-", f"{integration} {frame.workspace}".lower()).strip("-")
    version = "" if number is None else f"-version-{number}"
    answer = Response(text, content_type="application/yaml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="status-mapping-{name}{version}.yaml"'
    return answer
