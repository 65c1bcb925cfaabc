"""Changes that an admin makes to a site while the helpdesk is connected to it.

Each replaces the site's description by a changed copy and, where needed, moves its issues.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from plugins.jira.simulator.state import UnknownNameError
from plugins.jira.simulator.world import CATEGORY_KEYS, PERMISSIONS, Member

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from plugins.jira.simulator.state import LiveSite
    from plugins.jira.simulator.world import Project, Status, Transition, Workflow


class ChangeError(ValueError):
    """Jira would not allow this change; the message says what it needs."""


def rename_site(live: LiveSite, name: str) -> None:
    live.site = replace(live.site, name=name)


def rename_status(live: LiveSite, status_id: str, name: str) -> None:
    _change_status(live, status_id, lambda status: replace(status, name=name))


def recategorize_status(live: LiveSite, status_id: str, category: str) -> None:
    if category not in CATEGORY_KEYS:
        raise ChangeError(f'"{category}" is no category: write one of {", ".join(CATEGORY_KEYS)}')
    _change_status(live, status_id, lambda status: replace(status, category=category))


def delete_status(live: LiveSite, status_id: str, replacement: str) -> None:
    """Take a status out of every workflow; its issues move to `replacement`, as Jira asks for."""
    _find_status(live, status_id)
    for project in live.site.projects:
        for kind in project.issue_types:
            if kind.workflow.status(status_id) and not kind.workflow.status(replacement):
                raise ChangeError(
                    f"the workflow {kind.workflow.name} of {project.key} has no status "
                    f"{replacement} to replace {status_id}: name one of its own"
                )
    for issue in live.issues.values():
        if issue.status_id == status_id:
            issue.status_id = replacement
    live.index.replace_status(status_id, replacement)
    _change_workflows(live, lambda workflow: _without_status(workflow, status_id, replacement))


def remove_transition(live: LiveSite, workflow: str, transition: str, source: str | None) -> None:
    """Take a move out of a workflow, wherever that is used; with `source` only the way out of that status."""
    flows = [kind.workflow for project in live.site.projects for kind in project.issue_types]
    named = [flow for flow in flows if flow.name == workflow]
    if not named:
        raise UnknownNameError(f'the site {live.site.name} has no workflow "{workflow}"')
    moves = [each for flow in named for each in flow.transitions if transition in {each.id, each.name}]
    if not any(_leaves(each, source) for each in moves):
        raise UnknownNameError(f'the workflow {workflow} has no such transition "{transition}"')
    _change_workflows(
        live, lambda flow: _without_transition(flow, transition, source) if flow.name == workflow else flow
    )


def hide_project(live: LiveSite, key: str, account_id: str) -> None:
    change_project(live, key, lambda found: replace(found, hidden_from=found.hidden_from | {account_id}))


def show_project(live: LiveSite, key: str, account_id: str) -> None:
    change_project(live, key, lambda found: replace(found, hidden_from=found.hidden_from - {account_id}))


def archive_project(live: LiveSite, key: str) -> None:
    change_project(live, key, lambda found: replace(found, archived=True))


def restore_project(live: LiveSite, key: str) -> None:
    change_project(live, key, lambda found: replace(found, archived=False))


def switch_issue_linking(live: LiveSite, *, on: bool) -> None:
    live.site = replace(live.site, issue_linking=on)


def set_permissions(live: LiveSite, account_id: str, permissions: Collection[str], key: str | None) -> None:
    """What a member may do from now on: in one project, or in all that have no rule of their own."""
    unknown = sorted(set(permissions) - set(PERMISSIONS))
    if unknown:
        raise ChangeError(f'"{unknown[0]}" is no permission: write one of {", ".join(PERMISSIONS)}')
    if key is not None and live.project(key) is None:
        raise UnknownNameError(f'the site {live.site.name} has no project "{key}"')
    if live.site.member(account_id) is None:
        raise UnknownNameError(f"the account {account_id} is no member of the site {live.site.name}")
    granted = frozenset(permissions)

    def changed(member: Member) -> Member:
        if key is None:
            return replace(member, everywhere=granted)
        return replace(member, in_project={**member.in_project, key: granted})

    members = tuple(changed(each) if each.account == account_id else each for each in live.site.members)
    live.site = replace(live.site, members=members)


def remove_member(live: LiveSite, account_id: str) -> None:
    members = tuple(member for member in live.site.members if member.account != account_id)
    live.site = replace(live.site, members=members)


def add_member(live: LiveSite, account_id: str) -> None:
    if live.site.member(account_id) is not None:
        raise ChangeError(f"the account {account_id} is a member of the site {live.site.name} already")
    live.site = replace(live.site, members=(*live.site.members, Member(account=account_id)))


def _find_status(live: LiveSite, status_id: str) -> Status:
    for project in live.site.projects:
        for status in project.statuses():
            if status.id == status_id:
                return status
    raise UnknownNameError(f"the site {live.site.name} has no status with the id {status_id}")


def _change_status(live: LiveSite, status_id: str, change: Callable[[Status], Status]) -> None:
    _find_status(live, status_id)
    _change_workflows(
        live,
        lambda workflow: replace(
            workflow,
            statuses=tuple(change(status) if status.id == status_id else status for status in workflow.statuses),
        ),
    )


def _without_status(workflow: Workflow, status_id: str, replacement: str) -> Workflow:
    kept = []
    for transition in workflow.transitions:
        sources = transition.sources
        if sources is not None:
            sources = tuple(source for source in sources if source != status_id)
        if transition.target != status_id and sources != ():
            kept.append(replace(transition, sources=sources))
    return replace(
        workflow,
        statuses=tuple(status for status in workflow.statuses if status.id != status_id),
        initial=replacement if workflow.initial == status_id else workflow.initial,
        transitions=tuple(kept),
    )


def _leaves(transition: Transition, source: str | None) -> bool:
    return source is None or transition.open_from(source)


def _without_transition(workflow: Workflow, wanted: str, source: str | None) -> Workflow:
    kept = []
    for transition in workflow.transitions:
        if wanted not in {transition.id, transition.name} or not _leaves(transition, source):
            kept.append(transition)
        elif source is not None:
            before = transition.sources or tuple(status.id for status in workflow.statuses)
            if sources := tuple(each for each in before if each != source):
                kept.append(replace(transition, sources=sources))
    return replace(workflow, transitions=tuple(kept))


def _change_workflows(live: LiveSite, change: Callable[[Workflow], Workflow]) -> None:
    live.site = replace(
        live.site,
        projects=tuple(
            replace(
                project,
                issue_types=tuple(replace(kind, workflow=change(kind.workflow)) for kind in project.issue_types),
            )
            for project in live.site.projects
        ),
    )


def change_project(live: LiveSite, key: str, change: Callable[[Project], Project]) -> None:
    if live.project(key) is None:
        known = ", ".join(project.key for project in live.site.projects)
        raise UnknownNameError(f'the site {live.site.name} has no project "{key}"; it has {known}')
    live.site = replace(
        live.site,
        projects=tuple(change(project) if project.key == key else project for project in live.site.projects),
    )
