"""The tracker as the people see it who work there: they make issues, move them, talk, and take permissions away.

What a program sees of it over HTTP stands in `helpdesk_core.testing.tracker.remote`; a session gets there by
`Tracker.mount` or `Tracker.session`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import requests

from helpdesk_core.testing.tracker.remote.adapter import TrackerAdapter, answer
from helpdesk_core.testing.tracker.remote.comments import EVERYONE, TEAM, change_text, new_comment
from helpdesk_core.testing.tracker.remote.issues import new_issue
from helpdesk_core.testing.tracker.remote.records import PERMISSIONS, Issue, Project, Site
from helpdesk_core.testing.tracker.remote.seeding import ROOT
from helpdesk_core.testing.tracker.remote.state import ANN, BOT, Remote

__all__ = ["ANN", "BOT", "ROOT", "Tracker", "TrackerAdapter", "answer"]


@dataclass
class Tracker(Remote):
    """An imaginary issue tracker in memory, with two workspaces: w-1 (Acme) and w-2 (Beta)."""

    interfere: Callable[[requests.PreparedRequest], requests.Response | None] | None = field(default=None, repr=False)
    """Asked before each request: it may answer in the tracker's place (see `answer`), raise, or return None."""
    lost_answers: int = 0
    """How many answers to the next writes are lost, after the writes were carried out."""

    # ── the way in ──

    def mount(self, session: requests.Session) -> requests.Session:
        """Let a session reach the tracker."""
        session.mount(ROOT, _Line(self))
        return session

    def session(self) -> requests.Session:
        """Make a session that reaches the tracker, and takes nothing from the environment."""
        session = requests.Session()
        session.trust_env = False
        return self.mount(session)

    def consent(self, url: str, *, site_ids: tuple[str, ...] = ("w-1", "w-2")) -> dict[str, str]:
        """Let a person agree on the consent page; what the browser brings back is returned, as the query."""
        return self._decide(url, site_ids, is_denied=False)

    def deny(self, url: str) -> dict[str, str]:
        """Let a person refuse on the consent page."""
        return self._decide(url, (), is_denied=True)

    def _decide(self, url: str, site_ids: tuple[str, ...], *, is_denied: bool) -> dict[str, str]:
        with self.lock:
            self.granted_sites, self.is_consent_denied = site_ids, is_denied
            response = self.session().get(url, allow_redirects=False)
            self.is_consent_denied = False
        response.raise_for_status()
        return dict(parse_qsl(urlsplit(response.headers["Location"]).query))

    def api_token(self, *, site_ids: tuple[str, ...] = ("w-1", "w-2")) -> str:
        """Make an API token, as a person does in their profile."""
        with self.lock:
            return self.new_grant(site_ids, is_api_token=True).access

    def revoke_tokens(self, *, masked: bool = False) -> None:
        """End all grants and API tokens. `masked`: lists answer them with nothing from now on, and not with 401."""
        with self.lock:
            self.grants.clear()
            self.masks_strangers = masked

    # ── what people do there ──

    def add_issue(
        self,
        title: str,
        *,
        status: str = "",
        body: str = "",
        by: str = ANN,
        project: str = "p-1",
        kind: str = "",
    ) -> str:
        """Make an issue and return its id; without a kind it is of the project's first."""
        with self.lock:
            site, found = self._project(project)
            made = new_issue(self, site.id, project, kind or next(iter(found.kinds)), title)
            made.status_id, made.body, made.person_id = status or made.status_id, body, by
            self.tell(site, made, "issue.created")
            return made.id

    def issue(self, issue_id: str) -> Issue:
        """Look at an issue as it is kept."""
        return self._issue(issue_id)[1]

    def move(self, issue_id: str, status_id: str) -> None:
        """Give an issue another status; people there may do what the workflow does not foresee."""
        with self.lock:
            site, found = self._issue(issue_id)
            found.status_id, found.updated_at = status_id, self.now()
            self.tell(site, found, "issue.changed")

    def rename(self, issue_id: str, title: str) -> None:
        """Give an issue another title."""
        with self.lock:
            site, found = self._issue(issue_id)
            found.title, found.updated_at = title, self.now()
            self.tell(site, found, "issue.changed")

    def delete(self, issue_id: str) -> None:
        """Delete an issue."""
        with self.lock:
            site, _ = self._issue(issue_id)
            del site.issues[issue_id]

    def say(self, issue_id: str, text: str, *, internal: bool = False, by: str = ANN) -> str:
        """Write a comment and return its id."""
        with self.lock:
            site, found = self._issue(issue_id)
            made = new_comment(self, found, by, text, TEAM if internal else EVERYONE)
            self.tell(site, found, "comment.written")
            return made.id

    def edit_comment(self, issue_id: str, comment_id: str, text: str) -> None:
        """Give a comment another text."""
        with self.lock:
            site, found = self._issue(issue_id)
            change_text(self, found.comments[comment_id], text)
            self.tell(site, found, "comment.edited")

    def delete_comment(self, issue_id: str, comment_id: str) -> None:
        """Delete a comment."""
        with self.lock:
            site, found = self._issue(issue_id)
            del found.comments[comment_id]
            self.tell(site, found, "comment.deleted")

    # ── what administrators do there ──

    def forbid(self, permission: str, project: str = "p-1") -> None:
        """Take a permission away in a project (see `PERMISSIONS`); without `browse` the project is hidden."""
        if permission not in PERMISSIONS:
            msg = f"There is no permission {permission}: {', '.join(PERMISSIONS)}."
            raise ValueError(msg)
        with self.lock:
            self._project(project)[1].forbidden.add(permission)

    def allow(self, permission: str, project: str = "p-1") -> None:
        """Give a permission back."""
        with self.lock:
            self._project(project)[1].forbidden.discard(permission)

    def archive(self, project: str, *, archived: bool = True) -> None:
        """Archive a project, or restore it."""
        with self.lock:
            self._project(project)[1].archived = archived

    def lock_account(self, *, locked: bool = True) -> None:
        """Lock the connecting account, or unlock it."""
        with self.lock:
            self.people[BOT].is_locked = locked

    def rename_workspace(self, site_id: str, name: str) -> None:
        """Give a workspace another name."""
        with self.lock:
            self.sites[site_id].name = name

    def shut_out(self, site_id: str) -> None:
        """Let no grant reach a workspace any more."""
        with self.lock:
            for grant in self.grants:
                grant.site_ids = tuple(each for each in grant.site_ids if each != site_id)

    def forget_orders(self, site_id: str = "w-1") -> None:
        """Lose all standing orders."""
        with self.lock:
            self.sites[site_id].orders.clear()

    def deliveries(self) -> list[tuple[dict[str, str], bytes]]:
        """Take what was sent since the last time, as headers and body."""
        with self.lock:
            taken, self.sent[:] = list(self.sent), []
            return taken

    # ── within ──

    def _project(self, project_id: str) -> tuple[Site, Project]:
        sites = [each for each in self.sites.values() if project_id in each.projects]
        return sites[0], sites[0].projects[project_id]

    def _issue(self, issue_id: str) -> tuple[Site, Issue]:
        sites = [each for each in self.sites.values() if issue_id in each.issues]
        return sites[0], sites[0].issues[issue_id]


class _Line(TrackerAdapter):
    """The tracker's adapter with the troubles that a test asked for."""

    remote: Tracker

    def send(self, request: requests.PreparedRequest, *options: object, **more: object) -> requests.Response:
        instead = self.remote.interfere(request) if self.remote.interfere else None
        if instead is not None:  # a response that refuses counts as false
            with self.remote.lock:
                self.remote.calls.append((request.method or "", urlsplit(request.url or "").path))
            return instead
        with self.remote.lock:
            response = super().send(request, *options, **more)
            if self.remote.lost_answers and request.method != "GET":
                self.remote.lost_answers -= 1
                msg = "The answer was lost."
                raise requests.ReadTimeout(msg, request=request)
            return response
