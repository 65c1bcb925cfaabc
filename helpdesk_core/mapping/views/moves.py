"""What moves need: defaults for the fields that transitions ask for, and leave to pass done statuses."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping.drafts import open_draft
from helpdesk_core.mapping.moves import Answers, read_page, save
from helpdesk_core.mapping.views.frame import URL, Frame, Trouble, blueprint, open_frame, remote_trouble, signed_in_user
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.wording import listed
from helpdesk_core.mapping.workflows import read_workflows
from helpdesk_core.values import RemoteProject

FIELD: Final = "field:"
"""Begins the name of each field's control."""
MOST_TROUBLES: Final = 5
"""What is flashed travels in a cookie, and a cookie is small."""


@blueprint.get(f"{URL}/mapping/moves")
@admin_required
def moves(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show what is known of the workflows, and what moves through them ask for by the board as the admin has it."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        draft = open_draft(session, connection_id, signed_in_user().id)
        page = read_page(session, connection_id, draft.board)
    return render_template("mapping/moves.html", frame=frame, page=page, suggesting=bool(draft.reasons))


@blueprint.post(f"{URL}/mapping/moves")
@admin_required
def save_moves(integration: str, connection_id: int) -> ResponseReturnValue:
    """Keep the defaults and allowances; an empty default is taken back."""
    host = current_host()
    answers = Answers(
        values={name.removeprefix(FIELD): value for name, value in request.form.items() if name.startswith(FIELD)},
        offered=frozenset(request.form.getlist("offered")),
        allowed=frozenset(request.form.getlist("allowed")),
    )
    try:
        with host.database.write() as session:
            frame = open_frame(host, session, integration, connection_id)
            draft = open_draft(session, connection_id, signed_in_user().id)
            count = save(session, connection_id, answers, draft.board)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(request.path)
    if count:
        flash(f"{count} change{'' if count == 1 else 's'} saved. Moves from now on follow.", "success")
    else:
        flash("Nothing differs from what was saved.", "info")
    return redirect(frame.url("mapping.judgement" if request.form.get("back") == "judgement" else "mapping.moves"))


@blueprint.post(f"{URL}/mapping/moves/refresh")
@admin_required
def refresh_moves(integration: str, connection_id: int) -> ResponseReturnValue:
    """Read the workflows of all projects in use anew; trouble with one does not keep the others from being read."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        projects = [used.project for used in read_stored(session, connection_id).in_use]
    read, troubles = _read(frame, projects)
    if read:
        flash(f"Workflows read anew: {listed(read)}.", "success")
    elif not troubles:
        flash(f"There was nothing to read. What {frame.title} does not tell is learnt from issues.", "info")
    for trouble, keys in list(troubles.items())[:MOST_TROUBLES]:
        flash(f"Not read: {listed(keys)}. {trouble.words}", trouble.level)
    if len(troubles) > MOST_TROUBLES:
        flash("There was trouble with other projects, too.", "warning")
    return redirect(frame.url("mapping.moves"))


def _read(frame: Frame, projects: list[RemoteProject]) -> tuple[list[str], dict[Trouble, list[str]]]:
    """Read project by project; return what was read, in words, and which projects met which trouble."""
    read: list[str] = []
    troubles: dict[Trouble, list[str]] = {}
    for project in projects:
        trouble = remote_trouble(frame, partial(_read_one, frame, project, read))
        if trouble:
            troubles.setdefault(trouble, []).append(project.key)
    return read, troubles


def _read_one(frame: Frame, project: RemoteProject, read: list[str]) -> None:
    if count := read_workflows(current_host(), frame.connection_id, project.id):
        read.append(f"{project.key} ({count} kind{'' if count == 1 else 's'} of issue)")
