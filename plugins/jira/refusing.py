"""How Jira refuses to take a comment or an issue: rows that come before those of `plugins.jira.errors.TABLE`.

As with transitions (`plugins.jira.hops`), Jira answers 400 to almost everything: also to a missing permission (facts
§2.8), where other calls get 403.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import requests

from helpdesk_core.errors import Rejected
from plugins.jira.answers import Answer
from plugins.jira.errors import Doubtful, Refusal
from plugins.jira.wording import REFUSED, REQUIRED, denies


def _no_permission(reason: str, permission: str) -> Refusal:
    return Refusal(
        code="no_permission",
        applies=denies,
        family=Doubtful,  # a stranger lacks every permission, and an expired token may have made us one
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


ALWAYS_SENT: Final = frozenset({"project", "pid", "issuetype", "summary", "description"})
"""What every creation sends by itself, so nobody can mend it by filling in a field."""
NOT_SETTABLE: Final = re.compile(r"\bcannot be set\b|\bnot on the appropriate screen\b")


def _misses_value(answer: Answer) -> bool:
    """Whether a field wants another value, or one at all: validators name it in words, all else by its id."""
    by_field = any(
        field not in ALWAYS_SENT and not NOT_SETTABLE.search(said.casefold())
        for field, said in answer.complaints.items()
    )
    return answer.status in REFUSED and (by_field or any(REQUIRED.search(said.casefold()) for said in answer.messages))


def _hides_project(answer: Answer) -> bool:
    """Whether the project is not there for whoever asks, which is a 400 here and not a 404."""
    return answer.status == requests.codes.bad_request and "project" in answer.complaints


def _lacks_type(answer: Answer) -> bool:
    """Whether the project has no such type of issue any more."""
    return answer.status == requests.codes.bad_request and "issuetype" in answer.complaints


_MAY_NOT_CREATE: Final = _no_permission("The connected Jira account may not create such issues.", "“Create issues”")
CREATE_FIELDS: Final = (
    _MAY_NOT_CREATE,
    replace(_MAY_NOT_CREATE, applies=_hides_project),
    _refused("Jira does not tell which fields such an issue has."),
)
CREATE_ISSUE: Final = (
    _MAY_NOT_CREATE,
    Refusal(
        code="refused",
        applies=_hides_project,
        family=Doubtful,
        reason="The project does not exist in Jira, or the connected account may not see it.",
        cure="Check in Jira that the project still exists and that the connected account can browse it.",
    ),
    Refusal(
        code="kind",
        applies=_lacks_type,
        family=Rejected,
        reason="The project has no such type of issue any more.",
        cure="Choose another type for new issues, or let an administrator of the project bring it back.",
    ),
    Refusal(
        code="field_required",
        applies=_misses_value,
        family=Rejected,
        reason="Jira demands a field before it creates this issue, or does not take what is given for one.",
        cure="Give the field a value for new issues, or make it optional in Jira.",
    ),
    _refused("Jira refused the issue."),
)
DELETE_ISSUE: Final = (
    _no_permission("The connected Jira account may not delete this issue.", "“Delete issues”"),
    _refused("Jira refused to delete the issue."),
)
