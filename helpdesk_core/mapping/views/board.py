"""The board: shown, and edited by posts of its one form.

With JavaScript the same posts are sent by board.js, which asks for the board's part of the page only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping import drafts, service
from helpdesk_core.mapping.board import problems
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.editing import Edited, Post, apply_post
from helpdesk_core.mapping.following import follow_names, takes_up
from helpdesk_core.mapping.judgement import Findings
from helpdesk_core.mapping.lanes import count_hidden, make_lanes
from helpdesk_core.mapping.models import BoardVersion
from helpdesk_core.mapping.page import BoardPage, Scope, project_options
from helpdesk_core.mapping.verdicts import show
from helpdesk_core.mapping.versions import latest, make_names, version_board, versions_since
from helpdesk_core.mapping.views.frame import URL, Frame, blueprint, open_frame, signed_in_user
from helpdesk_core.mapping.views.judgement import judged, observers
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.mapping.wording import Names, differences, problem_words
from helpdesk_core.tickets.service import count_by_status

PARTIAL: Final = "X-Board-Part"
"""The header by which board.js asks for the board alone."""
HEAD: Final = "head-"
SHOWN: Final = "shown-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The connection of a request and what was read of it, once: of a large site that takes a while."""

    frame: Frame
    stored: Stored
    names: Names


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """Everything that one answer about the board needs."""

    site: Site
    page: BoardPage
    takes_up: bool
    """Whether new statuses are placed like the others of their name without asking."""
    newer: tuple[BoardVersion, ...]
    """What others saved since the draft was begun."""
    number: int
    """The newest version."""
    overwrites: tuple[str, ...]
    """What saving would do to the newest version, in sentences."""
    draft: Draft
    findings: Findings
    """What the draft would do."""
    drift: int
    """How many things changed at the remote system under the board in force."""


