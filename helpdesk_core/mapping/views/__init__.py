"""The pages of the mapping: projects in use, the board and its judgement, what changed under it, versions, the file, what moves need."""

from helpdesk_core.mapping.views import board, drift, exchange, following, judgement, moves, projects, review, versions
from helpdesk_core.mapping.views.frame import blueprint

__all__ = [
    "blueprint",
    "board",
    "drift",
    "exchange",
    "following",
    "judgement",
    "moves",
    "projects",
    "review",
    "versions",
]
