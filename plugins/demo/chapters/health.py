"""Seventh chapter: what goes wrong for good is named with its cause, mended by one button, and nothing is lost.

One step for each of the three things that break connections in earnest: the authorization, the projects, the
permissions. The first two are walked on any world, the last where tickets are linked. Warnings are left out of account:
a busy machine may well find that deliveries are late, and that is no failure of the tour.
"""

from __future__ import annotations

from typing import Final

from bs4 import Tag

from plugins.demo.browsing import text_of
from plugins.demo.cast import JiraProject
from plugins.demo.chapters import conversing
from plugins.demo.chapters.channels import ticket_about
from plugins.demo.chapters.keeping import change, standing, status, wait_until, wait_until_at
from plugins.demo.chapters.mapping import projects_in_use
from plugins.demo.pages import messages
from plugins.demo.stage import Stage, StepFailed, check, check_says

SEVERE: Final = '[data-standing="trouble"][data-severity="error"]'
TRANSITION: Final = "TRANSITION_ISSUES"
MENDED: Final = "All is well."


def renew_secret(stage: Stage) -> str:
    """Let the app's secret be renewed at Atlassian, and enter it where the Health page says"""
    browser, secret = stage.browser, f"{stage.cast.client_secret}-renewed"
    stage.backstage.let("change_app", client_secret=secret)
    stage.backstage.let("expire_access_tokens")
    waits = ""
    if stage.cast.keeps:
        _take_ticket(stage)
        change(stage, "In Progress")
        wait_until(stage, lambda: standing(stage) == "Waiting", "the change waits")
        waits = "; the change that waited arrived by itself"
    check("What is wrong", _look(stage), {"answers": "client_refused"})
    check_says(browser, "need attention")
    row = _row(stage, "answers")
    said = text_of(browser.one("[data-cause]", row))
    browser.follow("Check the set-up", within=row)
    browser.submit("Save", {"Secret": secret})
    check_says(browser, "Jira is set up.")
    check("What is wrong with the new secret", _look(stage), {})
    if stage.cast.keeps:
        wait_until(stage, lambda: _in_step_at(stage, "In Progress"), "the change that waited arrives")
    return f"“{said}” – the new secret was entered, and all is well{waits}"


def find_hidden_project(stage: Stage) -> str:
    """Let a project in use be hidden from the account, and find out why it is missing"""
    browser, cast = stage.browser, stage.cast
    project, hidden = _hidden_one(stage), {"site": stage.cast.site.name, "account": stage.cast.atlassian.email}
    is_only = len(cast.site.projects) == 1
    stage.backstage.let("hide_project", key=project.key, **hidden)
    wanted = {"projects": "none_visible"} if is_only else {f"project {project.key}": "hidden_or_gone"}
    check("What is wrong", _look(stage), wanted)
    browser.submit("Find out why", {"Its key, or its address in Jira": project.key})
    answer = browser.one("[data-probe]")
    check("The answer", answer["data-probe"], "absent_or_hidden")
    for words in (project.key, cast.atlassian.name, "“Browse projects”", "administrator"):
        _check_within(answer, words)
    stage.backstage.let("show_project", key=project.key, **hidden)
    _open_health(stage)
    browser.submit("Refresh" if is_only else "Look again", within=_row(stage, *wanted))
    check("What is wrong when it is shown again", _troubles(stage), {})
    return f"{project.key} is named, with what {cast.atlassian.name} needs and whom to ask; shown again, all is well"


def regain_permission(stage: Stage) -> str:
    """Let the account lose a permission, and see the work go on by itself once it is back"""
    browser, cast = stage.browser, stage.cast
    (project,) = (each for each in cast.site.projects if each.key == conversing.KIND[0])
    may = {"site": cast.site.name, "account": cast.atlassian.email, "project": project.key}
    stage.backstage.let("set_permissions", permissions=sorted(project.permissions - {TRANSITION}), **may)
    _take_ticket(stage)
    change(stage, "Waiting")
    wait_until(stage, lambda: standing(stage) == "Stopped", "the link is stopped")
    check("What is wrong", _look(stage), {f"permission.move {project.key}": "permission_missing"})
    row = _row(stage, f"permission.move {project.key}")
    for words in ("“Transition issues”", f"In {project.key}", "1 link waits for it."):
        _check_within(row, words)
    stage.backstage.let("set_permissions", permissions=sorted(project.permissions), **may)
    browser.submit("Look again", within=row)
    check("What is wrong when it is given back", _troubles(stage), {})
    wait_until_at(stage, "Waiting for Customer")
    return f"“Transition issues” in {project.key} was missed and one link waited; given back, it moved without a Retry"


STEPS: Final = (renew_secret, find_hidden_project, regain_permission)


# ── what the steps share ──────────────────────────────────────────────────────────────────────────────────────────────


def _open_health(stage: Stage) -> None:
    """Go to the Health page as a person does, from the page of the connection."""
    stage.browser.open(stage.connection_url())
    stage.browser.follow("Health")


def _look(stage: Stage) -> dict[str, str]:
    """Press Look now; return what is in trouble."""
    _open_health(stage)
    stage.browser.submit("Look now")
    found = _troubles(stage)
    if (MENDED in messages(stage.browser)) and found:
        raise StepFailed(f"the page says that all is well, and shows trouble: {', '.join(found)}")
    return found


def _troubles(stage: Stage) -> dict[str, str]:
    """Read what does not work from the Health page: check, with the project's key where it is about one → code."""
    keys = _keys(stage)
    return {
        f"{row['data-check']} {keys.get(str(row.get('data-project')), '')}".strip(): str(row["data-code"])
        for row in stage.browser.all(SEVERE)
    }


def _row(stage: Stage, check_and_key: str) -> Tag:
    """Find what the Health page says of a check."""
    name, _, key = check_and_key.partition(" ")
    numbers = [number for number, known in _keys(stage).items() if known == key]
    about = f'[data-project="{numbers[0]}"]' if numbers else ""
    return stage.browser.one(f'[data-check="{name}"]{about}{SEVERE}')


def _keys(stage: Stage) -> dict[str, str]:
    """Read the keys of the projects that stand on the Health page, by their numbers."""
    return {str(part["data-project"]): str(part["data-key"]) for part in stage.browser.all("[data-project][data-key]")}


def _hidden_one(stage: Stage) -> JiraProject:
    """Return a project in use of which the other steps do not tell, where there is one."""
    return projects_in_use(stage.cast)[:2][-1]


def _take_ticket(stage: Stage) -> None:
    """Go on with the ticket for which an issue was created."""
    stage.ticket = ticket_about(stage, conversing.TITLE)
    wait_until(stage, lambda: standing(stage) == "In step", "the link is in step")


def _in_step_at(stage: Stage, name: str) -> bool:
    return standing(stage) == "In step" and status(stage) == name


def _check_within(part: Tag, words: str) -> None:
    if words not in text_of(part):
        raise StepFailed(f"this does not say “{words}”: {text_of(part)}")
