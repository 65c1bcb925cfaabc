"""Joins what one plugin's hooks return into an `Integration`, and quarantines a plugin that is broken.

pluggy answers "who implements this hook?"; the helpdesk asks "what can Jira do?". The join is made once, plugin by
plugin, each in its own try: one broken plugin is shown with its reason and never takes the page, or another plugin,
with it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, get_origin, get_type_hints

import pluggy

from helpdesk_core import hookspecs
from helpdesk_core.errors import IntegrationRefused, NotFound
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
from helpdesk_core.values import SettingsCard

log = logging.getLogger(__name__)

KEY_PATTERN: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")
"""An integration's key is entry-point name, URL segment and database key at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The distribution that a plugin came from."""

    distribution: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Integration:
    """One plugin's facets, joined under its key."""

    key: str
    origin: Origin
    card: SettingsCard
    connect_flow: ConnectFlow
    status_vocabulary: StatusVocabulary
    workflows: Workflows | None = None
    ticket_gateway: TicketGateway | None = None
    webhook_receiver: WebhookReceiver | None = None
    issue_creation: IssueCreation | None = None
    conversation: Conversation | None = None
    health_checks: HealthChecks | None = None

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks that the plugin implements."""
        return tuple(hook for hook, facet in _FACETS.items() if getattr(self, facet.attribute) is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantined:
    """A plugin that could not be admitted, with the reason. Two of them may claim one key."""

    key: str
    origin: Origin
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facet:
    attribute: str
    kind: type[Any]
    required: bool = True


_FACETS: Final[dict[str, _Facet]] = {
    "helpdesk_settings_card": _Facet(attribute="card", kind=SettingsCard),
    "helpdesk_connect_flow": _Facet(attribute="connect_flow", kind=ConnectFlow),
    "helpdesk_status_vocabulary": _Facet(attribute="status_vocabulary", kind=StatusVocabulary),
    "helpdesk_workflows": _Facet(attribute="workflows", kind=Workflows, required=False),
    "helpdesk_ticket_gateway": _Facet(attribute="ticket_gateway", kind=TicketGateway, required=False),
    "helpdesk_webhook_receiver": _Facet(attribute="webhook_receiver", kind=WebhookReceiver, required=False),
    "helpdesk_issue_creation": _Facet(attribute="issue_creation", kind=IssueCreation, required=False),
    "helpdesk_conversation": _Facet(attribute="conversation", kind=Conversation, required=False),
    "helpdesk_health_checks": _Facet(attribute="health_checks", kind=HealthChecks, required=False),
}


class IntegrationRegistry:
    """All integrations of this installation: the admitted ones by key, the quarantined ones with reasons."""

    def __init__(self) -> None:
        self._plugins = pluggy.PluginManager(hookspecs.PROJECT)
        self._plugins.add_hookspecs(hookspecs)
        self._active: dict[str, Integration] = {}
        self._quarantined: list[Quarantined] = []

    def __iter__(self) -> Iterator[Integration]:
        return iter(self._active.values())

    def __contains__(self, key: str) -> bool:
        return key in self._active

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """The plugins that were refused, in the order in which they were found."""
        return tuple(self._quarantined)

    def get(self, key: str) -> Integration:
        """Return the integration with this key.

        Raises:
            NotFound: no plugin of that key was admitted.
        """
        if key not in self._active:
            msg = f"There is no integration called {key!r}. Installed: {', '.join(self._active) or 'none'}."
            raise NotFound(msg)
        return self._active[key]

    def admit(self, key: str, plugin: object, origin: Origin) -> None:
        """Register `plugin` under `key` and join its facets; a broken one is quarantined instead.

        Args:
            key: the entry point's name.
            plugin: the module with the hook implementations.
            origin: the distribution it came from, named in every message about it.
        """
        if taken := self._active.get(key):  # checked before pluggy is touched: a clash must not evict the first
            self.quarantine(
                key,
                origin,
                f"The key {key!r} is already taken by {taken.origin}; {origin} claims it too.",
            )
            return
        try:
            self._active[key] = self._join(key, plugin, origin)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin does wrong ends here, by name
            self._forget(key)
            self.quarantine(key, origin, _reason(error))

    def quarantine(self, key: str, origin: Origin, reason: str) -> None:
        """Note that the plugin `key` of `origin` is not used, and why."""
        log.error("integration %s (%s) is quarantined: %s", key, origin, reason)
        self._quarantined.append(Quarantined(key=key, origin=origin, reason=reason))

    def _join(self, key: str, plugin: object, origin: Origin) -> Integration:
        self._check_identity(key, plugin)
        self._plugins.register(plugin, name=key)
        self._plugins.check_pending()  # without this a misspelt hook is silence, not an error
        facets = {facet.attribute: self._facet(key, hook, facet) for hook, facet in _FACETS.items()}
        integration = Integration(key=key, origin=origin, **facets)
        _check_card(integration.card)
        return integration

    def _check_identity(self, key: str, plugin: object) -> None:
        if not KEY_PATTERN.fullmatch(key):
            msg = f"Its key {key!r} must be 2 to 31 lower-case letters, digits or hyphens and start with a letter."
            raise IntegrationRefused(msg)
        if not isinstance(plugin, ModuleType):  # pluggy runs every property of an object that it registers
            msg = f"Its entry point must name a module, not a {type(plugin).__name__}."
            raise IntegrationRefused(msg)
        if taken := self._plugins.get_name(plugin):
            msg = f"Its module {plugin.__name__} is the integration {taken!r} already. One module is one integration."
            raise IntegrationRefused(msg)

    def _facet(self, key: str, hook: str, facet: _Facet) -> Any:
        # The owner is pluggy's record of who registered, not the plugin's own word: nobody can answer for another.
        own = [impl for impl in getattr(self._plugins.hook, hook).get_hookimpls() if impl.plugin_name == key]
        if not own and not facet.required:
            return None
        if not own:
            msg = f"It does not implement the required hook {hook}."
            raise IntegrationRefused(msg)
        if len(own) > 1 or own[0].wrapper or own[0].hookwrapper:
            msg = f"It must implement the hook {hook} once, and not as a wrapper."
            raise IntegrationRefused(msg)
        result = own[0].function()
        if not isinstance(result, facet.kind):
            msg = f"Its hook {hook} must return a {facet.kind.__name__}, not {type(result).__name__}."
            raise IntegrationRefused(msg)
        return result

    def _forget(self, key: str) -> None:
        # pluggy notes the name before it validates, so a refused plugin would linger and answer.
        if self._plugins.has_plugin(key):
            self._plugins.unregister(name=key)


def _check_card(card: SettingsCard) -> None:
    # A card is shown beside all the others: a field of another type would break the page for everybody.
    for name, kind in get_type_hints(SettingsCard).items():
        value, expected = getattr(card, name), get_origin(kind) or kind
        if not isinstance(value, expected):
            msg = f"The field {name} of its settings card must be {expected.__name__}, not {type(value).__name__}."
            raise IntegrationRefused(msg)
    if not card.title.strip():
        msg = "Its settings card has no title."
        raise IntegrationRefused(msg)


def _reason(error: BaseException) -> str:
    """Say in one sentence why a plugin was refused."""
    said = " ".join(str(error).split())
    match error:
        case IntegrationRefused():
            return said
        case pluggy.PluginValidationError():
            return f"pluggy refused it: {said}"
        case _:
            return f"It raised {type(error).__name__} while it was admitted: {said or 'without a word'}."
