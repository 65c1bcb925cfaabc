"""What the helpdesk's services and pages share: one value with the collaborators, made once per process.

The command line uses it without Flask; pages reach it through `current_host`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import requests
from flask import current_app

from helpdesk_core.db import Database
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Jobs
from helpdesk_core.outbound import new_session
from helpdesk_core.tally import Tally
from helpdesk_core.vault import Vault

EXTENSION = "helpdesk"


def utc_now() -> datetime:
    """Return the present moment, aware."""
    return datetime.now(UTC)


def no_settings(_key: str) -> Mapping[str, str]:
    """Stand in where the operator set nothing in the environment."""
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """The collaborators of one running helpdesk."""

    database: Database
    vault: Vault
    registry: IntegrationRegistry
    base_url: str
    jobs: Jobs
    preset_settings: Callable[[str], Mapping[str, str]] = no_settings
    """Integration key → the settings that the operator fixed in the environment."""
    new_http: Callable[[], requests.Session] = new_session
    now: Callable[[], datetime] = utc_now
    tally: Tally = field(default_factory=Tally)
    """What calls to remote systems cost, as far as this process has made them."""


def current_host() -> Host:
    """Return the host of the running Flask application."""
    return cast("Host", current_app.extensions[EXTENSION])
