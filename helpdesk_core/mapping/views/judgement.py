"""The judgement of the board as an admin has it now: gaps, and how issues get where tickets send them."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.drafts import open_draft
from helpdesk_core.mapping.judgement import Findings
from helpdesk_core.mapping.judging import judge_board
from helpdesk_core.mapping.moves import read_page
from helpdesk_core.mapping.observing import EXTENSION, Observers
from helpdesk_core.mapping.verdicts import show
from helpdesk_core.mapping.versions import latest, make_names
from helpdesk_core.mapping.views.frame import URL, blueprint, open_frame, signed_in_user
from helpdesk_core.mapping.vocabulary import Stored, read_stored


def observers() -> Observers:
    """Return what other packages add to the mapping in this application."""
    found: Observers = current_app.extensions[EXTENSION]
    return found


def judged(session: Session, connection_id: int, board: Board, stored: Stored) -> Findings:
    """Judge a board with the linked tickets as they are now."""
    return judge_board(session, connection_id, board, live=observers().live(session, connection_id), stored=stored)


def refuse_gaps(session: Session, connection_id: int) -> None:
    """Let a board with gaps come into force only where the admin who saves it has agreed to each of them by name.

    Raises:
        Refused: a gap was not agreed to, or came into being after the page was shown.
    """
    board = latest(session, connection_id).board
    found = judged(session, connection_id, board, read_stored(session, connection_id))
    agreed = set(request.form.getlist("gap")) if request.form.get("although") else set()
    if found.gap_keys - agreed:
        msg = "The mapping has gaps. Close them, or tick that you save it although they are open."
        raise Refused(msg)


@blueprint.get(f"{URL}/mapping/judgement")
@admin_required
def judgement(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show what the board would do, for each workflow in use."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        stored = read_stored(session, connection_id)
        draft = open_draft(session, connection_id, signed_in_user().id)
        names = make_names(session, stored)
        found = judged(session, connection_id, draft.board, stored)
        asked = read_page(session, connection_id, draft.board)
    return render_template(
        "mapping/judgement.html",
        frame=frame,
        findings=show(found, names, frame.title),
        fields=[each for each in asked.required if (each.entered, each.id) in found.missing],
        crossings=[each for each in asked.crossings if not each.allowed],
        suggesting=bool(draft.reasons),
        listing=observers().listing,
    )


@blueprint.get(f"{URL}/mapping/judgement/<project_id>/<kind_id>")
@admin_required
def verdict(integration: str, connection_id: int, project_id: str, kind_id: str) -> ResponseReturnValue:
    """Show every way through one workflow."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        stored = read_stored(session, connection_id)
        draft = open_draft(session, connection_id, signed_in_user().id)
        found = judged(session, connection_id, draft.board, stored)
        shown = show(found, make_names(session, stored), frame.title).of(project_id, kind_id, found)
    if shown is None:
        msg = "This kind of issue is in no project in use any more, or was not read yet."
        raise NotFound(msg)
    return render_template("mapping/verdict.html", frame=frame, verdict=shown)
