"""The pages of the mapping: projects in use, the board, its versions, what moves need."""

from helpdesk_core.mapping.views import board, following, judgement, moves, projects, review, versions
from helpdesk_core.mapping.views.frame import blueprint

__all__ = ["blueprint", "board", "following", "judgement", "moves", "projects", "review", "versions"]
