"""What administrators decide over the app's head: rules that keep it out, its end on a site, members, whole sites.

Not confirmed, and decided here: what had not come through to the receiver when the app was kept out, was uninstalled,
or lost the site is lost; a site that comes back brings its issues, members and webhooks as they were; an account that
is added anew is an everyday member, whatever it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plugins.jira.simulator import changes
from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.control_issues import project_of
from plugins.jira.simulator.state import DeletedSite, UnknownNameError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import State

RESTORABLE: Final = 60 * DAY  # as long as Atlassian restores subscriptions


class AccessControl:
    """The part of `Control` that takes away and gives back what the app can reach. Projects go by key or id."""

    _state: State

    def block_app(self, site: str, project: str | None = None) -> None:
        """Let an app access rule of the organization keep the app out of a site, or of one project."""
        with self._state.lock:
            live = self._state.site(site)
            if project is None:
                live.blocked = True
                self._withdraw(live.site.id, "an app access rule keeps the app out of the site")
            else:
                found = project_of(live, project)
                live.blocked_projects.add(found.id)
                self._withdraw(live.site.id, "an app access rule keeps the app out of the project", found.key)

    def unblock_app(self, site: str, project: str | None = None) -> None:
        """Lift the rule on the site, or the one on this project; the other kind stays."""
        with self._state.lock:
            live = self._state.site(site)
            if project is None:
                live.blocked = False
            else:
                live.blocked_projects.discard(project_of(live, project).id)

    def uninstall_app(self, site: str) -> None:
        """A site's administrator removes the app, for all accounts; the next consent brings it back (facts §1.6)."""
        with self._state.lock:
            live = self._state.site(site)
            self._state.grants.forget_site(live.site.id)
            live.webhooks.clear()
            self._withdraw(live.site.id, "the app was uninstalled")

    def delete_site(self, site: str) -> None:
        with self._state.lock:
            live = self._state.site(site)
            del self._state.sites[live.site.id]
            self._state.deleted_sites[live.site.id] = DeletedSite(live, self._state.clock.now())
            self._withdraw(live.site.id, "the site was deleted")

    def restore_site(self, site: str) -> None:
        """Undo `delete_site`, within 60 days of it."""
        with self._state.lock:
            deleted = self._state.deleted_sites
            found = next((each for each in deleted.values() if site in (each.live.site.id, each.live.site.name)), None)
            if found is None:
                known = ", ".join(each.live.site.name for each in deleted.values()) or "none"
                raise UnknownNameError(f'no deleted site is called "{site}"; there are {known}')
            if self._state.clock.now() - found.at > RESTORABLE:
                raise ChangeError(f"the site {found.live.site.name} was deleted more than 60 days ago: it is gone")
            del deleted[found.live.site.id]
            self._state.sites[found.live.site.id] = found.live

    def add_member(self, site: str, account: str) -> None:
        """Let an account into a site, be it for the first time or again."""
        with self._state.lock:
            changes.add_member(self._state.site(site), self._state.account(account).id)

    def _withdraw(self, cloud_id: str, reason: str, project: str | None = None) -> None:
        self._state.outbox.withdraw(
            lambda each: each.cloud_id == cloud_id and project in (None, each.key.rpartition("-")[0]), reason
        )
