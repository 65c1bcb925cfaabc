"""What an operator entered for Jira, read once into types.

The helpdesk fills the map from the stored set-up form and from the environment (``HELPDESK_JIRA_<NAME>``). Three names
are not in the form: ``client_secret_previous`` serves while the secret is being renewed; ``auth_url`` and ``api_url``
point at Atlassian unless somebody runs the simulator.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from helpdesk_core.errors import Extent, Rejected
from helpdesk_core.values import Secret, SettingsMap

AUTH_URL: Final = "https://auth.atlassian.com"
API_URL: Final = "https://api.atlassian.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class OAuthApp:
    """The OAuth 2.0 integration that the operator created in Atlassian's developer console."""

    client_id: str
    client_secret: Secret
    auth_url: str
    api_url: str
    reads_workflows: bool = False
    """Whether the consent asks for whole workflows too; only an administrator's account has a use for it."""

    @classmethod
    def read(cls, settings: SettingsMap) -> OAuthApp:
        """Read the app from the integration's settings.

        Raises:
            Rejected: something is not entered, or an address would carry secrets in the clear.
        """
        client_id, client_secret = _text(settings, "client_id"), _text(settings, "client_secret")
        if not client_id or not client_secret:
            raise Rejected(
                "The client id and secret of the Atlassian app are not entered.",
                cure="Enter both in the set-up form of the Jira integration.",
                code="setup_needed",
                extent=Extent.CONNECTION,
            )
        return cls(
            client_id=client_id,
            client_secret=Secret(client_secret),
            auth_url=_address(settings, "auth_url", AUTH_URL),
            api_url=api_address(settings),
            reads_workflows=wants_workflows(settings),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookTrust:
    """What proves that a delivery is Atlassian's."""

    client_id: str
    secrets: tuple[Secret, ...]

    @classmethod
    def read(cls, settings: SettingsMap) -> WebhookTrust:
        """Read the client id, the secret, and the one before it where an operator is renewing it."""
        secrets = (_text(settings, name) for name in ("client_secret", "client_secret_previous"))
        return cls(client_id=_text(settings, "client_id"), secrets=tuple(Secret(one) for one in secrets if one))


def wants_workflows(settings: SettingsMap) -> bool:
    """Whether an operator chose to have whole workflows read."""
    return _text(settings, "read_workflows") == "yes"


def api_address(settings: SettingsMap) -> str:
    """Return the base address of Atlassian's API gateway, without a slash at its end."""
    return _address(settings, "api_url", API_URL)


def _text(settings: SettingsMap, name: str) -> str:
    value = settings.get(name) or ""
    return (value.reveal() if isinstance(value, Secret) else value).strip()


def _address(settings: SettingsMap, name: str, default: str) -> str:
    address = (_text(settings, name) or default).rstrip("/")
    if not _is_safe(address):
        raise Rejected(
            f"The setting {name} is not an https address.",
            cure=f"Leave {name} out to use {default}; plain http is for a simulator on this machine (127.0.0.1) only.",
            code="insecure_address",
            extent=Extent.CONNECTION,
        )
    return address


def _is_safe(address: str) -> bool:
    """Tokens and the client secret go to this address: https, or this very machine.

    Authlib's own check is opened for the whole process by an environment variable (AUTHLIB_INSECURE_TRANSPORT), and
    its client does not make it at all. Deciding here, by address, needs no such switch.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
