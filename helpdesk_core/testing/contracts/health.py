"""Health checks: what is well is said to be well, and what is not says why and what mends it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from helpdesk_core.testing.connected import utc_now
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.values import Feature, Finding, HealthRequest, ProbeRequest, Standing

CHECK: Final = 100
"""How long a check's name may be, in characters; it is a key in the database."""
CODE: Final = 50


class HealthChecksContract(Contract):
    """Findings are well formed, stable by name, and never cry wolf."""

    hook = "helpdesk_health_checks"

    @reads("HealthChecks.examine", "Standing")
    def test_health_of_a_sound_connection_is_no_trouble(self, desk: Desk) -> None:
        """On a connection that works nothing is in trouble, whatever it is used for, and something is well."""
        for features in (frozenset(Feature), frozenset({Feature.READ})):
            findings = _examine(desk, features)
            told = [each for each in findings if each.standing is Standing.TROUBLE]
            assert told == [], f"a sound connection is told to be in trouble: {told}"
            assert any(each.standing is Standing.OK for each in findings) or not findings, "nothing is said to be well"

    @reads("HealthChecks.examine", "Finding")
    def test_health_tells_what_was_looked_at(self, desk: Desk) -> None:
        """There is a finding for each thing that was looked at, with a stable name, unique with its project."""
        findings = _examine(desk)
        names = Counter((each.check, each.project_id) for each in findings)
        assert names, "nothing was looked at"
        assert max(names.values()) == 1, f"a finding comes twice: {names.most_common(1)}"
        assert all(0 < len(each.check) <= CHECK and len(each.code) <= CODE for each in findings), "a name is too long"
        assert all(each.title.strip() for each in findings), "a finding does not say what was looked at"
        assert {each.project_id for each in findings} <= {"", desk.project.id}, "a project that was not asked for"

    @reads("HealthChecks.examine")
    def test_health_looked_at_twice_is_told_alike(self, desk: Desk) -> None:
        """Looking changes nothing: a second look has the same findings, by the same names."""
        first, second = _examine(desk), _examine(desk)
        assert {(each.check, each.standing) for each in first} == {(each.check, each.standing) for each in second}

    @reads("HealthChecks.probe", "ProbeRequest")
    def test_health_probe_knows_a_project_that_can_be_used(self, desk: Desk) -> None:
        """`probe` of a project that the account can see says that it can be used."""
        assert _probe(desk, desk.remote.project_key).standing is Standing.OK

    @reads("HealthChecks.probe")
    def test_health_probe_says_why_and_what_to_do(self, desk: Desk) -> None:
        """`probe` of what is not there is trouble with its cause and cure; text that is no key is no error."""
        for text in ("NOSUCHKEY", "not a key at all", "", "https://elsewhere.test/projects/1", "'; --"):
            told = _probe(desk, text)
            assert told.standing is not Standing.OK, f"{text!r} is told to be usable"
            assert told.cause.strip(), f"it does not say why {text!r} is missing"
            assert told.cure.strip(), f"it does not say what to do about {text!r}"


def _examine(desk: Desk, features: frozenset[Feature] = frozenset(Feature)) -> tuple[Finding, ...]:
    now = utc_now()
    asked = HealthRequest(
        connection=desk.connection,
        now=now,
        consented_at=now - timedelta(days=1),
        projects=(desk.project,),
        features=features & _useful(desk),
        thorough=True,
    )
    return desk.health.examine(asked).findings


def _useful(desk: Desk) -> frozenset[Feature]:
    """Return what a connection can be used for with the hooks that the plugin implements."""
    needs = {
        Feature.MOVE: desk.integration.ticket_gateway,
        Feature.CREATE: desk.integration.issue_creation,
        Feature.COMMENT: desk.integration.conversation,
        Feature.LISTEN: desk.integration.webhook_receiver,
    }
    return frozenset({Feature.READ, *(feature for feature, facet in needs.items() if facet is not None)})


def _probe(desk: Desk, text: str) -> Finding:
    return desk.health.probe(ProbeRequest(connection=desk.connection, text=text, features=_useful(desk)))
