"""The name of an installation, by which the doctor recognizes a process of its own behind the public address.

It is made from the session key, which all processes of an installation share and which needs no database. Everybody may
see it: a keyed hash gives nothing of its key away.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from helpdesk_core.values import Secret

LABEL: Final = b"helpdesk instance id"
LENGTH: Final = 16


def instance_id(session_key: Secret) -> str:
    """Return the opaque name of the installation with this session key."""
    return hmac.new(session_key.reveal().encode(), LABEL, hashlib.sha256).hexdigest()[:LENGTH]
