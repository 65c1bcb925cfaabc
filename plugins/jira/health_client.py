"""Jira Cloud's REST v3 where it tells what the connecting account may do: one method for each endpoint.

``jira-cloud-api.md`` §1.5, §2.2, §2.10, §2.13.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote

from plugins.jira.client import JiraClient
from plugins.jira.payloads import ProjectPayload, as_object, member, read_all, read_project
from plugins.jira.sites import Sites, accessible_sites


class JiraHealthClient(JiraClient):
    """Asks one Jira site about the account and its projects."""

    def sites(self) -> Sites:
        """``GET /oauth/token/accessible-resources``: needs no site, and is not metered by Jira."""
        return accessible_sites(self._transport, self._api_url)

    def project(self, id_or_key: str) -> ProjectPayload:
        """``GET /project/{id or key}``: 404 where it is not there, and where it is hidden."""
        return read_project(as_object(self._get(f"/project/{quote(id_or_key, safe='')}")))

    def permissions(self, project_id: str, names: Sequence[str]) -> frozenset[str]:
        """``GET /mypermissions``: those that the account has in a project (or globally, for global ones)."""
        answer = as_object(self._get("/mypermissions", {"permissions": ",".join(names), "projectId": project_id}))
        told = member(answer, "permissions")
        return frozenset(name for name in names if member(told, name).get("havePermission") is True)

    def creatable(self) -> frozenset[str]:
        """``GET /project/search?action=create``: the ids of the projects in which the account can create issues."""
        found = self._pages("/project/search", {"action": "create", "status": ["live"], "orderBy": "key"})
        return frozenset(read_project(item)["id"] for item in found)

    def blocks_content(self) -> bool:
        """``GET /data-policy``: whether a rule of the organization keeps any content of the site from this app."""
        return as_object(self._get("/data-policy")).get("anyContentBlocked") is True

    def blocked(self, project_ids: Collection[str]) -> frozenset[str]:
        """``GET /data-policy/project``: the projects whose content a rule of the organization keeps from this app."""
        numbers = sorted({one for one in project_ids if one.isdecimal()}, key=int)
        if not numbers:
            return frozenset()
        answer = as_object(self._get("/data-policy/project", {"ids": ",".join(numbers)}))
        policies = read_all(answer.get("projectDataPolicies"), as_object)
        return frozenset(
            str(each.get("id")) for each in policies if member(each, "dataPolicy").get("anyContentBlocked") is True
        )
