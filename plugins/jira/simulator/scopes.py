"""The classic OAuth scopes: their words on the consent page, and the product each belongs to.

The scopes that an operation needs stand where the operation is defined; a test compares them with
`x-atlassian-oauth2-scopes` in Atlassian's OpenAPI document.
Words after https://developer.atlassian.com/cloud/jira/platform/scopes-for-oauth-2-3LO-and-forge-apps/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

OFFLINE_ACCESS: Final = "offline_access"

WORDS: Final[dict[str, str]] = {
    "read:jira-work": "View Jira projects, issues, comments and their statuses",
    "write:jira-work": "Create and edit issues, move them through their workflow, post comments",
    "read:jira-user": "View the profiles of Jira users, such as their names and pictures",
    "manage:jira-project": "Manage project settings",
    "manage:jira-configuration": "Manage Jira's global settings",
    "manage:jira-webhook": "Manage the webhooks by which Jira announces changes",
    "read:me": "View your own Atlassian account: name, e-mail address, picture",
    "read:account": "View your own Atlassian account settings",
    "report:personal-data": "Report which personal data the app stores",
    OFFLINE_ACCESS: "Keep this access while you are not signed in",
}


def in_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Each scope with its sentence for the consent page, in the order asked for."""
    return [(scope, WORDS.get(scope, f"Use the permission {scope}")) for scope in scopes]


def product_of(scope: str) -> str | None:
    """`jira`, `confluence`, or None for a scope of the Atlassian account itself."""
    for product in ("jira", "confluence"):
        if product in scope.partition(":")[2]:
            return product
    return None
