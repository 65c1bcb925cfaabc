"""Projects in use and versions of the board."""
