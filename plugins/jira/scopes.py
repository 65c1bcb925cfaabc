"""The permissions that the plugin asks for, each with its words: one list for the card, the set-up form and OAuth.

All classic, as Atlassian recommends (``jira-cloud-api.md`` §1.7). Each is asked for at the first consent, also
``manage:jira-webhook`` and ``write:jira-work``, which only keeping tickets in step will use: a consent never gains a
scope later, so asking in steps would send every admin through the developer console and the consent page again.
"""

from __future__ import annotations

from typing import Final

from helpdesk_core.values import Permission

IN_CONSOLE: Final = (
    Permission(
        scope="read:jira-work",
        words="Read projects, issues, their statuses and comments",
    ),
    Permission(
        scope="write:jira-work",
        words="Create issues, move them through their workflow and comment on them",
    ),
    Permission(
        scope="read:jira-user",
        words="Read the names of Jira users, first of all of the account that connects",
    ),
    Permission(
        scope="manage:jira-webhook",
        words="Be told by Jira about changes, and end that when you disconnect",
    ),
)
"""What the operator ticks in the developer console, under Permissions › Jira API."""

OFFLINE: Final = Permission(scope="offline_access", words="Stay connected while nobody is signed in to Atlassian")
"""Not in the console: it is asked for in the authorize address only. What it gives is the refresh token."""

PERMISSIONS: Final = (*IN_CONSOLE, OFFLINE)
ASKED: Final = frozenset(permission.scope for permission in PERMISSIONS)
"""What every consent asks for."""

READ_WORKFLOWS: Final = Permission(
    scope="manage:jira-configuration",
    words="Read whole workflows, if the account that connects is a Jira admin",
)
"""Optional, because it also lets the helpdesk change Jira's configuration, which it never does: Atlassian has no
classic scope that only reads it. Without it, transitions are learnt from issues. It is never missed."""


def asked(*, reads_workflows: bool) -> tuple[Permission, ...]:
    """Return what a consent asks for."""
    return (*PERMISSIONS, READ_WORKFLOWS) if reads_workflows else PERMISSIONS


def missing_from(granted: frozenset[str], *, has_refresh_token: bool) -> tuple[str, ...]:
    """Name what was asked for and not granted; a refresh token proves ``offline_access``, whatever the list says."""
    named = granted | {OFFLINE.scope} if has_refresh_token else granted - {OFFLINE.scope}
    return tuple(permission.scope for permission in PERMISSIONS if permission.scope not in named)
