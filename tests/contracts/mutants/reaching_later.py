"""A plugin that reaches past the author API where nobody looks. It stands apart for the same reason as `reaching`."""

from __future__ import annotations

from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from tests.contracts.mutants.planting import Bed

BED = Bed()


@BED.plant("test_registration_it_takes_the_author_api_only")
class ReachingLater(TrackerWorkflows):
    """It imports from the inside of the helpdesk in the middle of a function."""

    def kept_in(self) -> object:
        """Never called, and so never seen by a test that only runs the plugin."""
        from helpdesk_core import cli  # noqa: PLC0415 - this is the mistake

        return cli
