"""A plugin that reaches past the author API. It stands apart, because the rule looks at a facet's whole module."""

from __future__ import annotations

from helpdesk_core.db import Database
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows


class Reaching(TrackerGateway):
    """It keeps issues in the helpdesk's own database."""

    kept_in: type[Database]


class ReachingLater(TrackerWorkflows):
    """It imports from the inside of the helpdesk where nobody looks: in the middle of a function."""

    def kept_in(self) -> object:
        """Never called, and so never seen by a test that only runs the plugin."""
        from helpdesk_core import benchmarking  # type: ignore[attr-defined]  # noqa: PLC0415 - this is the mistake

        return benchmarking
