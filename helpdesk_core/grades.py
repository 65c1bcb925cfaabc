"""How well something stands, as all commands tell it that look: the words for machines, the mark, and the exit code.

Monitoring asks several commands and reads all of them alike, so no concern has a convention of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Grade(StrEnum):
    """How something stands."""

    OK = "ok"
    WARNING = "warning"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    """It could not be looked at."""


MARKS: Final = {Grade.OK: "✓", Grade.WARNING: "!", Grade.TROUBLE: "✗", Grade.UNKNOWN: "?"}
EXIT_CODES: Final = {Grade.OK: 0, Grade.WARNING: 1, Grade.TROUBLE: 2, Grade.UNKNOWN: 3}
"""As monitoring plugins answer (Nagios)."""
_GRAVITY: Final = (Grade.OK, Grade.UNKNOWN, Grade.WARNING, Grade.TROUBLE)
"""From the best to the worst: what is known to be wrong outweighs what is not known."""


def worst(grades: Iterable[Grade]) -> Grade:
    """Return the worst of all; of nothing, that all is well."""
    return max(grades, key=_GRAVITY.index, default=Grade.OK)
