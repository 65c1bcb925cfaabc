"""The pages of the mapping: projects in use, the board, its versions, the mapping as a file, what moves need."""

from helpdesk_core.mapping.views import board, exchange, following, moves, projects, versions
from helpdesk_core.mapping.views.frame import blueprint

__all__ = ["blueprint", "board", "exchange", "following", "moves", "projects", "versions"]
