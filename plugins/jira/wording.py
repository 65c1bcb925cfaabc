"""What Jira means by its words, where its statuses do not tell: it answers 400 to almost every change that it refuses.

Words are English whatever the account's language, as far as recordings show; words that are not recognized make a
refusal less precise and never another thing than a refusal.
"""

from __future__ import annotations

import re
from typing import Final

import requests

from plugins.jira.answers import Answer, Speaker

REFUSED: Final = (
    requests.codes.bad_request,
    requests.codes.request_entity_too_large,
    requests.codes.unprocessable_entity,
)
"""The statuses by which Jira refuses a change for what it is."""
REQUIRED: Final = re.compile(r"\b(is|are) (required|mandatory)\b|\bmust be (specified|set|provided)\b|\brequired field")
FORBIDDEN: Final = re.compile(
    r"\b(do|does) not have (the )?(\w+ ){0,4}permission|\bno permission\b|\bnot permitted\b"
    r"|\bcannot create (issues|work items)\b"
)
"""Not “might not have permission, or the issue is missing required information”, which is Jira's way not to tell."""


def says(answer: Answer, pattern: re.Pattern[str]) -> bool:
    """Whether a refusal says something like `pattern`, of the whole or of one field."""
    said = (*answer.messages, *answer.complaints.values())
    return answer.status in REFUSED and any(pattern.search(words.casefold()) for words in said)


def denies(answer: Answer) -> bool:
    """Whether Jira refuses because the account lacks a permission."""
    forbidden = answer.status == requests.codes.forbidden and answer.speaker is Speaker.JIRA
    return forbidden or says(answer, FORBIDDEN)
