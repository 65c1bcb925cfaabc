"""Tickets, their comments, and the statuses they can have."""
