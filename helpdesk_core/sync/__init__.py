"""Keeping tickets and issues in step: links, the merge that decides, and the work that carries its decisions out."""
