"""One call to the tracker, how it is refused, and how long lists are cut into pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from helpdesk_core.testing.tracker.remote.records import Grant, Project, Site

PAGE: Final = 20
codes: Final = requests.codes


class RefusedCall(Exception):
    """The tracker says no: an HTTP status, a short name, and words for people."""

    def __init__(self, status: int, error: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": error, "message": message, **more}


@dataclass
class Call:
    """A request that was let in as far as its path says; the fields are filled in on the way."""

    method: str
    path: str
    query: dict[str, list[str]]
    content: bytes
    token: str
    names: dict[str, str] = field(default_factory=dict)
    grant: Grant | None = None
    site: Site | None = None

    def place(self) -> Site:
        """Return the workspace of the path."""
        if self.site is None:
            raise RefusedCall(codes.not_found, "not_found", "There is no such workspace.")
        return self.site

    def who(self) -> str:
        """Return the id of the person who acts."""
        return self.grant.person_id if self.grant else ""

    def body(self, *names: str) -> dict[str, Any]:
        """Read a JSON object that has texts of these names; more may stand in it."""
        try:
            read = json.loads(self.content or b"{}")
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise RefusedCall(codes.bad_request, "unreadable", "The body must be a JSON object.")
        for name in names:
            if not isinstance(read.get(name), str) or not read[name].strip():
                raise RefusedCall(codes.unprocessable_entity, "required", f"{name} is required.", field=name)
        return read

    def asked(self, *names: str) -> dict[str, list[str]]:
        """Return the query, which may have these names only."""
        if unknown := set(self.query) - {*names, "after"}:
            raise RefusedCall(codes.bad_request, "unknown_query", f"There is no query {min(unknown)}.")
        return self.query

    def one(self, name: str) -> str:
        """Return a value of the query; empty: it is not there."""
        return self.query.get(name, [""])[0]

    def number(self, name: str) -> int | None:
        """Return a number of the query, or None where it is not there."""
        text = self.one(name)
        if text and not text.isdecimal():
            raise RefusedCall(codes.bad_request, "unknown_query", f"{name} must be a number.")
        return int(text) if text else None


def page(call: Call, found: Sequence[Any]) -> dict[str, Any]:
    """Cut the page out that is asked for. The cursor is a place in the list, which clients must not guess."""
    start = call.number("after") or 0
    rest = found[start + PAGE :]
    return {"items": list(found[start : start + PAGE]), "next": str(start + PAGE) if rest else None}


def visible(site: Site) -> Iterable[Project]:
    """Return the projects that the connecting account sees."""
    return (each for each in site.projects.values() if "browse" not in each.forbidden)


def project_of(call: Call, project_id: str) -> Project:
    """Find a project, or answer to a hidden one as to one that is not there."""
    project = call.place().projects.get(project_id)
    if project is None or "browse" in project.forbidden:
        raise RefusedCall(codes.not_found, "not_found", "There is no such project, or you may not see it.")
    return project


def demand(project: Project, permission: str) -> None:
    """Refuse what the account may not do, or nobody may where a project is archived."""
    if permission in project.forbidden:
        raise RefusedCall(codes.forbidden, "forbidden", f"You may not {permission} in {project.key}.")
    if project.archived and permission != "workflow":
        raise RefusedCall(codes.forbidden, "archived", f"{project.key} is archived: nothing can be changed in it.")
