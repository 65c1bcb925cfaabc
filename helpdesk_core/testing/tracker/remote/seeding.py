"""The two workspaces that every tracker begins with: large enough that paging, owned statuses and screens are real."""

from __future__ import annotations

from typing import Final

from helpdesk_core.testing.tracker.remote.records import Edge, Field, Kind, Project, Site, Status

ROOT: Final = "https://tracker.test"
LAST_PROJECT: Final = 34
"""Projects are p-1 to p-34: two pages of twenty."""

SHARED: Final = (
    Status("todo", "To do", "todo"),
    Status("doing", "In progress", "doing"),
    Status("review", "In review", "doing"),
    Status("hold", "On hold", None),
    Status("done", "Done", "done"),
    Status("dropped", "Dropped", "done"),
)

RESOLUTION: Final = Field(
    "resolution", "Resolution", "option", required=True, options=(("fixed", "Fixed"), ("known", "Known already"))
)
CAUSE: Final = Field("cause", "Cause", required=True)
NOTE: Final = Field("note", "Note")

TASK: Final = (
    Edge("t-start", "Start", "todo", "doing"),
    Edge("t-back", "Put back", "doing", "todo"),
    Edge("t-show", "Ask for review", "doing", "review", (NOTE,)),
    Edge("t-accept", "Accept", "review", "done", (RESOLUTION, NOTE)),
    Edge("t-again", "Reopen", "done", "doing"),
    Edge("t-park", "Park", None, "hold"),
    Edge("t-resume", "Resume", "hold", "doing"),
)
BUG: Final = (
    Edge("b-start", "Start", "todo", "doing"),
    Edge("b-solve", "Solve", "doing", "done", (CAUSE,)),
    Edge("b-drop", "Drop", "todo", "dropped"),
    Edge("b-again", "Reopen", "done", "todo"),
)
PLAIN: Final = (
    Edge("p-start", "Start", "todo", "doing"),
    Edge("p-finish", "Finish", "doing", "done"),
    Edge("p-again", "Reopen", "done", "todo"),
)

PRIORITY: Final = Field("priority", "Priority", "option", options=(("high", "High"), ("low", "Low")))
OWNER: Final = Field("owner", "Owner", "person")
PICTURE: Final = Field("picture", "Picture", "file")
SEVERITY: Final = Field("severity", "Severity", "option", required=True, options=(("bad", "Bad"), ("mild", "Mild")))


def _main(id_: str, key: str, name: str) -> Project:
    """Return a project with two kinds of issue, each with a workflow and a form of its own."""
    task = Kind("task", "Task", ("todo", "doing", "review", "hold", "done"), TASK, (PRIORITY, OWNER, PICTURE))
    bug = Kind("bug", "Bug", ("todo", "doing", "done", "dropped"), BUG, (SEVERITY, PRIORITY, OWNER))
    return Project(id_, key, name, {"task": task, "bug": bug})


def _plain(id_: str, key: str, name: str) -> Project:
    """Return a project of shared statuses."""
    return Project(id_, key, name, {"task": Kind("task", "Task", ("todo", "doing", "done"), PLAIN)})


def _own(id_: str, key: str, name: str) -> tuple[Project, tuple[Status, ...]]:
    """Return a project with statuses of its own, which bear the same names as elsewhere."""
    begun = Status(f"{id_}-todo", "To do", "todo", id_)
    ended = Status(f"{id_}-done", "Done", "done", id_)
    edges = (
        Edge(f"{id_}-finish", "Finish", begun.id, ended.id),
        Edge(f"{id_}-again", "Reopen", ended.id, begun.id),
    )
    kind = Kind("card", "Card", (begun.id, ended.id), edges)
    return Project(id_, key, name, {kind.id: kind}, owns_statuses=True), (begun, ended)


def _site(id_: str, name: str, projects: list[Project], statuses: tuple[Status, ...]) -> Site:
    return Site(
        id=id_,
        name=name,
        url=f"{ROOT}/w/{id_}",
        statuses={each.id: each for each in statuses},
        projects={each.id: each for each in projects},
    )


def acme() -> Site:
    """Make the first workspace: p-1 is its main project, p-3 has statuses of its own, p-4 is archived."""
    projects = [_main("p-1", "ACME", "Acme"), _plain("p-2", "OPS", "Operations")]
    statuses: tuple[Status, ...] = SHARED
    for number in range(3, LAST_PROJECT + 1):
        key = {3: "DES", 4: "OLD"}.get(number, f"TEAM{number}")
        if number % 3 == 0:
            project, own = _own(f"p-{number}", key, f"Team {number}")
            statuses += own
        else:
            project = _plain(f"p-{number}", key, f"Team {number}")
        project.archived = key == "OLD"
        projects.append(project)
    return _site("w-1", "Acme", projects, statuses)


def beta() -> Site:
    """Make the second workspace, a small one."""
    return _site("w-2", "Beta", [_main("q-1", "BETA", "Beta"), _plain("q-2", "LAB", "Laboratory")], SHARED)
