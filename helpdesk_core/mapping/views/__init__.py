"""The pages of the mapping: projects in use, the board, its versions, what moves need, workflows as pictures."""

from helpdesk_core.mapping.views import board, following, moves, projects, versions, workflows
from helpdesk_core.mapping.views.frame import blueprint

__all__ = ["blueprint", "board", "following", "moves", "projects", "versions", "workflows"]
