"""What a move asks for and who sees it: screens, validators, conditions (facts §2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, WorldError, demo_world, world_from_workflow
from tests.simulator.commenting import document
from tests.simulator.driving import Api, Driver
from tests.simulator.test_issues import move
from tests.simulator.worlds import without_permissions

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

COMMENT = {"comment": [{"add": {"body": document("It was the fuse.")}}]}


def workflow(**transition: Any) -> dict[str, Any]:
    """Open -> Shut by one transition, of which the members given are told."""
    return {
        "name": "Asking",
        "statuses": [
            {"id": "1", "name": "Open", "category": "new"},
            {"id": "2", "name": "Shut", "category": "done"},
        ],
        "initial": "1",
        "transitions": [{"id": "11", "name": "Shut it", "from": ["1"], "to": "2", **transition}],
    }


def connect(*lacking: str, **transition: Any) -> Api:
    world = without_permissions(world_from_workflow(workflow(**transition)), *lacking)
    driver = Driver(Simulator(world))
    return Api(driver, driver.connect(sites=("real",))["access_token"], "real")


def listed(api: Api, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/issue/REAL-1/transitions?{query}")["transitions"]
    return found


def shut(api: Api, **body: Any) -> TestResponse:
    return move(api, "REAL-1", "11", **body)


CAUSE = {"customfield_10050": {"name": "Cause", "required": True, "allowed": ["Hardware", "Software"]}}


def test_a_told_screen_is_announced_with_its_allowed_values() -> None:
    fields = listed(connect(fields=CAUSE), "expand=transitions.fields")[0]["fields"]
    assert list(fields) == ["customfield_10050"]
    cause = fields["customfield_10050"]
    assert (cause["required"], cause["schema"]["type"], cause["schema"]["customId"]) == (True, "option", 10050)
    assert [value["value"] for value in cause["allowedValues"]] == ["Hardware", "Software"]


def test_only_allowed_values_are_taken_and_read_back() -> None:
    api = connect(fields=CAUSE)
    assert shut(api).get_json()["errors"] == {"customfield_10050": "Cause is required."}
    assert "customfield_10050" in shut(api, fields={"customfield_10050": {"value": "Weather"}}).get_json()["errors"]
    assert shut(api, fields={"customfield_10050": {"value": "Software"}}).status_code == 204
    assert api.get("/issue/REAL-1")["fields"]["customfield_10050"]["value"] == "Software"


def test_a_field_can_be_set_by_update_as_well() -> None:
    api = connect(fields=CAUSE)
    assert shut(api, update={"customfield_10050": [{"set": {"value": "Hardware"}}]}).status_code == 204


def test_the_resolutions_of_a_screen_can_be_narrowed() -> None:
    api = connect(fields={"resolution": {"required": False, "allowed": ["Done", "Duplicate"]}})
    values = listed(api, "expand=transitions.fields")[0]["fields"]["resolution"]["allowedValues"]
    assert values == [{"id": "10000", "name": "Done"}, {"id": "10002", "name": "Duplicate"}]
    assert "resolution" in shut(api, fields={"resolution": {"name": "Won't Do"}}).get_json()["errors"]
    assert shut(api).status_code == 204


def test_a_validator_of_a_field_speaks_in_its_own_words() -> None:
    api = connect(validators=[{"field": "comment", "message": "Tell the customer why."}])
    assert listed(api, "expand=transitions.fields")[0]["fields"] == {}
    answer = shut(api)
    assert (answer.status_code, answer.get_json()["errorMessages"]) == (400, ["Tell the customer why."])
    assert shut(api, update={"comment": []}).status_code == 400
    assert shut(api, update=COMMENT).status_code == 204


def test_a_validator_of_a_permission_lets_the_move_be_seen_and_not_taken() -> None:
    api = connect("CLOSE_ISSUES", validators=[{"permission": "CLOSE_ISSUES"}])
    assert [each["id"] for each in listed(api)] == ["11"]
    assert shut(api).status_code == 400
    assert shut(connect(validators=[{"permission": "CLOSE_ISSUES"}])).status_code == 204


def test_a_condition_hides_the_move_from_those_who_lack_its_permission() -> None:
    condition = [{"permission": "CLOSE_ISSUES"}]
    api = connect("CLOSE_ISSUES", conditions=condition)
    assert listed(api) == []
    unavailable = listed(api, "includeUnavailableTransitions=true")
    assert [(each["isAvailable"], each["isConditional"]) for each in unavailable] == [(False, True)]
    assert "not valid for the current state" in shut(api).get_json()["errorMessages"][0]
    entitled = connect(conditions=condition)
    assert [(each["isAvailable"], each["isConditional"]) for each in listed(entitled)] == [(True, True)]
    assert shut(entitled).status_code == 204


def test_conditions_and_validators_of_exports_are_always_met() -> None:
    api = connect(conditions=["AllowOnlyAssignee"], validators=["PermissionValidator(permission=create)"])
    assert listed(api)[0]["isConditional"] is True
    assert shut(api).status_code == 204


@pytest.mark.parametrize(
    ("transition", "place"),
    [
        ({"conditions": [{"permission": "FLY"}]}, r"conditions\[0\].permission"),
        ({"conditions": [{"account": "x"}]}, r"conditions\[0\]"),
        ({"validators": [{"message": "why"}]}, r"validators\[0\]"),
        ({"validators": [{"field": "comment", "permission": "CLOSE_ISSUES"}]}, r"validators\[0\]"),
        ({"fields": {"colour": {}}}, r"fields.colour"),
        ({"fields": {"resolution": {"must": True}}}, r"fields.resolution"),
    ],
)
def test_a_misspelt_rule_is_named_with_its_place(transition: dict[str, Any], place: str) -> None:
    with pytest.raises(WorldError, match=place):
        world_from_workflow(workflow(**transition))


def test_the_demo_has_an_issue_that_is_hard_to_finish() -> None:
    driver = Driver(Simulator(demo_world()))
    api = Api(driver, driver.connect(sites=("beta",))["access_token"], "beta")
    assert [each["name"] for each in api.get("/issue/OPS-1/transitions")["transitions"]] == ["Start"]
    assert move(api, "OPS-1", "11").status_code == 204
    fields = {"resolution": {"name": "Done"}, "customfield_10050": {"value": "Hardware"}}
    assert move(api, "OPS-1", "21", fields=fields).get_json()["errorMessages"] == ["Tell in a comment what was done."]
    assert move(api, "OPS-1", "21", fields=fields, update=COMMENT).status_code == 204
