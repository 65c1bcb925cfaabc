"""World files: what is read, and how a mistake is named with its place and its cure."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from plugins.jira.simulator import (
    Clock,
    WorldError,
    demo_world,
    large_world,
    load_world,
    parse_world,
    world_from_workflow,
)

WORLD: dict[str, Any] = {
    "app": {
        "client_id": "id",
        "client_secret": "secret",
        "callback_urls": ["http://127.0.0.1:1/cb"],
        "owner": "a1",
        "scopes": ["read:jira-work"],
    },
    "accounts": [{"id": "a1", "name": "Ann", "email": "ann@x.example", "password": "pw"}],
    "sites": [
        {
            "id": "11111111-1111-4111-8111-111111111111",
            "name": "one",
            "members": [{"account": "a1", "permissions": {"AAA": ["BROWSE_PROJECTS"]}}],
            "projects": [
                {
                    "key": "AAA",
                    "name": "First",
                    "issue_types": [{"id": "1", "name": "Task", "workflow": "w"}],
                }
            ],
            "issues": [{"project": "AAA", "issue_type": "Task", "summary": "x", "status": "Open"}],
        }
    ],
    "workflows": {
        "w": {
            "statuses": [{"id": "1", "name": "Open", "category": None}],
            "initial": "1",
            "transitions": [{"id": "11", "name": "Stay", "from": "any", "to": "1"}],
        }
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The world with one place changed; `path` as in `sites.0.projects.0.key`."""
    world = copy.deepcopy(WORLD)
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    node: Any = world
    for step in way:
        node = node[step]
    if isinstance(node, list) and last == len(node):
        node.append(value)
    elif value is ...:
        del node[last]
    else:
        node[last] = value
    return world


def second(**changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = WORLD["sites"][0]["projects"][0]
    return first | {"key": "BBB"} | changes


def test_reads_a_small_world() -> None:
    world = parse_world(WORLD)
    site = world.sites[0]
    workflow = site.projects[0].issue_types[0].workflow
    assert workflow.statuses[0].category == "undefined"
    assert workflow.transitions[0].sources is None
    assert site.projects[0].id == "10000"
    assert site.issues[0].status == "1"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("app.client_id", ..., r'at app: "client_id" is missing'),
        ("app.client_id", 5, r"at app.client_id: write text"),
        ("app.client_id", " ", r"at app.client_id: write some text"),
        ("app.owner", "zz", r'at app.owner: "zz" is no account id .* write one of a1'),
        ("app.access", "site", r'at app.access: "site" is no access type'),
        ("app.shared", "yes", r"at app.shared: write true or false"),
        ("app.colour", "red", r'at app: nothing reads "colour"'),
        ("accounts", {}, r"at accounts: write a list"),
        ("accounts.1", WORLD["accounts"][0], r"at accounts\[1\].id: \"a1\" is taken"),
        ("sites.0.id", "acme", r"at sites\[0\].id: a site's id is its cloud id"),
        ("sites.0.products", ["trello"], r"at sites\[0\].products\[0\]: \"trello\" is no product"),
        ("sites.0.members.0.account", "zz", r"at sites\[0\].members\[0\].account"),
        ("sites.0.members.0.permissions", {"ZZZ": []}, r'the site has no project "ZZZ"'),
        ("sites.0.members.0.permissions", {"*": ["FLY"]}, r'"FLY" is no permission'),
        ("sites.0.projects.0.style", "kanban", r"write one of company-managed, team-managed"),
        ("sites.0.projects.0.issue_types", [], r"at least one issue type"),
        ("sites.0.projects.0.issue_types.0.workflow", "v", r'"v" is no workflow'),
        ("sites.0.projects.1", second(key="AAA"), r"key AAA is taken by an earlier project"),
        ("sites.0.projects.1", second(style="team-managed"), r"shares its statuses with nobody"),
        ("sites.0.issues.0.status", "Gone", r"sites\[0\].issues\[0\].status"),
        ("sites.0.issues.0.project", "ZZZ", r'"ZZZ" is no project key'),
        ("workflows.w.initial", "7", r"at workflows.w.initial: \"7\" is no status id"),
        ("workflows.w.statuses.0.category", "todo", r'"todo" is no status category'),
        ("workflows.w.statuses.1", {"id": "1", "name": "X"}, r'the id "1" is taken'),
        ("workflows.w.transitions.0.to", "7", r"at workflows.w.transitions\[0\].to"),
        ("workflows.w.transitions.0.from", ["7"], r"transitions\[0\].from\[0\]"),
        ("workflows.w", {"file": "absent.json"}, r"at workflows.w.file: .*absent.json cannot"),
    ],
)
def test_names_the_place_and_the_cure(path: str, value: Any, words: str) -> None:
    with pytest.raises(WorldError, match=words):
        parse_world(changed(path, value), source="my.json")


