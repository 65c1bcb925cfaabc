"""Scripted health checks: they find what a test says, and note what they were asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from helpdesk_core.facets import HealthChecks
from helpdesk_core.values import (
    Examination,
    Finding,
    HealthRequest,
    ProbeRequest,
    Severity,
    Standing,
    Workspace,
)


def trouble(check: str, *, project: str = "", code: str = "bad", **more: object) -> Finding:
    """Return a finding that something is wrong."""
    usual = {"title": f"The {check}", "cause": f"The {check} is bad.", "cure": "Mend it."}
    return Finding(
        check=check,
        project_id=project,
        code=code,
        standing=Standing.TROUBLE,
        **{**usual, **more},  # type: ignore[arg-type]  # fields of a finding, whichever a test names
    )


def warning(check: str, **more: object) -> Finding:
    """Return a finding that something is not as good as it could be."""
    return trouble(check, severity=Severity.WARNING, **more)


@dataclass
class FakeHealth(HealthChecks):
    """All is well, but for what a test puts here."""

    found: list[Finding] = field(default_factory=list)
    """What is wrong: in place of the finding that it is well."""
    error: Exception | None = None
    """Raised by every question, as long as it is set."""
    workspace: Workspace | None = None
    answer: Finding = field(default_factory=lambda: Finding(check="probe", title="SUP", code="usable", cause="Use it."))
    asked: list[HealthRequest] = field(default_factory=list)
    probed: list[ProbeRequest] = field(default_factory=list)

    @property
    def projects(self) -> list[list[str]]:
        """The keys of the projects in each request."""
        return [[project.key for project in request.projects] for request in self.asked]

    def examine(self, request: HealthRequest) -> Examination:
        self.asked.append(request)
        if self.error:
            raise self.error
        ids = {"", *(project.id for project in request.projects)}
        bad = [each for each in self.found if each.project_id in ids]
        named = {(each.check, each.project_id) for each in bad}
        usual = [Finding(check="account", title="The account")]
        usual += [Finding(check="project", title=each.key, project_id=each.id) for each in request.projects]
        well = [each for each in usual if (each.check, each.project_id) not in named]
        return Examination(findings=(*bad, *well), workspace=self.workspace)

    def probe(self, request: ProbeRequest) -> Finding:
        self.probed.append(request)
        if self.error:
            raise self.error
        return self.answer
