"""The fence around every call into a plugin: whatever it raises, the helpdesk goes on and names the plugin."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from helpdesk_core.errors import IntegrationError, Rejected
from helpdesk_core.integrations import Integration

log = logging.getLogger(__name__)

T = TypeVar("T")

PLUGIN_FAULT = "plugin_fault"
"""The `Rejected.code` of a plugin that raised what it may not raise."""


def guarded(integration: Integration, call: Callable[[], T]) -> T:
    """Run a call into a plugin; what is not one of the three error families becomes a `Rejected` naming the plugin."""
    try:
        return call()
    except IntegrationError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        # The text of a foreign exception may hold a token (in an address, say), so only type and place are told.
        fault = type(error).__name__
        log.error("integration %s (%s) raised %s at %s", integration.key, integration.origin, fault, _place(error))  # noqa: TRY400 - a traceback would print that text
        raise Rejected(
            f"The {integration.card.title} plugin broke ({fault}).",
            cure=f"Report it to the makers of {integration.origin}.",
            code=PLUGIN_FAULT,
        ) from None


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
