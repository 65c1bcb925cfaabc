"""A plugin that reaches past the author API. It stands apart, because the rule looks at a facet's whole module."""

from __future__ import annotations

from helpdesk_core.db import Database
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from tests.contracts.mutants.planting import Bed

BED = Bed()


@BED.plant("test_registration_it_takes_the_author_api_only")
class Reaching(TrackerGateway):
    """It keeps issues in the helpdesk's own database."""

    kept_in: type[Database]
