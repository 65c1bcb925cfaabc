"""Says in words how much is known of workflows, and what their statuses are called. Knows no Flask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from helpdesk_core.mapping.judgement import Subject
from helpdesk_core.mapping.vocabulary import Stored, UsedProject
from helpdesk_core.mapping.wording import listed
from helpdesk_core.values import Evidence, Workflow


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowledge:
    """How much is known of the workflow of one kind of issue."""

    kind: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownProject:
    """A project in use, with what is known of it kind by kind. Without kinds: it was not read yet."""

    name: str
    kinds: tuple[Knowledge, ...]


def knowledge_words(workflow: Workflow, names: Mapping[str, str]) -> str:
    """Say how much is known of a workflow."""
    total = len(workflow.status_ids)
    if not total:
        return "no status is known yet"
    dark = [status_name(id_, names) for id_ in workflow.status_ids if id_ not in workflow.explored]
    if len(dark) == total:
        return f"nothing yet: nobody has looked into {listed(dark)}"
    if not dark:
        return f"all {total} statuses {_how(workflow)}" if total > 1 else f"its one status {_how(workflow)}"
    return f"{_how(workflow)}: {total - len(dark)} of {total} statuses; nobody has looked into: {listed(dark)}"


def _how(workflow: Workflow) -> str:
    """Say where the ways out of the explored statuses are known from."""
    read = {step.from_id for step in workflow.steps if step.evidence is Evidence.KNOWN}
    learnt = {step.from_id for step in workflow.steps if step.evidence is Evidence.LEARNT} - read
    if not learnt & workflow.explored:
        return "read"
    return "read or seen on issues" if read & workflow.explored else "seen on issues"


def known_project(used: UsedProject, seen: list[Subject], names: Mapping[str, str]) -> KnownProject:
    """Say of a project in use what is known of each kind of its issues."""
    kinds = [
        Knowledge(kind=each.kind.name, words=knowledge_words(each.workflow, names))
        for each in seen
        if each.project.id == used.project.id
    ]
    return KnownProject(name=f"{used.project.key} {used.project.name}", kinds=tuple(kinds))


def status_names(stored: Stored) -> dict[str, str]:
    """Return status names by id; a name that several have gets the key of the project that owns the status."""
    shared = Counter(status.name for status in stored.statuses_in_use)
    keys = {used.project.id: used.project.key for used in stored.in_use}
    return {
        status.id: f"{status.name} ({keys[status.project_id]})"
        if shared[status.name] > 1 and status.project_id in keys
        else status.name
        for status in stored.all_statuses.values()
    }


def status_name(status_id: str, names: Mapping[str, str]) -> str:
    """Return the name of a status; of one that nobody has read yet, the number."""
    return names.get(status_id, f"status {status_id}")
