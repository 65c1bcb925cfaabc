"""The pages of the mapping: projects in use, the board, its versions."""

from helpdesk_core.mapping.views import board, following, projects, versions
from helpdesk_core.mapping.views.frame import blueprint

__all__ = ["blueprint", "board", "following", "projects", "versions"]
