"""How a Jira site stands: each cause is found by the answers that mean it, and nothing else is blamed for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    Feature,
    Finding,
    HealthRequest,
    ProbeRequest,
    Remedy,
    RemoteProject,
    SettingsMap,
    Severity,
    Standing,
    Workspace,
)
from plugins.jira import findings as say
from plugins.jira.health import JiraHealthChecks
from plugins.jira.needs import PERMISSIONS, SCOPES
from plugins.jira.probing import key_in
from plugins.jira.scopes import READ_WORKFLOWS
from tests.jira.atlassian import (
    CLOUD_ID,
    EXPIRED_401,
    GATEWAY_404,
    JIRA_404,
    JIRA_ENTRY,
    MYSELF,
    NOW,
    REST,
    SCOPE_401,
    SETTINGS,
    SITE,
    SITES_URL,
    connection,
    credentials,
)

checks = JiraHealthChecks()
SUP = RemoteProject(id="10000", key="SUP", name="Support")
WEB = RemoteProject(id="10001", key="WEB", name="Web")
ALL = tuple(each.key for each in PERMISSIONS)
JIRA_403 = {"errorMessages": ["You are not allowed."], "errors": {}}
WANTS_WORKFLOWS: SettingsMap = {**SETTINGS, "read_workflows": "yes"}


def having(*names: str) -> dict[str, Any]:
    """An answer of ``/mypermissions``."""
    asked = (*ALL, "ADMINISTER")
    return {"permissions": {name: {"id": "1", "key": name, "havePermission": name in names} for name in asked}}


def without(*names: str) -> dict[str, Any]:
    return having(*(set(ALL) - set(names)))


def listed(*projects: dict[str, Any]) -> dict[str, Any]:
    return {"values": list(projects), "isLast": True}


def entry(project: RemoteProject, **more: object) -> dict[str, Any]:
    return {"id": project.id, "key": project.key, "name": project.name, **more}


@pytest.fixture
def site(requests_mock: Mocker) -> Mocker:
    """A site where all is well; a test lets it answer otherwise."""
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    requests_mock.get(f"{REST}/mypermissions", json=having(*ALL))
    requests_mock.get(f"{REST}/data-policy", json={"anyContentBlocked": False})
    requests_mock.get(f"{REST}/data-policy/project", json={"projectDataPolicies": []})
    requests_mock.get(f"{REST}/project/search", json=listed(entry(SUP), entry(WEB)))
    return requests_mock


def look(
    *projects: RemoteProject, scopes: str | None = None, settings: SettingsMap = SETTINGS, **changes: Any
) -> dict[tuple[str, str], Finding]:
    """Examine the site, and return what was found by check and project; that nothing is named twice is asserted."""
    here = connection(settings=settings)
    if scopes is not None:
        here = replace(here, credentials=credentials(scopes=frozenset(scopes.split())))
    usual: dict[str, Any] = {"connection": here, "now": NOW, "consented_at": NOW, "projects": projects}
    found = checks.examine(HealthRequest(**(usual | changes))).findings
    by_name = {(each.check, each.project_id): each for each in found}
    assert len(by_name) == len(found), found
    return by_name


def blamed(found: dict[tuple[str, str], Finding]) -> dict[str, str]:
    """Return what is in trouble, by the code that tells why."""
    return {each.check: each.code for each in found.values() if each.standing is Standing.TROUBLE}


def unknown(found: dict[tuple[str, str], Finding]) -> set[str]:
    return {each.check for each in found.values() if each.standing is Standing.UNKNOWN}


def permissions_of(project: RemoteProject) -> set[tuple[str, str]]:
    return {(each.check, project.id) for each in PERMISSIONS}


OF_PROJECT = {"project", *(each.check for each in PERMISSIONS)}


# ── all is well ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_all_is_well_every_check_says_so(site: Mocker) -> None:
    found = look(SUP, WEB, thorough=True)
    assert (blamed(found), unknown(found)) == ({}, set())
    assert {check for check, project in found if not project} == {
        *("consent", "site", "account", "policy", "projects"),
        *(f"scope.{scope}" for scope in SCOPES),
    }
    assert {check for check, project in found if project == WEB.id} == OF_PROJECT
    assert found["account", ""].cause == "It acts as Helpdesk Robot."
    assert found["projects", ""].cause == "2 found: 2 active, 0 archived."


def test_a_look_in_passing_costs_three_calls_and_one_for_each_project(site: Mocker) -> None:
    look(SUP)
    paths = [request.path.rpartition("/")[2] for request in site.request_history]
    assert paths == ["accessible-resources", "myself", "mypermissions", "project"]
    assert site.request_history[2].qs["projectid"] == [SUP.id]


def test_a_site_that_was_renamed_is_told_and_is_no_trouble(site: Mocker) -> None:
    site.get(SITES_URL, json=[{**JIRA_ENTRY, "name": "acme2", "url": "https://acme2.atlassian.net"}])
    found = checks.examine(HealthRequest(connection=connection(), now=NOW, consented_at=NOW))
    assert found.workspace == Workspace(id=CLOUD_ID, name="acme2", url="https://acme2.atlassian.net")
    (of_site,) = (each for each in found.findings if each.check == "site")
    assert of_site.standing is Standing.OK
    assert of_site.cause == "acme2, https://acme2.atlassian.net. It was called acme before."


# ── the app ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "code", "words"),
    [(299, None, ""), (300, "consent_old", "in 65 days"), (400, "consent_old", "at any time")],
)
def test_a_consent_is_to_be_renewed_before_its_year_is_over(
    site: Mocker, days: int, code: str | None, words: str
) -> None:
    found = look(SUP, consented_at=NOW - timedelta(days=days))
    assert blamed(found).get("consent") == code
    assert set(blamed(found)) <= {"consent"}
    assert words in found["consent", ""].cure
    assert found["consent", ""].remedy is (Remedy.REAUTHORIZE if code else Remedy.LOOK_AGAIN)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_that_was_not_granted_is_named_with_what_does_not_work(site: Mocker, scope: str) -> None:
    found = look(SUP, scopes=" ".join(set(SCOPES) - {scope}))
    assert blamed(found) == {f"scope.{scope}": "scope_missing"}
    lost = found[f"scope.{scope}", ""]
    is_harmless = scope in {"read:jira-user", "manage:jira-webhook"}
    assert lost.severity is (Severity.WARNING if is_harmless else Severity.ERROR)
    assert lost.remedy is Remedy.REAUTHORIZE
    assert f"(scope) {scope}, so " in lost.cause


def test_a_scope_that_nothing_in_use_needs_is_not_missed(site: Mocker) -> None:
    found = look(SUP, scopes="read:jira-work read:jira-user", features=frozenset({Feature.READ}))
    assert blamed(found) == {}


def test_without_the_scope_that_names_the_account_only_the_scope_is_blamed(site: Mocker) -> None:
    site.get(f"{REST}/myself", json=SCOPE_401, status_code=401)
    found = look(SUP, scopes="read:jira-work write:jira-work manage:jira-webhook")
    assert blamed(found) == {"scope.read:jira-user": "scope_missing"}
    assert unknown(found) == {"account"}
    site.get(f"{REST}/mypermissions", json=without("ADD_COMMENTS"))
    found = look(SUP, scopes="read:jira-work write:jira-work manage:jira-webhook")
    assert "In SUP the account lacks" in found["permission.comment", SUP.id].cause


def test_without_the_scope_that_reads_projects_only_the_scope_is_blamed(site: Mocker) -> None:
    for path in ("mypermissions", "project/search", "data-policy/project"):
        site.get(f"{REST}/{path}", json=SCOPE_401, status_code=401)
    for thorough in (False, True):
        found = look(SUP, scopes="write:jira-work read:jira-user manage:jira-webhook", thorough=thorough)
        assert blamed(found) == {"scope.read:jira-work": "scope_missing"}
        assert unknown(found) == {"policy", *OF_PROJECT}


def test_a_scope_that_is_refused_although_all_were_granted_is_a_cause_of_its_own(site: Mocker) -> None:
    site.get(f"{REST}/myself", json=SCOPE_401, status_code=401)
    found = look(SUP)
    assert blamed(found) == {"scopes": "scope_refused"}
    assert unknown(found) == {"account", "policy", *OF_PROJECT}
    assert "scope does not match" in found["scopes", ""].cause


# ── site, account and organization ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sites", [[], [{**JIRA_ENTRY, "id": "other"}], [{**JIRA_ENTRY, "scopes": ["read:confluence"]}]]
)
def test_a_site_that_the_token_does_not_reach_is_the_only_cause(site: Mocker, sites: list[Any]) -> None:
    site.get(SITES_URL, json=sites)
    found = look(SUP)
    assert blamed(found) == {"site": "site_gone"}
    assert unknown(found) == {"account", "policy", *OF_PROJECT}
    assert len(site.request_history) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(403, JIRA_403), (404, JIRA_404), (404, GATEWAY_404), (403, {"code": 403, "message": "No"})]
)
def test_an_account_that_is_refused_inside_the_site_is_the_only_cause(site: Mocker, status: int, body: Any) -> None:
    site.get(f"{REST}/myself", json=body, status_code=status)
    found = look(SUP)
    assert blamed(found) == {"account": "no_access"}
    assert unknown(found) == {"policy", *OF_PROJECT}
    assert found["account", ""].url == SITE.url


def test_a_rule_of_the_organization_that_keeps_the_app_out_is_not_blamed_on_the_account(site: Mocker) -> None:
    site.get(f"{REST}/myself", json=JIRA_403, status_code=403)
    site.get(f"{REST}/data-policy", json={"anyContentBlocked": True})
    found = look(SUP)
    assert blamed(found) == {"policy": "app_blocked"}
    assert unknown(found) == {"account", *OF_PROJECT}
    assert found["policy", ""].url == say.APP_RULES


def test_where_the_rules_cannot_be_read_the_account_is_blamed(site: Mocker) -> None:
    site.get(f"{REST}/myself", json=JIRA_403, status_code=403)
    site.get(f"{REST}/data-policy", json=JIRA_403, status_code=403)
    assert blamed(look(SUP)) == {"account": "no_access"}


@pytest.mark.parametrize("status", [400, 410])
def test_a_refusal_that_says_nothing_of_the_account_is_no_finding(site: Mocker, status: int) -> None:
    site.get(f"{REST}/myself", json=JIRA_403, status_code=status)
    with pytest.raises(Rejected):
        look(SUP)


@pytest.mark.parametrize("path", ["myself", "mypermissions", "data-policy/project"])
def test_an_outage_is_no_finding(site: Mocker, path: str) -> None:
    site.get(f"{REST}/{path}", status_code=503)
    with pytest.raises(TemporarilyUnavailable):
        look(SUP)


@pytest.mark.parametrize("path", ["myself", "mypermissions"])
def test_a_refused_authorization_is_no_finding(site: Mocker, path: str) -> None:
    site.get(f"{REST}/{path}", json=EXPIRED_401, status_code=401)
    with pytest.raises(AuthorizationLost):
        look(SUP)


# ── projects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def per_project(site: Mocker, **answers: dict[str, Any]) -> None:
    """Let ``/mypermissions`` answer differently for SUP and WEB."""
    for project in (SUP, WEB):
        site.get(f"{REST}/mypermissions?projectId={project.id}", **answers[project.key])


@pytest.mark.parametrize(
    "answer",
    [{"json": JIRA_404, "status_code": 404}, {"json": having()}, {"json": without("BROWSE_PROJECTS")}],
    ids=["not found", "nothing permitted", "no browsing"],
)
def test_a_project_that_is_hidden_or_gone_is_one_trouble_and_others_are_well(
    site: Mocker, answer: dict[str, Any]
) -> None:
    per_project(site, SUP=answer, WEB={"json": having(*ALL)})
    found = look(SUP, WEB)
    assert blamed(found) == {"project": "hidden_or_gone"}
    assert {key for key, each in found.items() if each.standing is Standing.UNKNOWN} == permissions_of(SUP)
    hidden = found["project", SUP.id]
    assert hidden.url == "https://acme.atlassian.net/plugins/servlet/project-config/SUP/permissions"
    assert "Helpdesk Robot" in hidden.cure
    rules = site.request_history[-1]
    assert (rules.path.rpartition("/")[2], rules.qs["ids"]) == ("project", [WEB.id]), "hidden ones are refused there"


def test_a_rule_that_keeps_the_app_out_of_one_project_is_not_blamed_on_permissions(site: Mocker) -> None:
    blocked = [{"id": int(SUP.id), "dataPolicy": {"anyContentBlocked": True}}]
    blocked.append({"id": int(WEB.id), "dataPolicy": {"anyContentBlocked": False}})
    site.get(f"{REST}/data-policy/project", json={"projectDataPolicies": blocked})
    site.get(f"{REST}/mypermissions", json=having("BROWSE_PROJECTS"))
    found = look(SUP, WEB, features=frozenset({Feature.READ}))
    assert blamed(found) == {"project": "project_blocked"}
    assert found["project", WEB.id].standing is Standing.OK
    assert {key for key, each in found.items() if each.standing is Standing.UNKNOWN} == permissions_of(SUP)


@pytest.mark.parametrize("missing", PERMISSIONS[1:], ids=lambda each: each.key)
def test_a_permission_that_is_missing_is_named_in_its_project_only_if_it_is_used(site: Mocker, missing: Any) -> None:
    per_project(site, SUP={"json": without(missing.key)}, WEB={"json": having(*ALL)})
    found = look(SUP, WEB)
    assert {key: each.code for key, each in found.items() if each.standing is not Standing.OK} == {
        (missing.check, SUP.id): "permission_missing"
    }
    trouble = found[missing.check, SUP.id]
    assert trouble.severity is missing.severity
    assert missing.without in trouble.cause
    unused = look(SUP, WEB, features=frozenset(Feature) - {missing.feature})
    assert (blamed(unused), unknown(unused)) == ({}, set())
    assert "nothing here needs it" in unused[missing.check, SUP.id].cause


@pytest.mark.parametrize(
    ("projects", "code"),
    [((), "none_visible"), ((entry(SUP, archived=True), entry(WEB, archived=True)), "all_archived")],
)
def test_no_active_project_at_all_is_found_by_a_thorough_look(site: Mocker, projects: Any, code: str) -> None:
    site.get(f"{REST}/project/search", json=listed(*projects))
    found = look(thorough=True)
    assert blamed(found) == {"projects": code}
    assert found["projects", ""].remedy is Remedy.REFRESH_PROJECTS
    assert ("projects", "") not in look()


def test_a_thorough_look_says_where_nothing_can_be_created(site: Mocker) -> None:
    site.get(
        f"{REST}/project/search",
        json=listed(entry(SUP), entry(WEB), entry(RemoteProject(id="3", key="OLD", name="Old"), archived=True)),
    )
    site.get(f"{REST}/project/search?action=create", json=listed(entry(SUP)))
    found = look(thorough=True)
    assert blamed(found) == {}
    assert found["projects", ""].cause == "3 found: 2 active, 1 archived. Without “Create issues”: WEB."


# ── whole workflows ───────────────────────────────────────────────────────────────────────────────────────────────────

ASKED_FOR = " ".join([*SCOPES, READ_WORKFLOWS.scope])


@pytest.mark.parametrize(
    ("scopes", "names", "words"),
    [
        (ASKED_FOR, (*ALL, "ADMINISTER"), None),
        (ASKED_FOR, ALL, "no Jira administrator"),
        (" ".join(SCOPES), (*ALL, "ADMINISTER"), "the scope manage:jira-configuration"),
    ],
)
def test_whole_workflows_need_a_scope_and_an_administrator(
    site: Mocker, scopes: str, names: tuple[str, ...], words: str | None
) -> None:
    site.get(f"{REST}/mypermissions", json=having(*names))
    found = look(SUP, WEB, scopes=scopes, settings=WANTS_WORKFLOWS)
    assert blamed(found) == ({"workflows": "workflows_unreadable"} if words else {})
    assert (words or "") in found["workflows", ""].cause
    assert "administer" in site.request_history[2].qs["permissions"][0].casefold()
    assert "administer" not in site.request_history[3].qs["permissions"][0].casefold(), "it is asked once"
    assert ("workflows", "") not in look(SUP, scopes=scopes)


def test_of_whole_workflows_nothing_is_known_without_a_project_that_is_seen(site: Mocker) -> None:
    assert unknown(look(scopes=ASKED_FOR, settings=WANTS_WORKFLOWS)) == {"workflows"}
    site.get(f"{REST}/mypermissions", json=JIRA_404, status_code=404)
    found = look(SUP, scopes=ASKED_FOR, settings=WANTS_WORKFLOWS)
    assert found["workflows", ""].standing is Standing.UNKNOWN
    assert blamed(found) == {"project": "hidden_or_gone"}


# ── one project that somebody looks for ───────────────────────────────────────────────────────────────────────────────


def ask_for(text: str, features: frozenset[Feature] = frozenset(Feature)) -> Finding:
    return checks.probe(ProbeRequest(connection=connection(), text=text, features=features))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" sup ", "SUP"),
        ("SUP-12", "SUP"),
        ("A_1", "A_1"),
        ("https://acme.atlassian.net/browse/SUP-12", "SUP"),
        ("https://acme.atlassian.net/jira/software/c/projects/WEB/boards/3", "WEB"),
        ("https://acme.atlassian.net/plugins/servlet/project-config/WEB/permissions", "WEB"),
        ("https://acme.atlassian.net/issues?jql=x", ""),
        ("https://[broken", ""),
        ("", ""),
        ("S", ""),
        ("1SUP", ""),
        ("Customer Support", ""),
        ("ELEVENCHARS", ""),
    ],
)
def test_a_key_is_found_in_what_people_type(text: str, key: str) -> None:
    assert key_in(text) == key


def test_what_cannot_be_a_key_is_said_without_a_call(site: Mocker) -> None:
    found = ask_for("  the   support\nproject " + "x" * 80)
    assert (found.code, found.standing) == ("not_a_key", Standing.TROUBLE)
    assert "“the support project xxx" in found.cause
    assert "x" * 50 not in found.cause
    assert site.request_history == []


def test_a_project_that_can_be_used_is_usable(site: Mocker) -> None:
    site.get(f"{REST}/project/SUP", json=entry(SUP))
    found = ask_for("sup-1")
    assert (found.code, found.standing, found.remedy) == ("usable", Standing.OK, Remedy.REFRESH_PROJECTS)


def test_a_project_that_is_not_there_for_the_account_is_absent_or_hidden(site: Mocker) -> None:
    site.get(f"{REST}/project/SUP", json=JIRA_404, status_code=404)
    found = ask_for("SUP")
    assert found.code == "absent_or_hidden"
    assert "On acme there is no project SUP, or Helpdesk Robot may not see it" in found.cause


def test_a_project_that_keeps_the_app_out_is_blocked(site: Mocker) -> None:
    site.get(f"{REST}/project/SUP", json=JIRA_403, status_code=403)
    assert ask_for("SUP").code == "project_blocked"


def test_an_archived_project_is_archived_whatever_is_missing_there(site: Mocker) -> None:
    site.get(f"{REST}/project/SUP", json=entry(SUP, archived=True))
    site.get(f"{REST}/mypermissions", json=having("BROWSE_PROJECTS"))
    found = ask_for("SUP")
    assert (found.code, found.severity) == ("archived", Severity.WARNING)


def test_what_is_missing_in_a_project_is_listed_as_far_as_it_is_used(site: Mocker) -> None:
    site.get(f"{REST}/project/SUP", json=entry(SUP))
    site.get(f"{REST}/mypermissions", json=without("CREATE_ISSUES", "ADD_COMMENTS"))
    found = ask_for("SUP")
    assert (found.code, found.severity) == ("usable_in_part", Severity.WARNING)
    assert "lacks “Create issues” and “Add comments” there" in found.cause
    assert found.url.endswith("/project-config/SUP/permissions")
    assert ask_for("SUP", frozenset({Feature.READ})).code == "usable"


@pytest.mark.parametrize(("status", "family"), [(503, TemporarilyUnavailable), (400, Rejected)])
def test_trouble_that_says_nothing_of_the_project_is_no_finding(site: Mocker, status: int, family: Any) -> None:
    site.get(f"{REST}/project/SUP", json=JIRA_403, status_code=status)
    with pytest.raises(family):
        ask_for("SUP")
