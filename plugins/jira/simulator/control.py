"""Changing the world while it runs: the same from Python (`Control`) and over HTTP.

The HTTP side lives under `/_simulator/`, speaks JSON, and is for tests in other processes; it is
no part of Atlassian and not guarded, so serve it on a loopback address only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import changes
from plugins.jira.simulator.control_access import AccessControl
from plugins.jira.simulator.control_comments import CommentControl
from plugins.jira.simulator.control_deliveries import DeliveryControl
from plugins.jira.simulator.control_fields import FieldControl
from plugins.jira.simulator.control_issues import IssueControl
from plugins.jira.simulator.control_projects import ProjectControl
from plugins.jira.simulator.faults import Effect, Fault, effect_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plugins.jira.simulator.sending import Sender
    from plugins.jira.simulator.state import Call, State


class Control(AccessControl, CommentControl, DeliveryControl, FieldControl, IssueControl, ProjectControl):
    """What a test or a person can do to the running world. Sites and accounts go by id or name."""

    def __init__(self, state: State, sender: Sender) -> None:
        self._state = state
        self._sender = sender

    def fault(
        self,
        match: str,
        effect: str | Effect,
        *,
        times: int | None = 1,
        skip: int = 0,
        **members: Any,
    ) -> None:
        """Script a fault: `fault("token.refresh_token", "503-html", times=2)`.

        `members` override those of a named effect, or make one up: `fault("getProject", "answer",
        status=418, body="…")`. `times=None` means: until `clear_faults()`.
        """
        chosen = effect_from(effect, **members) if isinstance(effect, str) else effect
        with self._state.lock:
            self._state.faults.add(Fault(match, chosen, times, skip))

    def clear_faults(self) -> None:
        with self._state.lock:
            self._state.faults.clear()

    def advance(self, seconds: float) -> None:
        self._state.clock.advance(seconds)

    def calls(self, operation: str | None = None) -> list[Call]:
        with self._state.lock:
            calls = self._state.calls
            return [c for c in calls if operation is None or c.operation == operation]

    def counts(self) -> dict[str, int]:
        """How often each operation was called since the last reset."""
        return dict(Counter(call.operation for call in self.calls()))

    def points(self, site: str | None = None) -> int:
        """The points used in this hour of the clock: of all sites, or of one."""
        with self._state.lock:
            site_id = self._state.site(site).site.id if site else None
            return self._state.meter.points(self._state.clock.now(), site_id)

    def spend_points(self, site: str, points: int) -> None:
        """Use up points as if by calls, here or of the app's other customers."""
        with self._state.lock:
            self._state.meter.spend(self._state.site(site).site.id, points, self._state.clock.now())

    def set_limits(self, **members: Any) -> None:
        """Change some rate limits, e.g. `set_limits(points=100, html=True)`; None switches one off."""
        with self._state.lock:
            self._state.meter.limits = replace(self._state.meter.limits, **members)

    def reset_calls(self) -> None:
        with self._state.lock:
            self._state.calls.clear()

    def change_app(self, **members: Any) -> None:
        """Change the app's registration, e.g. `change_app(callback_urls=(url,))`."""
        with self._state.lock:
            self._state.app = replace(self._state.app, **members)
            self._state.grants.per_resource = self._state.app.access == "resource"

    def revoke_grant(self, account: str) -> None:
        """The person removes the app from the account: all tokens die at once."""
        with self._state.lock:
            self._state.grants.revoke(self._state.account(account).id)

    def change_password(self, account: str, password: str) -> None:
        """A new password also kills the refresh tokens (facts §1.4)."""
        with self._state.lock:
            found = self._state.account(account)
            self._state.accounts[found.id] = replace(found, password=password)
            self._state.grants.revoke_refresh_tokens(found.id)

    def set_active(self, account: str, *, active: bool) -> None:
        """Deactivate an account, or let it in again: then a new consent is needed, its tokens stay dead."""
        with self._state.lock:
            found = self._state.account(account)
            self._state.accounts[found.id] = replace(found, active=active)
            if not active:
                self._state.grants.end_tokens(found.id)

    def expire_access_tokens(self, *, older_than: float = 0) -> None:
        """Let access tokens die now that were issued so many seconds ago or earlier, without moving the clock."""
        with self._state.lock:
            self._state.grants.expire_access_tokens(issued_by=self._state.clock.now() - older_than)

    def set_lifetimes(self, *, code: float | None = None, access: float | None = None) -> None:
        with self._state.lock:
            grants = self._state.grants
            grants.code_lifetime = grants.code_lifetime if code is None else code
            grants.access_lifetime = grants.access_lifetime if access is None else access

    def mask_invalid_tokens(self, *, masked: bool = True) -> None:
        """Let a token that is not valid look like an empty site from now on."""
        with self._state.lock:
            self._state.masks_invalid_tokens = masked

    def rename_site(self, site: str, name: str) -> None:
        with self._state.lock:
            changes.rename_site(self._state.site(site), name)

    def remove_member(self, site: str, account: str) -> None:
        with self._state.lock:
            changes.remove_member(self._state.site(site), self._state.account(account).id)

    def rename_status(self, site: str, status_id: str, name: str) -> None:
        with self._state.lock:
            changes.rename_status(self._state.site(site), status_id, name)

    def recategorize_status(self, site: str, status_id: str, category: str) -> None:
        with self._state.lock:
            changes.recategorize_status(self._state.site(site), status_id, category)

    def delete_status(self, site: str, status_id: str, replacement: str) -> None:
        with self._state.lock:
            changes.delete_status(self._state.site(site), status_id, replacement)

    def remove_transition(self, site: str, workflow: str, transition: str, source: str | None = None) -> None:
        """Take a move, by id or name, out of a workflow; with `source`, the id of a status, only out of that one."""
        with self._state.lock:
            changes.remove_transition(self._state.site(site), workflow, transition, source)

    def hide_project(self, site: str, key: str, account: str) -> None:
        with self._state.lock:
            changes.hide_project(self._state.site(site), key, self._state.account(account).id)

    def show_project(self, site: str, key: str, account: str) -> None:
        with self._state.lock:
            changes.show_project(self._state.site(site), key, self._state.account(account).id)

    def archive_project(self, site: str, key: str) -> None:
        with self._state.lock:
            changes.archive_project(self._state.site(site), key)

    def restore_project(self, site: str, key: str) -> None:
        """Bring an archived project back."""
        with self._state.lock:
            changes.restore_project(self._state.site(site), key)

    def consent(self, account: str, sites: Iterable[str], scopes: Iterable[str]) -> str:
        """Consent without the pages: the code that the callback would have brought."""
        with self._state.lock:
            return self._state.grants.consent(
                self._state.account(account).id,
                [self._state.site(site).site.id for site in sites],
                scopes,
                redirect_uri=self._state.app.callback_urls[0],
                now=self._state.clock.now(),
            )


def call_shape(call: Call) -> dict[str, Any]:
    return asdict(call)
