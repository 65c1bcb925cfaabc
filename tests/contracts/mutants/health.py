"""Mistakes with what is found of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.tracker.client import Client
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    Examination,
    Feature,
    Finding,
    HealthRequest,
    ProbeRequest,
    RemoteProject,
    Severity,
    Standing,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
SOUND = "test_health_of_a_sound_connection_is_no_trouble"
TELLS = "test_health_tells_what_was_looked_at"
ALIKE = "test_health_looked_at_twice_is_told_alike"
USABLE = "test_health_probe_knows_a_project_that_can_be_used"
WHY = "test_health_probe_says_why_and_what_to_do"


@BED.plant(SOUND)
class CriesWolf(TrackerHealth):
    """It warns of a token that will end, which the helpdesk renews by itself."""

    def examine(self, request: HealthRequest) -> Examination:
        found = super().examine(request)
        warning = Finding(
            check="token",
            title="The token lasts",
            standing=Standing.TROUBLE,
            severity=Severity.WARNING,
            cause="It ends within the hour.",
        )
        return replace(found, findings=(*found.findings, warning))


@BED.plant(SOUND)
class MissesTheUnused(TrackerHealth):
    """It calls it trouble where something is not used."""

    def permissions(self, told: Told, request: HealthRequest, project: RemoteProject) -> Iterator[Finding]:
        for each in super().permissions(told, request, project):
            is_unused = each.check == "permission.create" and Feature.CREATE not in request.features
            yield replace(each, standing=Standing.TROUBLE) if is_unused else each


@BED.plant(SOUND)
class KnowsNothing(TrackerHealth):
    """It says of everything that it could not be looked at."""

    def examine(self, request: HealthRequest) -> Examination:
        found = super().examine(request)
        return replace(found, findings=tuple(replace(each, standing=Standing.UNKNOWN) for each in found.findings))


@BED.plant(TELLS)
class OneName(TrackerHealth):
    """It gives one name to all permissions."""

    def permissions(self, told: Told, request: HealthRequest, project: RemoteProject) -> Iterator[Finding]:
        return (replace(each, check="permission") for each in super().permissions(told, request, project))


@BED.plant(TELLS)
class NoTitle(TrackerHealth):
    """It does not say what it looked at."""

    def projects(self, client: Client, request: HealthRequest) -> Iterator[Finding]:
        return (replace(each, title="") for each in super().projects(client, request))


@BED.plant(TELLS)
class ProjectByKey(TrackerHealth):
    """It names a project by its key."""

    def projects(self, client: Client, request: HealthRequest) -> Iterator[Finding]:
        return (replace(each, project_id="ACME") for each in super().projects(client, request))


@BED.plant(ALIKE)
class NamedByTheMoment(TrackerHealth):
    """It puts the moment into a check's name."""

    def examine(self, request: HealthRequest) -> Examination:
        found = super().examine(request)
        named = (replace(each, check=f"{each.check}.{request.now:%H%M%S%f}") for each in found.findings)
        return replace(found, findings=tuple(named))


@BED.plant(USABLE)
class LooksForTheName(TrackerHealth):
    """It looks for a project by its name where a key was typed."""

    def probe(self, request: ProbeRequest) -> Finding:
        found = super().probe(request)
        return replace(found, standing=Standing.UNKNOWN) if found.standing is Standing.OK else found


@BED.plant(WHY)
class NoCure(TrackerHealth):
    """It says why a project is missing, and not what to do."""

    def probe(self, request: ProbeRequest) -> Finding:
        return replace(super().probe(request), cure="")


@BED.plant(WHY)
class RefusesText(TrackerHealth):
    """It raises where text is no key."""

    def probe(self, request: ProbeRequest) -> Finding:
        found = super().probe(request)
        if found.code == "not_a_key":
            raise Rejected(found.cause, cure=found.cure, code="not_a_key")
        return found


@BED.plant(WHY)
class UsesWhatIsNotThere(TrackerHealth):
    """It calls a key usable because it looks like one."""

    def probe(self, request: ProbeRequest) -> Finding:
        found = super().probe(request)
        return replace(found, standing=Standing.OK) if found.code == "absent_or_hidden" else found
