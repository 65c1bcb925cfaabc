"""What Settings › Integrations shows of the tracker."""

from __future__ import annotations

from typing import Final

from helpdesk_core.values import Permission, SettingsCard

CARD: Final = SettingsCard(
    title="Tracker",
    summary="Keep tickets and the issues of an imaginary tracker in step.",
    prerequisites=("You have an account at the tracker, in a workspace that you want to connect.",),
    permissions=(
        Permission(words="Read projects, statuses and issues", scope="read"),
        Permission(words="Change issues and write comments", scope="write"),
        Permission(words="Be told about changes", scope="orders"),
    ),
    after_disconnect="Nothing is left to do: disconnecting ends the access of the helpdesk.",
    docs_url="https://tracker.test/docs",
)
