"""Says of one project, by its key, why it can or cannot be used: what a person asks who misses it in the list."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from helpdesk_core.errors import Rejected
from helpdesk_core.values import Finding, ProbeRequest
from plugins.jira import findings as say
from plugins.jira.health_client import JiraHealthClient
from plugins.jira.needs import PERMISSIONS, page_of_permissions

KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{1,9}")
"""https://support.atlassian.com/jira-cloud-administration/docs/edit-a-projects-details/: two to ten characters."""
IN_ADDRESS: Final = re.compile(r"/(?:projects|browse|c/projects|project-config)/([A-Za-z][A-Za-z0-9_]{1,9})\b")


def probe(request: ProbeRequest) -> Finding:
    """Look for a project by its key, by an issue's key, or by an address that holds one."""
    connection, client = request.connection, JiraHealthClient.of(request.connection)
    key = key_in(request.text)
    if not key:
        return say.not_a_key(" ".join(request.text.split())[:50])
    account = client.myself()["displayName"]
    try:
        project = client.project(key)
        has = client.permissions(project["id"], [each.key for each in PERMISSIONS])
    except Rejected as refusal:
        if refusal.code == "permission_missing":  # Jira says 404 to an account, and 403 to an app that is kept out
            return say.kept_out(key, refusal.reason)
        if refusal.code != "not_found":
            raise
        return say.absent_or_hidden(key, account, connection.workspace.name)
    if project["archived"]:
        return say.archived(project["key"], project["name"])
    missing = [each for each in PERMISSIONS if each.key not in has and each.feature in request.features]
    if missing:
        url = page_of_permissions(connection, project["key"])
        return say.in_part(project["key"], project["name"], missing, account, url)
    return say.usable(project["key"], project["name"])


def key_in(text: str) -> str:
    """Return the project's key that a person means; empty where there is none."""
    text = text.strip()
    try:
        path = urlsplit(text).path if "://" in text else ""
    except ValueError:
        return ""
    found = IN_ADDRESS.search(path)
    key = (found[1] if found else text.partition("-")[0]).upper()
    return key if KEY.fullmatch(key) else ""
