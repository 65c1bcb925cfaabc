"""Finds the one thing on this side that a thing in an imported mapping is, or says why there is none. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from helpdesk_core.mapping.cards import CATEGORY_WORDS
from helpdesk_core.mapping.exchange import File, FileOverride, FileStatus, FileTicket, Site
from helpdesk_core.mapping.wording import listed
from helpdesk_core.values import RemoteStatus, StatusCategory

SAME_ID: Final = "same id"
SAME_NAME: Final = "same name and category"
SAME_KEY: Final = "same key"
GONE: Final = "same id, gone from the workspace"
NOTHING: Final = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A thing in a file beside what it is here, for a person to confirm."""

    line: int
    kind: str
    there: str
    here: str
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A match with the id that it has here; without one, the reason."""

    match: Match
    id: str | None
    reason: str = ""


class Resemblance:
    """Compares one file with this side."""

    def __init__(self, file: File, site: Site) -> None:
        self._site = site
        self._home = (file.origin.integration, file.origin.id) == (site.origin.integration, site.origin.id)
        """Whether the file comes from this very workspace, so that its ids mean something."""
        self._called: dict[str, list[RemoteStatus]] = defaultdict(list)
        self._exact: dict[tuple[str, StatusCategory, str | None], list[RemoteStatus]] = defaultdict(list)
        """Sites have thousands of the same name: each is looked for in its project alone."""
        for status in site.statuses.values():
            self._called[status.name.casefold()].append(status)
            self._exact[status.name.casefold(), status.category, status.project_id].append(status)
        self._keyed: dict[str, list[str]] = defaultdict(list)
        for project in site.projects.values():
            self._keyed[project.key.casefold()].append(project.id)

    def ticket(self, key: str, line: int, declared: FileTicket | None) -> Found:
        """Find a ticket status: the one of this key, or else of this name under the same system status."""
        declared = declared or FileTicket(line=line, key=key)
        there = f"{declared.name or key} ({key})"
        named = [
            status
            for status in self._site.tickets
            if declared.name
            and status.name.casefold() == declared.name.casefold()
            and status.system == (declared.system or status.system)
        ]
        exact = [status for status in self._site.tickets if status.key == key]
        if found := next(iter([*exact, *named]), None):
            how = SAME_KEY if exact else "same name"
            match = Match(line=declared.line, kind="Ticket status", there=there, here=found.name, how=how)
            return Found(match=match, id=found.key)
        under = f" under {declared.system.value.replace('_', ' ')}" if declared.system else ""
        reason = f"There is no ticket status {there}{under} here. {_like(key, [s.key for s in self._site.tickets])}"
        cure = "Add it under Settings › Statuses, or write another one."
        match = Match(line=declared.line, kind="Ticket status", there=there, here="", how=NOTHING)
        return Found(match=match, id=None, reason=f"{reason}{cure}")

    def project(self, each: FileOverride) -> Found:
        """Find a project: by id at home, else by key."""
        there = " ".join(part for part in (each.key or f"with the id {each.id}", each.name) if part)
        if self._home and each.id in self._site.projects:
            return self._found_project(each, there, each.id, SAME_ID)
        if self._home and each.id in self._site.kept_projects:
            return self._found_project(each, there, each.id, GONE)
        ids = self._keyed.get(each.key.casefold(), [])
        if len(ids) == 1:
            return self._found_project(each, there, ids[0], SAME_KEY)
        match = Match(line=each.line, kind="Project", there=there, here="", how=NOTHING)
        if ids:
            reason = f"{len(ids)} projects have the key {each.key} here. {self._by_id(ids)}"
        else:
            keys = [project.key for project in self._site.projects.values()]
            reason = (
                f"There is no project {there} here. {_like(each.key, keys)}"
                "Write the key of a project of this workspace, or take out what this project does differently."
            )
        return Found(match=match, id=None, reason=reason)

    def status(self, each: FileStatus) -> Found:
        """Find a remote status: by id at home, else by name and category, within its project where one owns it."""
        if self._home and each.id in self._site.statuses:
            return self._found_status(each, each.id, SAME_ID)
        if self._home and each.id in self._site.kept_statuses:
            return self._found_status(each, each.id, GONE)
        candidates = self._candidates(each)
        if len(candidates) == 1:
            how = f"{SAME_NAME}, in {each.project}" if each.project else SAME_NAME
            return self._found_status(each, candidates[0].id, how)
        match = Match(line=each.line, kind="Status", there=_words(each), here="", how=NOTHING)
        return Found(match=match, id=None, reason=self._why(each, candidates))

    def _candidates(self, each: FileStatus) -> list[RemoteStatus]:
        if not (each.name and each.category):
            return []
        owners: list[str] | list[None] = self._keyed.get(each.project.casefold(), []) if each.project else [None]
        name = each.name.casefold()
        return [status for owner in owners for status in self._exact.get((name, each.category, owner), [])]

    def _why(self, each: FileStatus, candidates: list[RemoteStatus]) -> str:
        words, cure = _words(each), "or take the line out."
        if not self._site.statuses:
            return f"There is no status {words} here, because no statuses were read yet. Open Projects in use first."
        if candidates:
            return f"{len(candidates)} statuses are {words} here. {self._by_id(status.id for status in candidates)}"
        if not (each.name and each.category):
            ids = f"No status has the id {each.id} here." if self._home else "Ids mean nothing in another workspace."
            return f"{ids} Write name and category, by which it can be found, {cure}"
        if each.project and not self._keyed.get(each.project.casefold()):
            keys = [project.key for project in self._site.projects.values()]
            return f"There is no project {each.project} here. {_like(each.project, keys)}Write another key, {cure}"
        if alike := self._called.get(each.name.casefold()):
            others = listed(dict.fromkeys(self._describe(status) for status in alike))
            return f"There is no status {words} here, but {others}. Write that, {cure}"
        names = [status.name for status in self._site.statuses.values()]
        return f"There is no status {words} here. {_like(each.name, names)}Write another name, {cure}"

    def _by_id(self, ids: Iterable[str]) -> str:
        return (
            f"They have the ids {listed(ids)}: write the right one as id here, "
            f"and under workspace the id {self._site.origin.id}, so that ids decide."
        )

    def _found_status(self, each: FileStatus, remote_id: str, how: str) -> Found:
        status = self._site.statuses.get(remote_id)
        here = self._describe(status) if status else f"status {remote_id}"
        return Found(match=Match(line=each.line, kind="Status", there=_words(each), here=here, how=how), id=remote_id)

    def _found_project(self, each: FileOverride, there: str, project_id: str, how: str) -> Found:
        project = self._site.projects.get(project_id)
        here = f"{project.key} {project.name}" if project else f"project {project_id}"
        return Found(match=Match(line=each.line, kind="Project", there=there, here=here, how=how), id=project_id)

    def _describe(self, status: RemoteStatus) -> str:
        project = self._site.projects.get(status.project_id or "")
        return _called(status.name, status.category, project.key if project else status.project_id or "")


def _words(each: FileStatus) -> str:
    return _called(each.name, each.category, each.project) if each.name else f"status {each.id}"


def _called(name: str, category: StatusCategory | None, project: str) -> str:
    about = ", ".join(part for part in (CATEGORY_WORDS[category] if category else "", project) if part)
    return f"“{name}” ({about})" if about else f"“{name}”"


def _like(word: str, known: list[str]) -> str:
    """Ask whether something known was meant, if it is like it."""
    lower = {each.casefold(): each for each in known}
    close = get_close_matches(word.casefold(), lower, n=1)
    return f"Did you mean “{lower[close[0]]}”? " if close else ""
