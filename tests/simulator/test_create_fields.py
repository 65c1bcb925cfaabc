"""What an issue asks for when it is created: announced, demanded, kept and shown (facts §2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, WorldError
from plugins.jira.simulator.changes import ChangeError
from tests.simulator.create_fields import BOT_ID, DANA_ID, DETAILS, EVERY_KIND, VALUES, world_with
from tests.simulator.delivering import create, listen, settle
from tests.simulator.driving import BOT, Api, Driver
from tests.simulator.test_issues import new

if TYPE_CHECKING:
    from tests.simulator.receiving import Receiver


@pytest.fixture
def full() -> Api:
    """Jira as the bot, where a Task in SUP has fields of every kind."""
    driver = Driver(Simulator(world_with(**EVERY_KIND)))
    return Api(driver, driver.connect(BOT)["access_token"])


def announced(api: Api, project: str = "SUP", kind: str = "10001") -> dict[str, dict[str, Any]]:
    fields = api.get(f"/issue/createmeta/{project}/issuetypes/{kind}")["fields"]
    return {field["fieldId"]: field for field in fields}


def errors(api: Api, **fields: Any) -> dict[str, str]:
    answer = api("POST", "/issue", new(**fields))
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["errorMessages"] == []
    found: dict[str, str] = answer.get_json()["errors"]
    return found


def test_types_of_a_project_are_paged(bot: Api) -> None:
    page = bot.get("/issue/createmeta/SUP/issuetypes")
    assert (page["startAt"], page["maxResults"], page["total"]) == (0, 50, 2)
    assert [each["name"] for each in page["issueTypes"]] == ["Task", "Bug"]
    page = bot.get("/issue/createmeta/10000/issuetypes?startAt=1&maxResults=500")
    assert (page["startAt"], page["maxResults"], [each["id"] for each in page["issueTypes"]]) == (1, 200, ["10002"])


def test_fields_are_paged(full: Api) -> None:
    page = full.get("/issue/createmeta/SUP/issuetypes/10001?startAt=3&maxResults=2")
    assert (page["startAt"], page["maxResults"], page["total"]) == (3, 2, 3 + len(EVERY_KIND))
    assert len(page["fields"]) == 2


def test_what_is_required_and_what_has_a_default(full: Api) -> None:
    found = announced(full)
    required = {key for key, field in found.items() if field["required"]}
    told = {key for key, field in EVERY_KIND.items() if field.get("required")}
    assert required == {"summary", "issuetype", "project"} | told
    assert {key for key, field in found.items() if field["hasDefaultValue"]} == {"priority", "customfield_10204"}
    assert found["priority"]["defaultValue"]["name"] == "Medium"
    assert "defaultValue" not in found["duedate"]


def test_choices_and_addresses_are_announced(full: Api) -> None:
    found = announced(full)
    assert [each["name"] for each in found["components"]["allowedValues"]] == ["Shop", "Billing", "Customer accounts"]
    assert [each["name"] for each in found["priority"]["allowedValues"]][::4] == ["Highest", "Lowest"]
    options = found["customfield_10201"]["allowedValues"]
    assert [(each["id"], each["value"]) for each in options] == [("1020100", "Low"), ("1020101", "High")]
    assert found["customfield_10201"]["schema"] == {
        "type": "option",
        "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select",
        "customId": 10201,
    }
    assert found["components"]["schema"] == {"type": "array", "items": "component", "system": "components"}
    assert found["assignee"]["autoCompleteUrl"].endswith("/rest/api/3/user/assignable/search?project=SUP&query=")
    assert "fieldName=customfield_10203" in found["customfield_10203"]["autoCompleteUrl"]
    assert "allowedValues" not in found["customfield_10203"]


def test_without_more_there_are_description_and_labels(driver: Driver, bot: Api) -> None:
    assert set(announced(bot, "WEB", "10010")) == {
        *("summary", "issuetype", "project"),
        *("description", "labels", "priority"),
    }


@pytest.mark.parametrize(
    "path", ["NOPE/issuetypes", "HR/issuetypes", "SUP/issuetypes/10010", "HR/issuetypes/10001", "NOPE/issuetypes/1"]
)
def test_what_is_not_there_is_a_400(bot: Api, path: str) -> None:
    assert bot("GET", f"/issue/createmeta/{path}").status_code == 400


def test_who_may_not_create_is_told_nothing(simulator: Simulator, bot: Api) -> None:
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS"])
    assert bot("GET", "/issue/createmeta/SUP/issuetypes").status_code == 400
    assert bot("GET", "/issue/createmeta/SUP/issuetypes/10001").status_code == 400


def test_values_are_kept_and_shown(full: Api) -> None:
    key = create(full, **VALUES)
    fields = full.get(f"/issue/{key}")["fields"]
    assert [each["name"] for each in fields["components"]] == ["Shop"]
    assert fields["priority"]["name"] == "Medium"
    assert fields["assignee"]["accountId"] == DANA_ID
    assert fields["customfield_10201"]["value"] == "High"
    assert [each["value"] for each in fields["customfield_10202"]] == ["A", "B"]
    assert fields["customfield_10203"]["displayName"] == "Helpdesk Bot"
    assert fields["labels"] == ["loud"]
    plain = ("duedate", "customfield_10204", "customfield_10205", "customfield_10206", "customfield_10207")
    assert {name: fields[name] for name in plain} == {name: VALUES[name] for name in plain}
    found = full("POST", "/search/jql", {"jql": f"assignee = '{DANA_ID}'", "fields": ["key"]}).get_json()
    assert [each["key"] for each in found["issues"]] == [key]


def test_what_is_left_out_takes_its_default_or_stays_empty(full: Api) -> None:
    required = {name: VALUES[name] for name, told in EVERY_KIND.items() if told.get("required")}
    fields = full.get(f"/issue/{create(full, **required)}")["fields"]
    assert (fields["priority"]["name"], fields["customfield_10204"]) == ("Medium", "none")
    assert (fields["customfield_10202"], fields["duedate"], fields["assignee"]) == ([], None, None)


def test_every_required_field_is_missed_at_once(full: Api) -> None:
    assert errors(full) == {
        "components": "Components is required.",
        "labels": "Labels is required.",
        "description": "Description is required.",
        "customfield_10201": "Impact is required.",
        "customfield_10203": "Responsible is required.",
    }
    assert errors(full, **VALUES | {"components": []}) == {"components": "Components is required."}
    assert errors(full, **VALUES | {"customfield_10203": None}) == {"customfield_10203": "Responsible is required."}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("priority", {"name": "Nuclear"}, "The priority selected is invalid."),
        ("components", {"name": "Shop"}, "data was not an array"),
        ("components", [{"name": "Kitchen"}], "Component name 'Kitchen' is not valid"),
        ("components", [{"id": "1"}], "Component id '1' is not valid"),
        ("customfield_10201", {"value": "Middling"}, "Specify a valid 'id' or 'name' for Impact"),
        ("customfield_10201", "High", "Specify a valid 'id' or 'name' for Impact"),
        ("customfield_10202", [{"value": "C"}], "Specify a valid 'id' or 'name' for Rooms"),
        ("customfield_10203", {"accountId": "nobody"}, "User 'nobody' does not exist."),
        ("assignee", {"accountId": "nobody"}, "User 'nobody' cannot be assigned issues."),
        ("customfield_10204", 7, "Operation value must be a string"),
        (
            "customfield_10204",
            "x" * 256,
            "The entered text is too long. It exceeds the allowed limit of 255 characters.",
        ),
        (
            "customfield_10205",
            "plain",
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
        ),
        ("customfield_10206", "7", "Operation value must be a number"),
        ("duedate", "tomorrow", "Operation value must be a date in the format yyyy-MM-dd"),
        ("customfield_1", "x", "Field 'customfield_1' cannot be set. It is not on the appropriate screen, or unknown."),
    ],
)
def test_a_value_that_the_field_does_not_take_is_refused(full: Api, field: str, value: Any, words: str) -> None:
    assert errors(full, **VALUES | {field: value}) == {field: words}


def test_texts_have_a_limit(bot: Api) -> None:
    long = {**DETAILS, "content": [{"type": "text", "text": "x" * 32_768}]}
    assert list(errors(bot, description=long)) == ["description"]


def test_the_demo_has_an_issue_type_that_demands_much(driver: Driver) -> None:
    api = Api(driver, driver.connect(BOT, sites=("beta",))["access_token"], "beta")
    found = announced(api, "OPS", "10005")
    wanted = {key for key, field in found.items() if field["required"] and not field["hasDefaultValue"]}
    asked = {"components", "customfield_10061", "customfield_10062"}
    assert wanted - {"summary", "issuetype", "project"} == asked
    place = {"project": {"key": "OPS"}, "issuetype": {"id": "10005"}}
    assert set(errors(api, **place)) == asked
    given = {
        "components": [{"name": "Network"}],
        "customfield_10061": {"value": "Mail"},
        "customfield_10062": {"id": BOT_ID},
    }
    assert api("POST", "/issue", new(**place, **given)).status_code == 201


def test_seeded_issues_have_the_default_priority(bot: Api) -> None:
    assert bot.get("/issue/SUP-1")["fields"]["priority"]["name"] == "Medium"


def test_an_administrator_demands_more_from_now_on(driver: Driver, bot: Api) -> None:
    def act(action: str, **arguments: Any) -> int:
        body = {"site": "acme", "project": "SUP", "issue_type": "Task", **arguments}
        return driver.client.post(f"/_simulator/{action}", json=body).status_code

    assert act("set_create_field", field="components", required=True) == 200
    told = {"name": "Rooms", "type": "multiselect", "allowed": ["A", "B"], "default": ["A"], "required": True}
    assert act("set_create_field", field="customfield_7", **told) == 200
    assert errors(bot) == {"components": "Components is required."}
    key = create(bot, components=[{"name": "Billing"}])
    assert bot.get(f"/issue/{key}")["fields"]["customfield_7"][0]["value"] == "A"
    assert act("set_create_field", field="customfield_7", name="Rooms", type="robot") == 400
    assert act("remove_create_field", field="components") == 200
    assert act("remove_create_field", field="components") == 400
    assert bot("POST", "/issue", new()).status_code == 201


def test_components_come_and_go(simulator: Simulator, bot: Api) -> None:
    before = {each["name"]: each["id"] for each in announced(bot)["components"]["allowedValues"]}
    simulator.control.set_components("acme", "SUP", ["Cellar", "Billing"])
    after = {each["name"]: each["id"] for each in announced(bot)["components"]["allowedValues"]}
    assert list(after) == ["Cellar", "Billing"]
    assert after["Billing"] == before["Billing"]
    assert after["Cellar"] not in before.values()
    assert errors(bot, components=[{"name": "Shop"}]) == {"components": "Component name 'Shop' is not valid"}
    assert [each["name"] for each in bot.get("/project/SUP")["components"]] == ["Cellar", "Billing"]


def test_mistakes_of_an_administrator_are_named(simulator: Simulator) -> None:
    control = simulator.control
    with pytest.raises(WorldError, match="customfield_<number>"):
        control.set_create_field("acme", "SUP", "Task", "colour")
    with pytest.raises(ChangeError, match="it has priority"):
        control.remove_create_field("acme", "SUP", "Task", "colour")
    with pytest.raises(ChangeError, match="Task, Bug"):
        control.set_create_field("acme", "SUP", "Epic", "priority")
    with pytest.raises(LookupError, match="NOPE"):
        control.set_components("acme", "NOPE", [])


@pytest.mark.parametrize(
    ("key", "told", "words"),
    [
        ("colour", {}, "is no field of an issue"),
        ("customfield_1", {"type": "text"}, '"name" is missing'),
        ("customfield_1", {"name": "x", "type": "robot"}, "is no type of a field"),
        ("customfield_1", {"name": "x", "type": "select"}, '"allowed" is missing'),
        ("customfield_1", {"name": "x", "type": "text", "allowed": ["a"]}, "nothing to choose from"),
        ("customfield_1", {"name": "x", "type": "select", "allowed": ["a"], "default": "b"}, "this is no value of x"),
        ("priority", {"type": "text"}, "a type of its own"),
        ("priority", {"allowed": ["Nuclear"]}, "is no priority"),
        ("components", {"default": ["Kitchen"]}, "this is no value of Components"),
        ("labels", {"needed": True}, 'nothing reads "needed"'),
    ],
)
def test_mistakes_in_a_world_file_are_named(key: str, told: dict[str, Any], words: str) -> None:
    with pytest.raises(WorldError, match=words):
        world_with(**{key: told})


def test_webhooks_tell_and_filter_by_priority(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there, jqlFilter="priority = High")
    create(dana)
    key = create(dana, priority={"name": "High"})
    settle(simulator)
    assert [each.body["issue"]["key"] for each in there.arrivals] == [key]
    assert there.arrivals[0].body["issue"]["fields"]["priority"]["name"] == "High"
