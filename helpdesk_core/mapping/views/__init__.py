"""The pages of the mapping: projects, the board, its judgement, versions, the file, moves, pictures, what changed."""

from helpdesk_core.mapping.views import (
    board,
    drift,
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
    "drift",
    "exchange",
    "following",
    "judgement",
    "moves",
    "projects",
    "review",
    "versions",
    "workflows",
]
