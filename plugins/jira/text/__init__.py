"""People's text on its way between the helpdesk (Markdown) and Jira (Atlassian Document Format).

Both sides are written by strangers, and the library that converts, marklas, trusts what it reads: it drops lines that
begin like HTML, and makes mentions of text that looks like its own notation. So nothing goes to it unprepared.
`docs/text.md` says what becomes of what.
"""

from __future__ import annotations

from plugins.jira.text.reading import Shown, to_markdown
from plugins.jira.text.writing import MAX_LENGTH, to_adf

__all__ = ["MAX_LENGTH", "Shown", "to_adf", "to_markdown"]
