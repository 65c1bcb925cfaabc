"""The pages of the mapping: projects in use, the board and its judgement, versions, the file, moves, pictures."""

from helpdesk_core.mapping.views import (
    board,
    exchange,
    following,
    judgement,
    moves,
    projects,
    review,
    versions,
    workflows,
)
from helpdesk_core.mapping.views.frame import blueprint

__all__ = [
    "blueprint",
    "board",
    "exchange",
    "following",
    "judgement",
    "moves",
    "projects",
    "review",
    "versions",
    "workflows",
]
