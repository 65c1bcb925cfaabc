"""The pages of the mapping: projects, the board, its judgement, versions, the file, what moves need, what changed."""

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
