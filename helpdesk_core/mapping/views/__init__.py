"""The pages of the mapping: projects in use, the board and its judgement, versions, the file, what moves need."""

from helpdesk_core.mapping.views import board, exchange, following, judgement, moves, projects, review, versions
from helpdesk_core.mapping.views.frame import blueprint

__all__ = ["blueprint", "board", "exchange", "following", "judgement", "moves", "projects", "review", "versions"]
