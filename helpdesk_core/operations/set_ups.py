"""The doctor's checks of plugins: those that could not be loaded, and integrations that cannot connect as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from helpdesk_core.connections.integration_settings import is_enabled, missing_fields, read_set_up
from helpdesk_core.errors import HelpdeskError
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration, IntegrationRegistry
from helpdesk_core.operations import findings
from helpdesk_core.operations.results import Result


def check_plugins(registry: IntegrationRegistry, connected: Mapping[str, int]) -> Iterator[Result]:
    """Name the plugins that could not be loaded, and connections without their plugin."""
    for plugin in registry.quarantined:
        yield findings.PLUGIN_REFUSED.result(
            key=plugin.key, origin=plugin.origin, reason=plugin.reason, distribution=plugin.origin.distribution
        )
    lonely = {key: number for key, number in connected.items() if key not in registry}
    for key, number in lonely.items():
        yield findings.PLUGIN_NEEDED.result(key=key, connections=_counted(number))
    if not registry.quarantined and not lonely:
        names = ", ".join(f"{one.card.title} ({one.origin})" for one in registry)
        yield findings.PLUGINS_OK.result(names=names or "None is installed")


def check_set_ups(host: Host, session: Session, connected: Mapping[str, int]) -> Iterator[Result]:
    """Say of each integration whether its set-up suffices to connect."""
    for integration in host.registry:
        yield _check_set_up(host, session, integration, connected.get(integration.key, 0))


def _check_set_up(host: Host, session: Session, integration: Integration, connections: int) -> Result:
    title = integration.card.title
    if not is_enabled(session, integration.key):
        return findings.SET_UP_OFF.result(title=title)
    try:
        missing = missing_fields(read_set_up(host, session, integration))
    except HelpdeskError as error:
        return findings.SET_UP_UNKNOWN.result(title=title, reason=error)
    except Exception as error:  # noqa: BLE001 - a plugin's form may raise anything, and its text may hold anything
        return findings.SET_UP_UNKNOWN.result(title=title, reason=f"its plugin broke ({type(error).__name__}).")
    if not missing:
        return findings.SET_UP_OK.result(title=title)
    if not connections:
        return findings.SET_UP_LATER.result(title=title)
    return findings.SET_UP_OPEN.result(
        title=title,
        fields=", ".join(missing),
        connections=_counted(connections),
        variables=", ".join(_variable(integration.key, name) for name in missing),
    )


def _variable(key: str, name: str) -> str:
    return f"HELPDESK_{key}_{name}".upper().replace("-", "_")


def _counted(number: int) -> str:
    return "1 connection belongs" if number == 1 else f"{number} connections belong"
