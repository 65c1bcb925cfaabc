"""Mutants of the tracker's plugin: each is one mistake that an author could make, and one rule must notice it.

A module for each contract. What a mutant is stands in `planting`; how the rules are run against one, in `trial`.
"""

from __future__ import annotations

from typing import Final

from tests.contracts.mutants import (
    card,
    connected,
    connecting,
    conversation,
    creation,
    errors,
    gateway,
    health,
    losses,
    moving,
    reaching,
    reaching_later,
    registration,
    secrecy,
    sharing,
    statuses,
    webhooks,
    workflows,
)
from tests.contracts.mutants.planting import Mutant

BEDS: Final = (
    *(registration, reaching, reaching_later),
    *(card, connecting, connected, statuses, workflows, gateway, moving, webhooks, creation, conversation, health),
    *(errors, losses, secrecy, sharing),
)

MUTANTS: Final[dict[str, Mutant]] = {
    f"{module.__name__.rpartition('.')[2]}.{mutant.name}": mutant for module in BEDS for mutant in module.BED.mutants
}
"""By module and name."""
