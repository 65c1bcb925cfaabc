"""Comments over REST: who may write, change and see them, and how they are paged (facts §2.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, demo_world, parse_world
from tests.simulator.commenting import INTERNAL, comment, document, listed, post, service_world, text_of
from tests.simulator.driving import ALL_SCOPES, BOT, DANA, Api, Driver
from tests.simulator.test_issues import move
from tests.simulator.worlds import without_permissions

if TYPE_CHECKING:
    from plugins.jira.simulator import Clock, World

ADMINISTRATORS = {"type": "role", "value": "Administrator"}


def apis(world: World) -> tuple[Api, Api]:
    """Jira as Dana and as the bot."""
    driver = Driver(Simulator(world))
    dana, bot = (Api(driver, driver.connect(who, scopes=ALL_SCOPES)["access_token"]) for who in (DANA, BOT))
    return dana, bot


def refused(api: Api, *call: Any) -> tuple[int, list[str], dict[str, str]]:
    answer = api(*call)
    body = answer.get_json()
    return answer.status_code, body["errorMessages"], body["errors"]


def test_a_comment_tells_who_wrote_what_and_when(bot: Api, clock: Clock) -> None:
    before = bot.get("/issue/SUP-1")["fields"]["updated"]
    clock.advance(60)
    made = comment(bot, "It hums.")
    assert (text_of(made), made["author"]["displayName"], made["jsdPublic"]) == ("It hums.", "Helpdesk Bot", True)
    assert made["created"] == made["updated"] > before
    assert "visibility" not in made
    assert "properties" not in made
    assert bot.get(f"/issue/SUP-1/comment/{made['id']}") == made
    issue = bot.get("/issue/SUP-1?expand=changelog")
    assert (issue["fields"]["updated"], issue["changelog"]["total"]) == (made["created"], 0)
    assert issue["fields"]["comment"]["comments"] == [made]
    fetched = bot("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["SUP-1"], "fields": ["comment"]}).get_json()
    assert fetched["issues"][0]["fields"]["comment"]["total"] == 1


def test_an_edit_tells_who_changed_it_and_when(bot: Api, dana: Api, clock: Clock) -> None:
    made = comment(bot)
    clock.advance(60)
    edited = dana("PUT", f"/issue/SUP-1/comment/{made['id']}?notifyUsers=false", {"body": document("It roars.")})
    found = edited.get_json()
    assert (edited.status_code, text_of(found)) == (200, "It roars.")
    assert (found["author"]["displayName"], found["updateAuthor"]["displayName"]) == ("Helpdesk Bot", "Dana Admin")
    assert found["updated"] > found["created"] == made["created"]
    assert bot.get("/issue/SUP-1")["fields"]["updated"] == found["updated"]
    assert [text_of(each) for each in listed(bot)] == ["It roars."]


def test_a_deleted_comment_is_gone(bot: Api) -> None:
    made, kept = comment(bot), comment(bot, "Stays.")
    answer = bot("DELETE", f"/issue/SUP-1/comment/{made['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert listed(bot) == [kept]
    words = f"Can not find a comment for the id: {made['id']}."
    for method in ("GET", "PUT", "DELETE"):
        body = {"body": document("x")} if method == "PUT" else None
        assert refused(bot, method, f"/issue/SUP-1/comment/{made['id']}", body) == (404, [words], {})


def test_a_comment_belongs_to_its_issue(bot: Api) -> None:
    made = comment(bot)
    assert bot("GET", f"/issue/SUP-2/comment/{made['id']}").status_code == 404
    assert bot("GET", "/issue/SUP-1/comment/gemacom").status_code == 404
    assert bot("GET", "/issue/SUP-99/comment").status_code == 404


def test_pages_and_orders(bot: Api, clock: Clock) -> None:
    for text in "abcde":
        comment(bot, text)
        clock.advance(1)
    page = bot.get("/issue/SUP-1/comment?startAt=1&maxResults=2")
    assert {name: page[name] for name in ("startAt", "maxResults", "total")} == {
        "startAt": 1,
        "maxResults": 2,
        "total": 5,
    }
    assert [text_of(each) for each in page["comments"]] == ["b", "c"]
    assert [text_of(each) for each in listed(bot, "?orderBy=-created&maxResults=2")] == ["e", "d"]
    assert [text_of(each) for each in listed(bot, "?orderBy=+created&maxResults=1")] == ["a"]
    assert bot("GET", "/issue/SUP-1/comment?orderBy=author").status_code == 400
    assert len(listed(bot, "?startAt=99")) == 0
    assert bot.get("/issue/SUP-1/comment?maxResults=5000")["maxResults"] == 100


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("plain", "Comment body is not valid!"),
        ({"type": "paragraph"}, "Comment body is not valid!"),
        ({"type": "doc", "version": 1, "content": ["It hums."]}, "Comment body is not valid!"),
        ({"type": "doc", "version": 1, "content": {"type": "paragraph"}}, "Comment body is not valid!"),
        (None, "Comment body can not be empty!"),
        ({"type": "doc", "version": 1, "content": []}, "Comment body can not be empty!"),
        (document(" "), "Comment body can not be empty!"),
        (
            document("x" * 32_768),
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
        ),
    ],
)
def test_a_body_must_be_a_document_with_something_in_it(bot: Api, body: Any, words: str) -> None:
    assert refused(bot, "POST", "/issue/SUP-1/comment", {"body": body}) == (400, [], {"comment": words})
    made = comment(bot, "x" * 32_767)
    assert refused(bot, "PUT", f"/issue/SUP-1/comment/{made['id']}", {"body": body}) == (400, [], {"comment": words})


def test_a_mention_alone_is_something(driver: Driver, bot: Api) -> None:
    mention = {"type": "mention", "attrs": {"id": "x", "text": "@Dana"}}
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [mention]}]}
    assert bot("POST", "/issue/SUP-1/comment", {"body": body}).status_code == 201
    assert "@Dana" in driver.browser.get("/sites/acme/browse/SUP-1").text


def test_commenting_needs_the_permission() -> None:
    dana, _ = apis(without_permissions(demo_world(), "ADD_COMMENTS"))
    words = "Dana Admin, you do not have the permission to comment on this issue."
    path = "/issue/SUP-1/comment"
    assert refused(dana, "POST", path, {"body": document("x")}) == (400, [words], {})
    assert refused(dana, "POST", path, {"body": "x"}) == (400, [words], {"comment": "Comment body is not valid!"})
    moved = dana("POST", "/issue/SUP-1/transitions", with_comment(document("x")))
    assert (moved.status_code, dana.get(path)["total"]) == (400, 0)


def test_everybody_edits_their_own_and_administrators_all(bot: Api, dana: Api) -> None:
    hers, its = comment(dana), comment(bot)
    body = {"body": document("Other")}
    words = f"You do not have permission to edit comment with id: {hers['id']}"
    assert refused(bot, "PUT", f"/issue/SUP-1/comment/{hers['id']}", body) == (400, [words], {})
    words = f"You do not have permission to delete comment with id: {hers['id']}"
    assert refused(bot, "DELETE", f"/issue/SUP-1/comment/{hers['id']}") == (400, [words], {})
    assert bot("PUT", f"/issue/SUP-1/comment/{its['id']}", body).status_code == 200
    assert dana("DELETE", f"/issue/SUP-1/comment/{its['id']}").status_code == 204


@pytest.mark.parametrize("permission", ["EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS"])
def test_ones_own_needs_a_permission_too(permission: str) -> None:
    _, bot = apis(without_permissions(demo_world(), permission))
    made = comment(bot)
    edited = bot("PUT", f"/issue/SUP-1/comment/{made['id']}", {"body": document("Other")})
    deleted = bot("DELETE", f"/issue/SUP-1/comment/{made['id']}")
    answers = {"EDIT_OWN_COMMENTS": edited.status_code, "DELETE_OWN_COMMENTS": deleted.status_code}
    assert answers.pop(permission) == 400
    assert set(answers.values()) < {200, 204}


def test_a_restricted_comment_is_not_there_for_others(bot: Api, dana: Api) -> None:
    made = comment(dana, "Costs.", visibility=ADMINISTRATORS)
    assert made["visibility"] == ADMINISTRATORS | {"identifier": "Administrator"}
    path = f"/issue/SUP-1/comment/{made['id']}"
    assert dana.get(path) == made
    assert bot("GET", path).status_code == 404
    assert bot.get("/issue/SUP-1/comment")["total"] == 0
    assert bot.get("/issue/SUP-1?fields=comment")["fields"]["comment"]["total"] == 0
    assert bot("GET", f"/comment/{made['id']}/properties").status_code == 404
    assert bot("POST", "/comment/list", {"ids": [int(made["id"])]}).get_json()["values"] == []
    kept = dana("PUT", path, {"body": document("More costs.")}).get_json()
    assert kept["visibility"]["value"] == "Administrator"
    lifted = dana("PUT", path, {"body": document("For all."), "visibility": None}).get_json()
    assert "visibility" not in lifted
    assert bot.get(path)["id"] == made["id"]


def test_roles_and_groups_of_a_world_restrict_comments() -> None:
    world = demo_world()
    acme = world.sites[0]
    bot, dana = acme.members
    members = (replace(bot, roles=frozenset({"Agents"})), replace(dana, groups=frozenset({"bosses"})))
    dana_api, bot_api = apis(replace(world, sites=(replace(acme, members=members), *world.sites[1:])))
    made = comment(dana_api, visibility={"type": "group", "value": "bosses"})
    again = comment(dana_api, visibility={"type": "group", "identifier": made["visibility"]["identifier"]})
    assert again["visibility"] == made["visibility"]
    assert listed(bot_api) == []
    comment(bot_api, "Agents only", visibility={"type": "role", "value": "Agents"})
    assert [text_of(each) for each in listed(dana_api)] == ["It hums.", "It hums."]
    words = "You are currently not a member of the project role: Agents."
    answer = post(dana_api, visibility={"type": "role", "value": "Agents"})
    assert (answer.status_code, answer.get_json()["errors"]) == (400, {"commentLevel": words})


@pytest.mark.parametrize("visibility", [{"type": "role", "value": "Kings"}, {"type": "team"}, "all", {"type": "group"}])
def test_a_restriction_must_name_what_there_is(dana: Api, visibility: Any) -> None:
    assert post(dana, visibility=visibility).status_code == 400
    assert listed(dana) == []


def test_a_service_project_has_internal_comments(dana: Api) -> None:
    assert comment(dana, properties=[INTERNAL])["jsdPublic"] is True
    agent, _ = apis(service_world())
    made = comment(agent, properties=[INTERNAL])
    assert made["jsdPublic"] is False
    assert comment(agent)["jsdPublic"] is True
    public = {"internal": False}
    assert agent("PUT", f"/comment/{made['id']}/properties/sd.public.comment", public).status_code == 200
    assert agent.get(f"/issue/SUP-1/comment/{made['id']}")["jsdPublic"] is True


def test_properties_are_given_with_a_comment_and_read_when_asked(bot: Api) -> None:
    mark = {"key": "helpdesk", "value": {"id": 7}}
    made = comment(bot, properties=[mark])
    path = f"/issue/SUP-1/comment/{made['id']}?expand=properties"
    assert bot.get(path)["properties"] == [mark]
    assert listed(bot, "?expand=properties")[0]["properties"] == [mark]
    more = {"key": "other", "value": 1}
    bot("PUT", f"/issue/SUP-1/comment/{made['id']}", {"body": document("x"), "properties": [more]})
    assert bot.get(path)["properties"] == [mark, more]


def test_properties_of_a_comment_are_set_and_deleted(bot: Api, dana: Api, clock: Clock) -> None:
    made = comment(bot)
    path = f"/comment/{made['id']}/properties"
    clock.advance(60)
    assert bot("PUT", f"{path}/helpdesk", {"id": 7}).status_code == 201
    assert bot("PUT", f"{path}/helpdesk", {"id": 8}).status_code == 200
    assert bot.get(f"{path}/helpdesk") == {"key": "helpdesk", "value": {"id": 8}}
    assert [each["key"] for each in bot.get(path)["keys"]] == ["helpdesk"]
    assert bot.get("/issue/SUP-1")["fields"]["updated"] == made["updated"]
    assert bot("DELETE", f"{path}/helpdesk").status_code == 204
    assert bot("GET", f"{path}/helpdesk").status_code == 404
    assert bot("DELETE", f"{path}/helpdesk").status_code == 404
    hers = comment(dana)
    assert bot("PUT", f"/comment/{hers['id']}/properties/x", 1).status_code == 403
    assert bot("GET", "/comment/99/properties").status_code == 404


def test_comments_are_read_by_their_ids(bot: Api) -> None:
    mark = {"key": "helpdesk", "value": 7}
    first, second = comment(bot, properties=[mark]), comment(bot, key="WEB-1")
    body = {"ids": [int(second["id"]), int(first["id"]), 4711]}
    page = bot("POST", "/comment/list?expand=properties", body).get_json()
    assert ([each["id"] for each in page["values"]], page["total"]) == ([second["id"], first["id"]], 2)
    assert page["values"][1]["properties"] == [mark]
    for ids in ([], list(range(1001))):
        assert bot("POST", "/comment/list", {"ids": ids}).status_code == 400


def with_comment(body: Any) -> dict[str, Any]:
    return {"transition": {"id": "61"}, "update": {"comment": [{"add": {"body": body}}]}}


def test_a_transition_brings_its_comment(bot: Api) -> None:
    assert bot("POST", "/issue/SUP-1/transitions", with_comment("plain")).status_code == 400
    assert listed(bot) == []
    assert bot("POST", "/issue/SUP-1/transitions", with_comment(document("Look, please."))).status_code == 204
    assert [text_of(each) for each in listed(bot)] == ["Look, please."]
    assert move(bot, "SUP-1", "61").status_code == 400


def test_a_world_file_tells_roles_and_groups(driver: Driver) -> None:
    member = {"account": "a", "roles": ["Agents"], "groups": ["bosses"]}
    content = {
        "app": {
            "client_id": "i",
            "client_secret": "s",
            "callback_urls": ["http://127.0.0.1/x"],
            "owner": "a",
            "scopes": ["read:jira-work"],
        },
        "accounts": [{"id": "a", "name": "Ann", "email": "ann@one.example", "password": "p"}],
        "sites": [{"id": "0d6ed13b-2f5c-4a52-9c5e-6f2b0c4f1a01", "name": "one", "members": [member]}],
    }
    found = parse_world(content).sites[0].members[0]
    assert (found.roles, found.groups) == ({"Agents"}, {"bosses"})
