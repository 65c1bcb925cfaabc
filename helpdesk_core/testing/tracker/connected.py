"""Connects the tracker the short way, for those who test something else than connecting."""

from __future__ import annotations

from helpdesk_core.testing.tracker.service import Tracker
from helpdesk_core.values import ConnectionView, Credentials, Secret, SettingsMap, Workspace


def settings_of(tracker: Tracker) -> SettingsMap:
    """Return what an operator enters in the set-up form."""
    return {"client_id": tracker.client_id, "client_secret": Secret(tracker.client_secret)}


def connection_to(tracker: Tracker, workspace_id: str = "w-1") -> ConnectionView:
    """Return a connection with a grant of its own and a session of its own."""
    with tracker.lock:
        grant, site = tracker.new_grant(tuple(tracker.sites)), tracker.sites[workspace_id]
    return ConnectionView(
        workspace=Workspace(id=site.id, name=site.name, url=site.url),
        credentials=Credentials(
            access_token=Secret(grant.access),
            refresh_token=Secret(grant.refresh or ""),
            expires_at=grant.ends_at,
            scopes=frozenset(grant.scopes),
        ),
        settings=settings_of(tracker),
        http=tracker.session(),
    )
