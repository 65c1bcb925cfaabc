"""Choosing the projects in use: what the board shows and checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.host import current_host
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.views.frame import URL, Frame, blueprint, open_frame, remote_trouble, try_remote
from helpdesk_core.mapping.vocabulary import Stored, choose_projects, read_stored
from helpdesk_core.values import RemoteProject

PROGRESS: Final = "X-Reading-Progress"
"""The header by which board.js asks how far reading got, instead of for a page."""
GROUPS = ("Company-managed", "Team-managed", "Archived")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectsPage:
    """The list as it is shown: the ticked ones on top, then what the search found."""

    stored: Stored
    query: str
    ticked: tuple[RemoteProject, ...]
    found: tuple[tuple[str, tuple[RemoteProject, ...]], ...]

    @property
    def count(self) -> int:
        """How many projects the search found that are not ticked."""
        return sum(len(projects) for _, projects in self.found)


def make_page(stored: Stored, ticked: frozenset[str], query: str) -> ProjectsPage:
    """Sort the projects into ticked ones and groups of found ones."""
    by_id = {project.id: project for project in (*(used.project for used in stored.in_use), *stored.projects)}
    found = [p for p in stored.projects if p.id not in ticked and _matches(p, query)]
    found.sort(key=lambda project: (GROUPS.index(group_name(project)), project.key))
    return ProjectsPage(
        stored=stored,
        query=query,
        ticked=tuple(sorted((by_id[i] for i in ticked if i in by_id), key=lambda project: project.key)),
        found=tuple((name, tuple(projects)) for name, projects in groupby(found, key=group_name)),
    )


def group_name(project: RemoteProject) -> str:
    """Say in which group a project is listed."""
    if project.archived:
        return GROUPS[2]
    return GROUPS[1] if project.owns_statuses else GROUPS[0]


@blueprint.get(f"{URL}/projects")
@admin_required
def projects(integration: str, connection_id: int) -> ResponseReturnValue:
    """Show the projects; the first time, read them."""
    frame, stored = _load(integration, connection_id)
    if stored.read_at is None:
        try_remote(frame, partial(refresh_vocabulary, current_host(), connection_id))
        frame, stored = _load(integration, connection_id)
    return _page(frame, stored, stored.used_ids)


@blueprint.post(f"{URL}/projects")
@admin_required
def change_projects(integration: str, connection_id: int) -> ResponseReturnValue:
    """Search, tick all that was found, or save and go on to the board."""
    host = current_host()
    frame, stored = _load(integration, connection_id)
    known = stored.used_ids | {project.id for project in stored.projects}
    ticked = known.intersection(request.form.getlist("project"))
    match request.form.get("do"):
        case "search":
            return _page(frame, stored, ticked)
        case "all":
            found = make_page(stored, ticked, _query()).found
            return _page(frame, stored, ticked.union(p.id for _, some in found for p in some if not p.archived))
        case "none":
            return _page(frame, stored, frozenset())
        case _:
            pass
    if not ticked:
        flash("Tick at least one project: the board shows the statuses of the projects in use.", "warning")
        return _page(frame, stored, ticked)
    with host.database.write() as session:
        choose_projects(session, connection_id, ticked)
    left = _read_some(frame, again=False)
    if left is not None:
        flash(f"{len(ticked)} project{'' if len(ticked) == 1 else 's'} in use.", "success")
    return redirect(frame.url("mapping.board", reading="on" if left else None))


@blueprint.post(f"{URL}/projects/read")
@admin_required
def read_projects(integration: str, connection_id: int) -> ResponseReturnValue:
    """Read the statuses of some projects in use that were not read yet; board.js asks again until all are."""
    frame, _ = _load(integration, connection_id)
    if PROGRESS not in request.headers:
        _read_some(frame, again=False)
        return redirect(frame.url("mapping.board"))
    trouble = remote_trouble(frame, partial(read_details, current_host(), connection_id))
    _, stored = _load(integration, connection_id)
    return jsonify(read=stored.read_count, total=len(stored.in_use), trouble=trouble.words if trouble else "")


@blueprint.post(f"{URL}/projects/refresh")
@admin_required
def refresh(integration: str, connection_id: int) -> ResponseReturnValue:
    """Read projects and statuses anew, and the detail of the projects in use."""
    frame, _ = _load(integration, connection_id)
    if try_remote(frame, partial(refresh_vocabulary, current_host(), connection_id)):
        left = _read_some(frame, again=True)
        if left:
            flash(
                f"{left} projects were read longer ago: many are read some at a time. Refresh again for them.", "info"
            )
        elif left == 0:
            flash(f"Projects and statuses of {frame.name} are read anew.", "success")
    to = "mapping.board" if request.form.get("back") == "board" else "mapping.projects"
    return redirect(frame.url(to))


def _read_some(frame: Frame, *, again: bool) -> int | None:
    """Read a page's worth of details; return how many projects are left. None: something went wrong, and was said."""
    left = 0

    def read() -> None:
        nonlocal left
        left = read_details(current_host(), frame.connection_id, again=again)

    return left if try_remote(frame, read) else None


def _load(integration: str, connection_id: int) -> tuple[Frame, Stored]:
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        return frame, read_stored(session, connection_id)


def _page(frame: Frame, stored: Stored, ticked: frozenset[str]) -> str:
    page = make_page(stored, ticked, _query())
    return render_template("mapping/projects.html", frame=frame, page=page)


def _query() -> str:
    return request.values.get("q", "").strip()


def _matches(project: RemoteProject, query: str) -> bool:
    return query.casefold() in f"{project.key} {project.name}".casefold()
