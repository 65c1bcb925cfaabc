"""The doctor's checks of the public address: whether remote systems can deliver there, and who answers.

A wrong address is noticed late otherwise: consent comes back to nowhere, and deliveries never arrive.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import requests

from helpdesk_core.operations import findings
from helpdesk_core.operations.results import Result
from helpdesk_core.outbound import new_session

PATIENCE_S: Final = 5
LARGEST_ANSWER: Final = 4096
"""Bytes that are read: ours is shorter, and a stranger's may have no end."""
INWARD: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
PATH: Final = "/healthz"


def check_address(base_url: str, *, nothing_connected: bool) -> Iterator[Result]:
    """Look whether the internet could deliver to this address, by its looks."""
    url, reason = shown(base_url), _why_shut(base_url)
    if not reason:
        yield findings.ADDRESS_OK.result(url=url)
    elif nothing_connected:
        yield findings.ADDRESS_ENOUGH.result(url=url)
    else:
        yield findings.ADDRESS_SHUT.result(url=url, reason=reason)


def check_answer(base_url: str, instance: str) -> Iterator[Result]:
    """Ask the address for its name, and see whether it is that of this installation."""
    url = shown(base_url)
    try:
        with new_session() as http:
            http.trust_env = not is_of_this_machine(urlsplit(base_url).hostname or "")  # no proxy leads back to us
            with http.get(base_url + PATH, timeout=PATIENCE_S, allow_redirects=False, stream=True) as answer:
                yield _judged(answer, url, instance)
    except requests.RequestException as error:
        yield _unreachable(error, url)


def is_of_this_machine(host: str) -> bool:
    """Tell whether a host name is this machine's own."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """Return an address without the password that somebody may have put into it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _why_shut(base_url: str) -> str:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_of_this_machine(host):
        return "it is this machine's own"
    if _is_inward(host):
        return "it belongs to a private network"
    return "" if parts.scheme == "https" else "it is not https"


def _is_inward(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(INWARD)


def _judged(answer: requests.Response, url: str, instance: str) -> Result:
    status = answer.status_code
    if answer.is_redirect:
        return findings.ANSWER_ELSEWHERE.result(url=url, location=_without_query(answer.headers["Location"]))
    if status in {502, 503, 504}:
        return findings.ANSWER_BEHIND.result(url=url, status=status)
    name = _name_in(next(answer.iter_content(LARGEST_ANSWER), b"")) if answer.ok else None
    if name is None:
        return findings.ANSWER_STRANGER.result(url=url)
    return (findings.ANSWER_OK if name == instance else findings.ANSWER_OTHER).result(url=url)


def _name_in(body: bytes) -> str | None:
    """Return the instance that an answer names; None where it is not one of a helpdesk."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    name = told.get("instance") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


def _unreachable(error: requests.RequestException, url: str) -> Result:
    causes = list(_causes(error))
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return findings.ANSWER_REFUSED.result(url=url)
    return findings.ANSWER_UNREACHABLE.result(url=url, reason=_reason(error, causes))


def _reason(error: requests.RequestException, causes: list[BaseException]) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted, or it does not speak https"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy of the environment (HTTPS_PROXY) does not let it through"
    if isinstance(error, requests.Timeout):
        return f"no answer within {PATIENCE_S} seconds"
    if any("resol" in type(cause).__name__.lower() or "gaierror" in type(cause).__name__ for cause in causes):
        return "the host name has no address"
    return f"the connection ends early ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk through what an error of requests hides: some of it is its cause, some its argument."""
    found = [error]
    for each in found:
        yield each
        hidden = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        found += [one for one in hidden if isinstance(one, BaseException) and one not in found]


def _without_query(location: str) -> str:
    return shown(location).partition("?")[0]
