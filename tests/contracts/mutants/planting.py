"""What a mutant is, and how it is planted: one mistake of an author, in the one facet of the tracker where it stands.

A module of mutants has a `Bed`. The class below the decorator is the mistake, its docstring tells it in one sentence,
and the decorator names the one rule that must fail. This module imports what an author may import and no more, because
the contracts look at the imports of the facets' package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, TypeVar

from helpdesk_core.facets import (
    ConnectFlow,
    Conversation,
    HealthChecks,
    IssueCreation,
    StatusVocabulary,
    TicketGateway,
    WebhookReceiver,
    Workflows,
)
from helpdesk_core.testing.tracker import build_plugin
from helpdesk_core.values import SettingsCard

Mistake = TypeVar("Mistake", bound=type)

HOOKS: Final[dict[type, str]] = {
    SettingsCard: "settings_card",
    ConnectFlow: "connect_flow",
    StatusVocabulary: "status_vocabulary",
    Workflows: "workflows",
    TicketGateway: "ticket_gateway",
    WebhookReceiver: "webhook_receiver",
    IssueCreation: "issue_creation",
    Conversation: "conversation",
    HealthChecks: "health_checks",
}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A plugin with one mistake, and the one rule that must notice it."""

    name: str
    mistake: str
    """What the author did, in one sentence."""
    breaks: str
    """The rule that must fail, and no other."""
    plugin: Callable[[], ModuleType]
    by_form: bool = False
    """Whether it connects by a form; else by a redirect."""


class Bed:
    """The mutants of one contract."""

    def __init__(self) -> None:
        self.mutants: list[Mutant] = []

    def plant(
        self, breaks: str, *, into: type | None = None, by_form: bool = False, **facets: Any
    ) -> Callable[[Mistake], Mistake]:
        """Plant a facet with a mistake, or a client with one.

        Args:
            breaks: the rule that must fail.
            into: the facet that uses this client; without it the class is a facet itself.
            by_form: whether the plugin connects by a form.
            facets: other hooks of the same plugin (see `build_plugin`).
        """

        def noted(mistake: Mistake) -> Mistake:
            facet = (
                type(mistake.__name__, (into,), {"client": mistake, "__module__": mistake.__module__})
                if into
                else mistake
            )
            hook = next(hook for kind, hook in HOOKS.items() if issubclass(facet, kind))
            self.add(mistake.__name__, mistake.__doc__ or "", breaks, by_form=by_form, **{hook: facet, **facets})
            return mistake

        return noted

    def add(self, name: str, mistake: str, breaks: str, *, by_form: bool = False, **facets: Any) -> None:
        """Plant what hooks return; a class stands for a fresh object of it."""
        if by_form:
            facets = {"webhook_receiver": None, **facets}

        def plugin() -> ModuleType:
            made = {hook: facet() if isinstance(facet, type) else facet for hook, facet in facets.items()}
            return build_plugin(**made)

        self.add_plugin(name, mistake, breaks, plugin, by_form=by_form)

    def add_plugin(
        self, name: str, mistake: str, breaks: str, plugin: Callable[[], ModuleType], *, by_form: bool = False
    ) -> None:
        """Plant a whole plugin."""
        self.mutants.append(Mutant(name=name, mistake=mistake, breaks=breaks, plugin=plugin, by_form=by_form))
