"""Which scopes and project permissions each feature needs: one table for health, its page and the documents.

Scopes are what the app was granted, permissions what the account may do in a project; they fail differently and are
mended by different people (``jira-cloud-api.md`` §1.7, §2.10, §2.13).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from helpdesk_core.values import ConnectionView, Feature, Severity

DOING: Final = {
    Feature.READ: "projects and issues cannot be read",
    Feature.MOVE: "issues cannot be moved",
    Feature.CREATE: "no issue can be created",
    Feature.COMMENT: "no comment can be written",
    Feature.LISTEN: "Jira cannot be asked to tell of changes",
}
"""What does not work where something is missing, as the end of a sentence."""

SCOPES: Final = {
    "read:jira-work": frozenset({Feature.READ, Feature.MOVE, Feature.CREATE, Feature.COMMENT, Feature.LISTEN}),
    "write:jira-work": frozenset({Feature.MOVE, Feature.CREATE, Feature.COMMENT}),
    "read:jira-user": frozenset({Feature.READ}),
    "manage:jira-webhook": frozenset({Feature.LISTEN}),
}
"""Which features need a scope."""
OF_SCOPE: Final = {"read:jira-user": "Jira does not tell whose account it is"}
"""What does not work without a scope, where that is less than its features."""
HARMLESS: Final = frozenset({"read:jira-user", "manage:jira-webhook"})
"""Scopes without which work goes on, slower or with less to see."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectPermission:
    """One permission in a project."""

    key: str
    """Jira's name for it in its interface."""
    name: str
    """Jira's name for it on its pages."""
    check: str
    feature: Feature
    without: str
    """What does not work, as the end of a sentence."""
    severity: Severity = Severity.ERROR


BROWSE: Final = ProjectPermission(
    key="BROWSE_PROJECTS",
    name="Browse projects",
    check="permission.browse",
    feature=Feature.READ,
    without="its issues cannot be read",
)
PERMISSIONS: Final = (
    BROWSE,
    ProjectPermission(
        key="CREATE_ISSUES",
        name="Create issues",
        check="permission.create",
        feature=Feature.CREATE,
        without="no issue can be created there",
    ),
    ProjectPermission(
        key="EDIT_ISSUES",
        name="Edit issues",
        check="permission.edit",
        feature=Feature.MOVE,
        without="where remote links are switched off, the ticket cannot be shown on its issue",
        severity=Severity.WARNING,
    ),
    ProjectPermission(
        key="TRANSITION_ISSUES",
        name="Transition issues",
        check="permission.move",
        feature=Feature.MOVE,
        without="its issues cannot be moved",
    ),
    ProjectPermission(
        key="ADD_COMMENTS",
        name="Add comments",
        check="permission.comment",
        feature=Feature.COMMENT,
        without="no comment can be written there",
    ),
)
ADMINISTER: Final = "ADMINISTER"
"""The global permission that reading whole workflows needs."""


def page_of_permissions(connection: ConnectionView, key: str) -> str:
    """Return where an administrator of a project says who may do what."""
    return f"{connection.workspace.url.rstrip('/')}/plugins/servlet/project-config/{key}/permissions"
