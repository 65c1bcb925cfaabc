"""How Jira refuses a transition: rows that come before those of `plugins.jira.errors.TABLE`, for this one call.

Jira has one status, 400, for almost every reason (``jira-cloud-api.md`` §2.7), so its words must tell. Complaints about
fields of the screen come in ``errors``; those of workflow validators in ``errorMessages`` (recorded:
``error-400-field-resolution-is-required``, ``error-400-resolution-not-on-screen``).
"""

from __future__ import annotations

import re
from typing import Final

import requests

from helpdesk_core.errors import Rejected
from helpdesk_core.values import Transition
from plugins.jira.answers import Answer
from plugins.jira.errors import Refusal
from plugins.jira.wording import REFUSED, REQUIRED, denies, says

CLOSED: Final = re.compile(
    r"not valid for (the current state|this issue)|transition\w* (id )?\S* ?(is|was) (not valid|not found|invalid)"
)


def refusals_of(transition: Transition) -> tuple[Refusal, ...]:
    """Return the rows for one transition; which fields are on its screen decides what can be mended by filling in."""
    on_screen = {field.id: field.name.casefold() for field in transition.fields}
    return (
        Refusal(
            code="stale",
            applies=lambda answer: answer.status == requests.codes.conflict or says(answer, CLOSED),
            family=Rejected,
            reason="The transition is not open any more.",
            cure="Nothing: the helpdesk reads the issue again and finds another way.",
        ),
        Refusal(
            code="field_required",
            applies=lambda answer: answer.status in REFUSED and _misses_field(answer, on_screen),
            family=Rejected,
            reason="Jira demands a field before it takes this transition.",
            cure="Give the field a value for this transition in the mapping, or fill it in on the issue.",
        ),
        Refusal(
            code="no_permission",
            applies=denies,
            family=Rejected,
            reason="The connected Jira account may not take this transition.",
            cure="Give the account the permission “Transition issues” in Jira; re-authorizing does not help.",
        ),
        Refusal(
            code="refused",
            applies=lambda answer: answer.status in REFUSED,
            family=Rejected,
            reason="Jira refused the transition.",
            cure="What Jira says tells what to change, on the issue or in its workflow.",
        ),
    )


def _misses_field(answer: Answer, on_screen: dict[str, str]) -> bool:
    """Whether Jira demands a field that stands on the screen.

    A validator does not say which field it means but by its name, and may demand one that the screen calls optional
    (recorded: ``acme-issue-expand-transitions-fields-required``). One that is not on the screen nobody can fill in.
    """
    by_field = any(field in on_screen and REQUIRED.search(said.casefold()) for field, said in answer.complaints.items())
    by_name = any(
        name in words.casefold() and REQUIRED.search(words.casefold())
        for words in answer.messages
        for name in on_screen.values()
    )
    return by_field or by_name