@blueprint.get(f"{URL}/mapping")
@admin_required
def board(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show the board."""
    host = current_host()
    with host.database.read() as session:
        view = make_view(session, read_site(session, integration, connection_id))
    return render_template("mapping/board.html", **context(view))


@blueprint.post(f"{URL}/mapping")
@admin_required
def edit_board(integration: str, connection_id: int) -> ResponseReturnValue:
    """Change the draft as the form says, and show it again."""
    host = current_host()
    with host.database.write() as session:
        site = read_site(session, integration, connection_id)
        post = _post()
        edited, refusal = _edit(session, site, post)
        view = make_view(session, site)
    said = (refusal,) if refusal else edited.said
    if PARTIAL in request.headers:
        return render_template("mapping/_board.html", said=said, refused=bool(refusal), **context(view))
    for sentence in said:
        flash(sentence, "warning" if refusal else "info")
    if refusal:  # no redirect: what was ticked and chosen is still there to be mended
        return render_template("mapping/board.html", kept=post, **context(view))
    if post.do == "review":
        return redirect(site.frame.url("mapping.review"))
    anchor = f"card-{edited.focus}" if edited.focus else "board"
    return redirect(site.frame.url("mapping.board", **_scope_arguments(), _anchor=anchor))


def read_site(session: Session, integration: str, connection_id: int) -> Site:
    """Find the connection of a request, and read what is stored of it."""
    frame = open_frame(current_host(), session, integration, connection_id)
    stored = read_stored(session, connection_id)
    return Site(frame=frame, stored=stored, names=make_names(session, stored))


def _edit(session: Session, site: Site, post: Post) -> tuple[Edited, str]:
    """Apply the post to the draft; a refusal leaves it as it was and is said."""
    user, now, connection_id = signed_in_user(), current_host().now(), site.frame.connection_id
    done = Edited(draft=drafts.open_draft(session, connection_id, user.id))
    if post.do == "discard":
        drafts.discard_draft(session, connection_id, user.id)
        return replace(done, said=("Your changes are discarded.",)), ""

    def change(draft: Draft) -> Draft:
        nonlocal done
        lanes = make_lanes(draft, site.stored, site.names, {}, _scope())
        done = apply_post(draft, post, lanes=lanes, names=site.names, scope=_scope())
        if post.do == "suggest":
            done = _suggest(done, site)
        elif post.do == "alike":
            done = _alike(done, site.stored)
        return done.draft

    try:
        drafts.edit_draft(session, connection_id, user.id, change, now=now)
    except Refused as refusal:
        return done, str(refusal)
    return done, ""


def _suggest(edited: Edited, site: Site) -> Edited:
    frame = site.frame
    facet = current_host().registry.get(frame.integration).status_vocabulary
    draft = service.suggest(edited.draft, facet, site.stored, site.names.statuses)
    count = len(draft.board.placed) - len(edited.draft.board.placed)
    if not count:
        said = f"There is nothing to suggest: no New status that {frame.title}'s names or categories tell about."
    else:
        placed = "New status is" if count == 1 else "New statuses are"
        said = f"{count} {placed} placed as {frame.title} suggests. Look them over, then save."
    return replace(edited, draft=draft, said=(*edited.said, said))


def _alike(edited: Edited, stored: Stored) -> Edited:
    draft = follow_names(edited.draft, stored)
    count = len(draft.board.placed) - len(edited.draft.board.placed)
    placed = "New status is" if count == 1 else "New statuses are"
    return replace(
        edited, draft=draft, said=(*edited.said, f"{count} {placed} placed like the others of the same name.")
    )


def make_view(session: Session, site: Site) -> View:
    """Gather what an answer about the board needs, from the admin's draft."""
    scope, stored, names, connection_id = _scope(), site.stored, site.names, site.frame.connection_id
    draft = drafts.open_draft(session, connection_id, signed_in_user().id)
    saved = latest(session, connection_id)
    base = saved.board if saved.number == draft.based_on else version_board(session, connection_id, draft.based_on)
    page = BoardPage(
        scope=scope,
        lanes=make_lanes(draft, stored, names, count_by_status(session), scope),
        changes=tuple(differences(base, draft.board, names)),
        problems=tuple(problem_words(problem, names) for problem in problems(draft.board, names.statuses)),
        hidden=count_hidden(draft, stored, scope),
        projects=project_options(draft.board, stored, scope),
        override=scope.project_id in draft.board.overrides,
        alike=len(follow_names(draft, stored).board.placed) - len(draft.board.placed),
    )
    return View(
        site=site,
        page=page,
        takes_up=takes_up(session, connection_id),
        newer=tuple(versions_since(session, connection_id, draft.based_on)),
        number=saved.number,
        overwrites=tuple(differences(saved.board, draft.board, names)),
        draft=draft,
        findings=judged(session, connection_id, draft.board, stored),
        drift=len(open_items(session, connection_id)),
    )


def context(view: View) -> dict[str, object]:
    """Return what the templates are given."""
    return {
        "frame": view.site.frame,
        "page": view.page,
        "stored": view.site.stored,
        "takes_up": view.takes_up,
        "drift": view.drift,
        "newer": view.newer,
        "number": view.number,
        "overwrites": view.overwrites,
        "findings": show(view.findings, view.site.names, view.site.frame.title),
        "listing": observers().listing,
        "scope_arguments": _scope_arguments(),
    }


def _scope() -> Scope:
    return Scope(
        project_id=request.args.get("project") or None,
        everything=request.args.get("all") == "1",
        query=request.args.get("q", "").strip(),
    )


def _scope_arguments() -> dict[str, str]:
    return {name: request.args[name] for name in ("project", "all", "q") if request.args.get(name)}


def _post() -> Post:
    form = request.form
    return Post(
        do=form.get("do", "heads"),
        cards=tuple(form.getlist("card")),
        to=form.get("to", ""),
        before=form.get("before", ""),
        heads={
            name.removeprefix(HEAD): value
            for name, value in form.items()
            if name.startswith(HEAD) and value != form.get(f"{SHOWN}{name.removeprefix(HEAD)}")
        },
    )
