"""The world that the simulator plays, and whom the tour meets in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugins.demo.cast import AtlassianSite, Cast, JiraProject, JiraStatus, Person
from plugins.demo.seeding import ADMIN, AGENTS, CUSTOM_STATUS
from plugins.demo.serving import Running
from plugins.jira.simulator import World, WorldError, demo_world, parse_world, world_from_workflow
from plugins.jira.simulator.world import Account, Site


def read_world(file: Path | None) -> World:
    """Read a world, or build one around the workflow that the file holds; without a file, the demo world.

    Raises:
        WorldError: the file is neither; the message says where and how to mend it.
    """
    if file is None:
        return demo_world()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(f"{file} cannot be read ({error.strerror}): check the path") from error
    except ValueError as error:
        raise WorldError(f"{file} is not JSON: {error}") from error
    if not _is_workflow(content):
        return parse_world(content, folder=file.parent, source=file.name)
    try:
        return world_from_workflow(content)
    except (LookupError, TypeError) as error:
        raise WorldError(
            f"{file} looks like a workflow, but a status of it is not an object with id, name and category: mend that"
        ) from error


def pick_account(world: World) -> Account:
    """Return the account that connects: the first that may use the app and sees a project.

    Raises:
        WorldError: nobody in this world can connect a Jira site.
    """
    for account in world.accounts:
        may = account.active and (world.app.shared or account.id == world.app.owner)
        if may and any(site.projects for site in _jira_sites(world, account)):
            return account
    raise WorldError("nobody in this world can connect: give an account that may use the app a Jira site with projects")


def make_cast(here: Running, world: World) -> Cast:
    """Say whom and what a tour through this demo meets.

    Raises:
        WorldError: nobody in this world can connect a Jira site.
    """
    account = pick_account(world)
    sites = sorted(_jira_sites(world, account), key=lambda site: -len(site.projects))
    return Cast(
        helpdesk_url=here.helpdesk_url,
        atlassian_url=here.simulator.url,
        admin=ADMIN,
        agent=AGENTS[0],
        atlassian=Person(name=account.name, email=account.email, password=account.password),
        client_id=world.app.client_id,
        client_secret=world.app.client_secret,
        callback_url=here.callback_url,
        site=sites[0],
        elsewhere=sites[1].name if len(sites) > 1 else None,
        keeps=_is_demo(world),
        custom_status=CUSTOM_STATUS,
    )


def _is_demo(world: World) -> bool:
    """Whether this is the demo's own world, whatever address it is told to send people back to."""
    return world.sites == demo_world(world.app.callback_urls[0]).sites


def _is_workflow(content: Any) -> bool:
    return isinstance(content, dict) and {"statuses", "transitions"} <= content.keys() and "sites" not in content


def _jira_sites(world: World, account: Account) -> list[AtlassianSite]:
    return [_as_seen(site, account) for site in world.sites if "jira" in site.products and site.member(account.id)]


def _as_seen(site: Site, account: Account) -> AtlassianSite:
    member = site.member(account.id)
    projects = tuple(
        JiraProject(
            key=project.key,
            name=project.name,
            statuses=tuple(JiraStatus(id=s.id, name=s.name, category=s.category) for s in project.statuses()),
            permissions=member.in_project.get(project.key, member.everywhere),
        )
        for project in site.projects
        if not project.archived and member and member.may("BROWSE_PROJECTS", project)
    )
    return AtlassianSite(name=site.name, projects=projects)
