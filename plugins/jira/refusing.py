"""How Jira refuses to take a comment or an issue: rows that come before those of `plugins.jira.errors.TABLE`.

As with transitions (`plugins.jira.hops`), Jira answers 400 to almost everything: also to a missing permission (facts
§2.8), where other calls get 403.
"""

from __future__ import annotations

from typing import Final

from helpdesk_core.errors import Rejected
from plugins.jira.errors import Refusal
from plugins.jira.wording import REFUSED, denies


def _no_permission(reason: str, permission: str) -> Refusal:
    return Refusal(
        code="no_permission",
        applies=denies,
        family=Rejected,
        reason=reason,
        cure=f"Give the account the permission {permission} in Jira; re-authorizing does not help.",
    )


def _refused(reason: str) -> Refusal:
    return Refusal(
        code="refused",
        applies=lambda answer: answer.status in REFUSED,
        family=Rejected,
        reason=reason,
        cure="What Jira says tells what to change.",
    )


ADD_COMMENT: Final = (
    _no_permission("The connected Jira account may not comment on this issue.", "“Add comments”"),
    _refused("Jira refused the comment."),
)
EDIT_COMMENT: Final = (
    _no_permission("The connected Jira account may not edit this comment.", "“Edit own comments”"),
    _refused("Jira refused the edited comment."),
)
DELETE_COMMENT: Final = (
    _no_permission("The connected Jira account may not delete this comment.", "“Delete own comments”"),
    _refused("Jira refused to delete the comment."),
)
