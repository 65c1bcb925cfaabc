"""Which Jira sites a token reaches: ``GET /oauth/token/accessible-resources`` (facts §1.5).

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/#3--make-calls-to-the-api-using-the-access-token
"""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.values import Workspace
from plugins.jira.errors import Doubtful
from plugins.jira.payloads import SitePayload, read_all, read_site, unique
from plugins.jira.transport import Transport


@dataclass(frozen=True, kw_only=True, slots=True)
class Sites:
    """What a token reaches."""

    jira: tuple[Workspace, ...]
    others: tuple[str, ...]
    """Names of sites that came with other products only, such as Confluence."""

    def reach(self, cloud_id: str) -> bool:
        """Whether the token reaches Jira on this site."""
        return any(site.id == cloud_id for site in self.jira)


def accessible_sites(transport: Transport, api_url: str) -> Sites:
    """Ask Atlassian which sites the token reaches.

    A site comes once for each of its products, in no meaningful order; only the scopes tell the products apart.
    """
    try:
        body = transport.get(f"{api_url}/oauth/token/accessible-resources")
    except Doubtful as refusal:  # no site is involved here, so it can only be the token
        raise AuthorizationLost(refusal.reason) from refusal
    entries = read_all(body, read_site)
    jira = unique((entry for entry in entries if _is_jira(entry)), key=lambda entry: entry["id"])
    known = {entry["id"] for entry in jira}
    others = unique((entry for entry in entries if entry["id"] not in known), key=lambda entry: entry["id"])
    return Sites(
        jira=tuple(Workspace(id=entry["id"], name=entry["name"], url=entry["url"]) for entry in jira),
        others=tuple(entry["name"] for entry in others),
    )


def _is_jira(entry: SitePayload) -> bool:
    """Classic (``read:jira-work``) and granular (``read:issue:jira``) scopes both name the product."""
    return any("jira" in scope for scope in entry["scopes"])
