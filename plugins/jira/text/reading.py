"""From a document of Jira to Markdown that the helpdesk can show as plain text.

The document is first reduced to what Markdown has, within bounds; only that goes to marklas, which would else write
HTML for the rest, fail at what is not as it expects, or fall over its own feet in the depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marklas import to_md

from plugins.jira import adf
from plugins.jira.text import marking
from plugins.jira.text.blocks import blocks
from plugins.jira.text.inlines import MAX_NODES, Reading, within
from plugins.jira.text.safety import cleaned

MAX_LENGTH: Final = 32_767
"""What the helpdesk keeps of a text."""
SHORTENED: Final = "\n\n(shortened; the whole text is in Jira)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What the helpdesk can show of a document of Jira."""

    markdown: str
    complete: bool
    """Whether it says all: no file, macro or unknown piece was left out or only named, and nothing was shortened."""


def to_markdown(document: object, *, issue_url: str | None = None, limit: int = MAX_LENGTH) -> Shown:
    """Return a document of Jira as Markdown that reads well as plain text. Never raises, whatever the document is.

    Keep the document beside it: the Markdown is for reading, and what was made of it is no document of Jira's again.

    Args:
        document: what Jira answered; None is no text. A plain string is taken as it is.
        issue_url: where the issue is, for files to lead to.
        limit: how long the Markdown may be; what is longer ends early and says so.
    """
    if document is None or isinstance(document, str):
        words, complete = cleaned(document or ""), True
    elif isinstance(document, dict):
        reading = Reading(issue_url)
        content = blocks(reading, document)
        words, complete = _markdown(content), reading.complete
    else:
        words, complete = "", False
    if len(words) <= limit:
        return Shown(markdown=words, complete=complete)
    near = words[: limit - len(SHORTENED)]
    return Shown(markdown=near[: max(near.rfind("\n"), len(near) - 200)].rstrip() + SHORTENED, complete=False)


def _markdown(content: list[adf.Node]) -> str:
    try:
        words = to_md(adf.document(*content), plain=True)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # Known of no document so far. But a stranger's comment must not stop the sync of a ticket.
        words = "\n".join(within(adf.document(*content), MAX_NODES))
    return marking.restored(words).strip("\n")
