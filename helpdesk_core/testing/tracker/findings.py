"""The words for what is found of a connection's health: one cause each, and what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from helpdesk_core.values import ConnectionView, Feature, Finding, Remedy, RemoteProject, Severity, Standing

KEY: Final = re.compile(r"[A-Z][A-Z0-9]{1,9}")
OWNER: Final = "Ask an owner of the project"
TITLES: Final = {"account": "The account can use the tracker"}


@dataclass(frozen=True)
class Need:
    """A permission in a project, and what it is needed for."""

    permission: str
    feature: Feature
    words: str

    @property
    def check(self) -> str:
        """The name of the check."""
        return f"permission.{self.permission}"


NEEDS: Final = (
    Need("move", Feature.MOVE, "Issues can be moved"),
    Need("create", Feature.CREATE, "Issues can be created"),
    Need("comment", Feature.COMMENT, "Comments can be written"),
    Need("listen", Feature.LISTEN, "Changes are told"),
)


def account(name: str) -> Finding:
    """The account is well."""
    return Finding(check="account", title=TITLES["account"], cause=f"It acts as {name}.")


def locked(name: str) -> Finding:
    """Somebody locked the account."""
    return Finding(
        check="account",
        title=TITLES["account"],
        standing=Standing.TROUBLE,
        code="account_locked",
        cause=f"The tracker has locked the account {name}.",
        cure="Let an administrator of the tracker unlock it.",
    )


def no_access(reason: str) -> Finding:
    """The account has no place in the workspace any more."""
    return Finding(
        check="account",
        title=TITLES["account"],
        standing=Standing.TROUBLE,
        code="no_access",
        cause=f"The account may not enter the workspace. {reason}",
        cure="Let an administrator of the workspace add the account again.",
    )


def overview(count: int, archived_: int) -> Finding:
    """Say how many projects the account sees."""
    if not count:
        return Finding(
            check="projects",
            title="Projects can be seen",
            standing=Standing.TROUBLE,
            code="none_visible",
            cause="The account sees no project.",
            cure=f"{OWNER} that you want to use to add the account.",
        )
    return Finding(check="projects", title="Projects can be seen", cause=f"{count} found, {archived_} archived.")


def overview_unknown() -> Finding:
    """Nobody could count the projects."""
    return Finding(check="projects", title="Projects can be seen", standing=Standing.UNKNOWN)


def seen(project: RemoteProject, standing: Standing = Standing.OK) -> Finding:
    """The project is there."""
    return Finding(check="project", title=f"{project.key} can be used", standing=standing, project_id=project.id)


def hidden(project: RemoteProject) -> Finding:
    """The project is gone or hidden: the tracker answers the same to both."""
    return Finding(
        check="project",
        title=f"{project.key} can be used",
        standing=Standing.TROUBLE,
        code="project_hidden",
        cause=f"{project.key} was deleted, or the account may not see it: the tracker answers the same to both.",
        cure=f"{OWNER} to add the account, or choose other projects.",
        remedy=Remedy.CHOOSE_PROJECTS,
        project_id=project.id,
    )


def archived(project: RemoteProject) -> Finding:
    """The project was put away."""
    return Finding(
        check="project",
        title=f"{project.key} can be used",
        standing=Standing.TROUBLE,
        code="project_archived",
        cause=f"{project.key} is archived: nothing can be changed in it.",
        cure=f"{OWNER} to restore it, or choose other projects.",
        remedy=Remedy.CHOOSE_PROJECTS,
        project_id=project.id,
    )


def permission(project: RemoteProject, need: Need, standing: Standing = Standing.OK) -> Finding:
    """A permission is there, or not needed, or not known."""
    title = f"{need.words} in {project.key}"
    return Finding(check=need.check, title=title, standing=standing, project_id=project.id)


def permission_missing(project: RemoteProject, need: Need, connection: ConnectionView) -> Finding:
    """A permission is missing that is needed. Without deliveries all works, but slower."""
    return Finding(
        check=need.check,
        title=f"{need.words} in {project.key}",
        standing=Standing.TROUBLE,
        code=f"{need.permission}_missing",
        cause=f"The account lacks the permission “{need.permission}” in {project.key}.",
        cure=f"{OWNER} to give the account the permission “{need.permission}”.",
        severity=Severity.WARNING if need.feature is Feature.LISTEN else Severity.ERROR,
        project_id=project.id,
        url=f"{connection.workspace.url}/projects/{project.key}/people",
    )


# ── what is said of a project that somebody asks for ──


def key_in(text: str) -> str:
    """Return the key that a person means by a key, an issue's key or an address; empty: there is none."""
    text = text.strip()
    try:
        parts = urlsplit(text).path.rstrip("/").rsplit("/", 1) if "://" in text else [text]
    except ValueError:
        return ""
    key = parts[-1].partition("-")[0].upper()
    return key if key.isascii() and KEY.fullmatch(key) else ""


def not_a_key() -> Finding:
    """What was typed cannot be a key."""
    return Finding(
        check="probe",
        title="This project",
        standing=Standing.TROUBLE,
        code="not_a_key",
        cause="What you typed is not the key of a project.",
        cure="A key has two to ten letters and digits, such as ACME; it stands before the number of each issue.",
    )


def absent_or_hidden(key: str) -> Finding:
    """There is nothing, or nothing for us."""
    return Finding(
        check="probe",
        title=key,
        standing=Standing.TROUBLE,
        code="absent_or_hidden",
        cause=f"There is no project {key}, or the account may not see it: the tracker answers the same to both.",
        cure=f"{OWNER} to add the account.",
    )


def probed_archived(key: str) -> Finding:
    """It was put away."""
    return Finding(
        check="probe",
        title=key,
        standing=Standing.TROUBLE,
        code="project_archived",
        cause=f"{key} is archived: nothing can be changed in it.",
        cure=f"{OWNER} to restore it.",
    )


def usable_in_part(key: str, missing: Iterable[Need]) -> Finding:
    """Some permissions are missing."""
    names = ", ".join(each.permission for each in missing)
    return Finding(
        check="probe",
        title=key,
        standing=Standing.TROUBLE,
        code="usable_in_part",
        cause=f"The account lacks permissions in {key}: {names}.",
        cure=f"{OWNER} to give the account: {names}.",
    )


def usable(key: str) -> Finding:
    """It is there; the list was older."""
    return Finding(check="probe", title=key, code="usable", cause=f"{key} can be used.", remedy=Remedy.REFRESH_PROJECTS)
