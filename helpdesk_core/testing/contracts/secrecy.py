"""Secrecy: no token, password, code or client secret appears where somebody could read it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from functools import partial
from typing import Final

from helpdesk_core.errors import IntegrationError
from helpdesk_core.testing.asking import Asked, outcome_of, questions_of
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.line import Trouble
from helpdesk_core.values import Failed

WEATHER: Final = (Trouble.ECHO, Trouble.DOWN, Trouble.NONSENSE)


class SecrecyContract(Contract):
    """Errors, values, logs and addresses are shown and kept, so they hold no secret."""

    @reads("TemporarilyUnavailable", "AuthorizationLost", "Rejected")
    def test_secrecy_of_errors(self, desk: Desk) -> None:
        """No error's words hold a secret, even where a proxy's page repeats the whole request."""
        spoken = list(_everything_said(desk, _Ear()))
        leaks = sorted({where for where, words in spoken if _holds(desk, words)})
        assert leaks == [], f"a secret stands in the error of {', '.join(leaks)}"

    @reads("Secret")
    def test_secrecy_of_values(self, desk: Desk) -> None:
        """What a facet returns shows no secret when it is printed: a token is a `Secret` wherever it stands."""
        shown = {"ConnectFlow.complete": repr(desk.authorized), "the connection": repr(desk.connection.workspace)}
        shown |= {each.name: repr(outcome_of(each.prepare(desk))) for each in questions_of(desk.integration)}
        leaks = sorted(name for name, text in shown.items() if _holds(desk, text))
        assert leaks == [], f"a secret is shown by the answer of {', '.join(leaks)}"

    @reads("Secret")
    def test_secrecy_of_logs(self, desk: Desk) -> None:
        """Nothing is logged that holds a secret, however much is logged."""
        ear = _Ear()
        for _ in _everything_said(desk, ear):
            pass
        logged = sorted({record.name for record in ear.heard if _holds(desk, _written(record))})
        assert logged == [], f"a secret was logged by {', '.join(logged)}"

    @reads("Secret")
    def test_secrecy_of_addresses(self, desk: Desk) -> None:
        """No secret is part of an address: addresses are logged by every proxy on the way."""
        for question in questions_of(desk.integration):
            outcome_of(question.prepare(desk))
        told = [each for each in desk.line.sent if any(secret in each.url for secret in desk.secrets)]
        where = sorted({f"{each.method} {each.url.partition('?')[0]}" for each in told if not _holds(desk, each.url)})
        assert told == [], f"a secret stands in the address of {len(told)} calls: {', '.join(where) or 'in the path'}"


class _Ear(logging.Handler):
    """Hears everything that is logged while the plugin is asked; what a Remote logs is its own affair."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record)

    def outcome_of(self, asked: Asked) -> object:
        """Ask with the log open to its last detail."""
        root = logging.getLogger()
        level = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        try:
            return outcome_of(asked)
        except Exception as error:  # noqa: BLE001 - it is no family, which other rules say; its words are never shown
            return error
        finally:
            root.removeHandler(self)
            root.setLevel(level)


def _everything_said(desk: Desk, ear: _Ear) -> Iterator[tuple[str, str]]:
    """Ask everything in bad weather and without authorization; yield what the errors say."""
    ready = [(question, question.prepare(desk)) for question in questions_of(desk.integration)]
    for trouble in WEATHER:
        asked = desk.ask_to_connect()
        given = desk.remote.consent(asked)
        with desk.line.suffering(trouble):
            yield "ConnectFlow.complete", _words(ear.outcome_of(partial(desk.come_back, asked, given)))
            for question, call in ready:
                yield question.name, _words(ear.outcome_of(call))
    desk.remote.revoke()
    for question, call in ready:
        yield question.name, _words(ear.outcome_of(call))


def _words(outcome: object) -> str:
    """Return all that an error could say somewhere: itself, and below it what it was raised from, as a log has it."""
    if isinstance(outcome, Failed):
        return outcome.detail
    if not isinstance(outcome, IntegrationError):
        return ""
    return f"{outcome!r} {vars(outcome)!r} {''.join(traceback.format_exception(outcome, limit=0))}"


def _holds(desk: Desk, text: str) -> bool:
    return any(secret in text for secret in (*desk.secrets, *_proofs(desk)))


def _proofs(desk: Desk) -> set[str]:
    """Return what proved us in the headers sent: a password may travel in another form than it was typed."""
    return {each.headers.get("Authorization", "").rpartition(" ")[2] for each in desk.line.sent} - {""}


def _written(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() + ("".join(traceback.format_exception(error)) if error else "")
