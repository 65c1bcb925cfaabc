"""To which addresses Atlassian delivers: https, on a list of ports (facts §3.1).

One thing differs on purpose: `http` to a loopback address is accepted with any port, because that
is where a helpdesk under test lives. Atlassian could not reach it, and would refuse it.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {
    *(443, *range(1880, 1891), 4044, 6017, 7990, 8060, 8080, 8085, 8089, 8090),
    *(8443, 8444, 8900, 9420, 9520, 9900),
}
LONGEST: Final = 2048


def refusal(url: str) -> str | None:
    """Why nothing can be delivered to this address, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"The url {url} is not valid"
    if not parts.hostname or parts.scheme not in ("http", "https") or len(url) > LONGEST:
        return f"The url {url} is not valid"
    if is_loopback(parts.hostname):
        return None
    if parts.scheme != "https":
        return "The url must use https"
    if (port or 443) not in PORTS:
        return f"The port {port} is not allowed"
    return None


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