def test_one_id_is_one_status_on_a_site() -> None:
    world = changed("sites.0.projects.1", second(issue_types=[{**TYPE, "workflow": "v"}]))
    world["workflows"]["v"] = {
        "statuses": [{"id": "1", "name": "Other", "category": "done"}],
        "initial": "1",
        "transitions": [],
    }
    with pytest.raises(WorldError, match='status id 1 is "Open"'):
        parse_world(world)


TYPE = {"id": "2", "name": "Bug", "workflow": "w"}


def test_an_issue_type_id_has_one_name_and_stands_once() -> None:
    with pytest.raises(WorldError, match="issue type id 1"):
        parse_world(changed("sites.0.projects.1", second(issue_types=[{**TYPE, "id": "1"}])))
    with pytest.raises(WorldError, match="stands twice"):
        parse_world(changed("sites.0.projects.0.issue_types.1", {**TYPE, "id": "1"}))


def test_a_workflow_can_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(WORLD["workflows"]["w"]), encoding="utf-8")
    place = tmp_path / "world.json"
    place.write_text(json.dumps(changed("workflows.w", {"file": "flow.json"})), encoding="utf-8")
    world = load_world(place)
    assert world.sites[0].projects[0].statuses()[0].name == "Open"


def test_a_file_that_is_absent_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"absent\.json cannot be read"):
        load_world(tmp_path / "absent.json")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(WorldError, match=r"bad\.json is not JSON"):
        load_world(tmp_path / "bad.json")


def test_the_demo_world_has_what_the_demo_shows() -> None:
    world = demo_world("http://127.0.0.1:5/cb")
    assert world.app.callback_urls == ("http://127.0.0.1:5/cb",)
    assert [site.name for site in world.sites] == ["acme", "beta", "acme-docs"]
    acme = {project.key: project for project in world.sites[0].projects}
    assert acme["OLD"].archived
    service = acme["SUP"].issue_types[0].workflow
    targets = {status.id: status.name for status in service.statuses}
    into_closed = [move for move in service.transitions if targets[move.target] == "Closed"]
    assert [[targets[source] for source in move.sources or ()] for move in into_closed] == [["Resolved"]]
    assert all(move.name not in targets.values() for move in service.transitions)
    web, mobile = acme["WEB"].statuses(), acme["MOB"].statuses()
    assert {s.name for s in web} < {s.name for s in mobile}
    assert {s.id for s in web}.isdisjoint(s.id for s in mobile)


def test_a_large_world_is_as_large_as_told() -> None:
    site = large_world(projects=500, statuses=2000).sites[0]
    assert len(site.projects) == 500
    assert len({status.id for project in site.projects for status in project.statuses()}) == 2000
    assert {project.style for project in site.projects} == {"classic", "next-gen"}


def test_a_world_around_one_workflow() -> None:
    world = world_from_workflow(WORLD["workflows"]["w"], callback_url="http://127.0.0.1:5/cb")
    assert world.app.callback_urls == ("http://127.0.0.1:5/cb",)
    assert world.sites[0].projects[0].key == "REAL"
    team = world_from_workflow(WORLD["workflows"]["w"], team_managed=True)
    assert team.sites[0].projects[0].team_managed


def test_a_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="positive"):
        Clock().advance(-1)
