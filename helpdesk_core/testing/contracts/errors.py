"""The three families: whatever comes back, the helpdesk must know what to do next. For every question alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from helpdesk_core.errors import AuthorizationLost, IntegrationError, TemporarilyUnavailable
from helpdesk_core.testing.asking import Question, outcome_of, questions_of
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.line import OUTAGES, RETRY_AFTER_S, UNREADABLE, Trouble

CALLS_AT_MOST: Final = 6
"""In how many places one question is broken off: further ones are pages like those before."""


class ErrorsContract(Contract):
    """Every question ends in a whole answer or in the family that fits, never in another exception."""

    @reads("TemporarilyUnavailable")
    def test_errors_outage_is_temporary(self, desk: Desk) -> None:
        """When nobody answers, no answer comes in time, or a proxy answers 503: `TemporarilyUnavailable`."""
        wrong = [
            f"{question.name}, {trouble}: {told(outcome)}"
            for question, trouble, outcome in _asked_in(desk, OUTAGES)
            if not isinstance(outcome, TemporarilyUnavailable)
        ]
        assert wrong == [], _listed("an outage must be TemporarilyUnavailable", wrong)

    @reads("TemporarilyUnavailable")
    def test_errors_limit_says_how_long(self, desk: Desk) -> None:
        """A 429 is `TemporarilyUnavailable` with `retry_after`, and is no outage: the remote system is well."""
        wrong = [
            f"{question.name}: {told(outcome)}"
            for question, _, outcome in _asked_in(desk, (Trouble.BUSY,))
            if not isinstance(outcome, TemporarilyUnavailable)
            or (outcome.retry_after, outcome.is_outage) != (RETRY_AFTER_S, False)
        ]
        rule = f"429 with Retry-After: {RETRY_AFTER_S} must be TemporarilyUnavailable, retry_after=7, is_outage=False"
        assert wrong == [], _listed(rule, wrong)

    @reads("TemporarilyUnavailable", "Rejected")
    def test_errors_nonsense_is_no_answer(self, desk: Desk) -> None:
        """A page, JSON of another kind or nothing in place of an answer is an error, and loses no authorization.

        Where there is nothing to read in an answer (a move, a deletion), its status may be believed.
        """
        wrong = [
            f"{question.name}, {trouble}: {told(outcome)}"
            for question, trouble, outcome in _asked_in(desk, UNREADABLE)
            if isinstance(outcome, AuthorizationLost)
            or (question.answers and not isinstance(outcome, IntegrationError))
        ]
        assert wrong == [], _listed("nonsense must be one of the families, and not AuthorizationLost", wrong)

    @reads("StatusVocabulary.read", "TicketGateway.changed")
    def test_errors_half_an_answer_is_none(self, desk: Desk) -> None:
        """Where an answer takes several calls and one fails, there is no answer: half of one would be believed."""
        wrong = [
            f"{question.name}, broken off after {after} calls: {told(outcome)}"
            for question in questions_of(desk.integration)
            for after, outcome in _broken_off(desk, question)
            if not isinstance(outcome, TemporarilyUnavailable)
        ]
        assert wrong == [], _listed("an answer that was broken off must be TemporarilyUnavailable", wrong)

    @reads("AuthorizationLost")
    def test_errors_refused_credentials_are_told(self, desk: Desk) -> None:
        """When the authorization was taken back, every question is `AuthorizationLost`: only a person can mend it."""
        ready = [(question, question.prepare(desk)) for question in questions_of(desk.integration)]
        desk.remote.revoke()
        outcomes = [(question, outcome_of(asked)) for question, asked in ready]
        wrong = [f"{question.name}: {told(each)}" for question, each in outcomes if not _is_lost(each)]
        assert wrong == [], _listed("refused credentials must be AuthorizationLost", wrong)


def told(outcome: object) -> str:
    """Name an outcome, without what may be secret in it."""
    if isinstance(outcome, TemporarilyUnavailable):
        return f"TemporarilyUnavailable(retry_after={outcome.retry_after}, is_outage={outcome.is_outage})"
    return type(outcome).__name__ if isinstance(outcome, IntegrationError) else f"an answer ({type(outcome).__name__})"


def _is_lost(outcome: object) -> bool:
    return isinstance(outcome, AuthorizationLost)


def _asked_in(desk: Desk, troubles: Iterable[Trouble]) -> Iterator[tuple[Question, Trouble, object]]:
    """Ask every question in each trouble. One that makes no call at all is left out: it cannot notice."""
    for question in questions_of(desk.integration):
        for trouble in troubles:
            asked = question.prepare(desk)
            before = len(desk.line.sent)
            with desk.line.suffering(trouble):
                outcome = outcome_of(asked)
            if len(desk.line.sent) > before:
                yield question, trouble, outcome


def _broken_off(desk: Desk, question: Question) -> Iterator[tuple[int, object]]:
    """Ask a question again and again, and break it off one call later each time, until it is answered whole."""
    for after in range(1, CALLS_AT_MOST):
        asked = question.prepare(desk)
        before = len(desk.line.sent)
        with desk.line.suffering(Trouble.BROKEN, after=after):
            outcome = outcome_of(asked)
        if len(desk.line.sent) - before <= after:
            return
        yield after, outcome


def _listed(rule: str, wrong: list[str]) -> str:
    return "\n  ".join([f"{rule}, but:", *wrong])
