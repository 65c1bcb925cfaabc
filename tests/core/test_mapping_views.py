"""The mapping's pages as an admin without JavaScript uses them: forms, buttons and links only."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping import service
from helpdesk_core.mapping.board import Targets
from helpdesk_core.tickets.service import create_status, create_ticket
from helpdesk_core.values import RemoteProject, SystemStatus
from tests.core.mapping_world import DONE, GOING, NEW, acme, admit, connect, consent, owned


@pytest.fixture
def vocabulary():
    return acme()


@pytest.fixture
def registry(vocabulary):
    return admit(IntegrationRegistry(), vocabulary)


class Lanes(HTMLParser):
    """Reads the board from its page: lane → names of its cards, and the value of each form field."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cards: dict[str, list[str]] = {}
        self.ids: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if lane := found.get("data-lane-name"):
            self.cards[lane] = []
        if card := found.get("data-card"):
            self.cards[list(self.cards)[-1]].append(found["data-name"])
            self.ids[found["data-name"]] = card
        if tag == "select":
            self._select = found.get("name", "")
        if tag == "option" and "selected" in found:
            self.fields[self._select] = found["value"]
        if tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"]] = found.get("value", "")


class Admin:
    """Somebody at the pages of one connection."""

    def __init__(self, client, connection_id):
        self.client = client
        self.base = f"/settings/integrations/acme/{connection_id}"

    def get(self, path="/mapping", **options):
        answer = self.client.get(self.base + path, **options)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def post(self, path, data):
        return unescape(self.client.post(self.base + path, data=data, follow_redirects=True).text)

    def lanes(self, path="/mapping"):
        return Lanes(self.get(path))

    def press(self, do, path="/mapping", **fields):
        """Press a button of the board's form; all its other fields travel along."""
        sent = {k: v for k, v in self.lanes(path).fields.items() if k.startswith(("head-", "shown-"))}
        return self.post(path, sent | {"do": do} | fields)

    def move(self, *names, to, path="/mapping"):
        ids = self.lanes(path).ids
        return self.press("move", path, card=[f"group:{ids[name]}" for name in names], to=to)

    def save(self, **choices):
        page = self.press("review")
        return self.post("/mapping/review", {**consent(page), **choices, "seen": Lanes(page).fields["seen"]})


@pytest.fixture
def connection(host, admin):
    return connect(host, admin)


@pytest.fixture
def dana(signed_in, admin, connection):
    return Admin(signed_in(admin), connection)


@pytest.fixture
def ready(dana):
    """Dana, with projects in use and suggestions taken."""
    dana.get("/projects")
    dana.post("/projects", {"do": "save", "project": ["10", "11", "20", "21", "22"]})
    dana.press("suggest")
    return dana


# ── projects in use ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_projects_are_read_searched_and_chosen(dana, vocabulary):
    page = dana.get("/projects")
    assert vocabulary.calls == ["read"]
    assert page.index("Company-managed") < page.index("Team-managed") < page.index("Archived")
    assert "24 Nov 2026, 09:00 UTC" in page
    assert "Web shop" in dana.get("/projects?q=WEB")
    assert "Interfaces" not in dana.get("/projects?q=web")
    assert "No project matches “zzz”" in dana.get("/projects?q=zzz")
    board = dana.post("/projects", {"do": "save", "project": ["10", "20", "no such project"]})
    assert "2 projects in use." in board
    assert vocabulary.calls == ["read", "project MOB", "project WEB"]
    assert set(Lanes(board).cards["New"]) == {
        *("To Do", "In Dev", "In Review", "Done", "Won't Do"),
        *("Backlog", "Testing", "Shipped"),
    }


def test_ticks_survive_a_search_and_all_that_is_found_is_ticked_at_once(dana):
    dana.get("/projects")
    page = dana.post("/projects", {"do": "search", "q": "team", "project": ["10"]})
    assert re.search(r'value="10" id="project-10" checked', page)
    page = dana.post("/projects", {"do": "all", "q": "team", "project": ["10"]})
    assert set(re.findall(r'id="project-(\d+)" checked', page)) == {"10", "20", "21", "22"}
    page = dana.post("/projects", {"do": "all", "q": "", "project": []})
    assert 'id="project-30" checked' not in page, "an archived project is only ticked by hand"
    assert "checked" not in dana.post("/projects", {"do": "none", "project": ["10"]})
    assert "Tick at least one project" in dana.post("/projects", {"do": "save"})


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (TemporarilyUnavailable("Acme cannot answer now."), "Acme cannot answer now. Try again in a minute"),
        (AuthorizationLost("The sign-in was refused."), "Authorize Acme · acme again in Settings › Integrations."),
        (Rejected("Too old.", cure="Upgrade Acme."), "Too old. Upgrade Acme."),
        (ZeroDivisionError("oops"), "Acme"),
    ],
)
def test_trouble_is_one_sentence_with_a_next_step(dana, vocabulary, trouble, said):
    vocabulary.trouble = trouble
    assert said in dana.get("/projects")
    assert said in dana.post("/projects/refresh", {}) or isinstance(trouble, AuthorizationLost)


def test_the_board_is_shown_while_the_remote_system_is_down(ready, vocabulary):
    vocabulary.trouble = TemporarilyUnavailable("Acme cannot answer now.")
    page = ready.post("/projects/refresh", {"back": "board"})
    assert "Acme cannot answer now." in page
    assert Lanes(page).cards["Open"] == ["To Do", "Backlog"]


def test_projects_that_could_not_be_read_are_named_on_the_board(dana, vocabulary):
    dana.get("/projects")
    vocabulary.trouble_with["10"] = TemporarilyUnavailable("Acme cannot answer now.")
    page = dana.post("/projects", {"do": "save", "project": ["10", "20"]})
    assert "1 project not read yet" in page
    assert Lanes(page).cards["New"] == ["Backlog", "Shipped", "Testing"]
    vocabulary.trouble_with.clear()
    page = dana.post("/projects/read", {})
    assert "not read yet" not in page
    assert "In Dev" in Lanes(page).cards["New"]


def test_many_projects_are_read_in_several_requests(dana, monkeypatch):
    monkeypatch.setattr("helpdesk_core.mapping.reading.READ_AT_ONCE", 1)
    dana.get("/projects")
    page = dana.post("/projects", {"do": "save", "project": ["10", "20", "21"]})
    assert "1 of 3 projects are read." in page
    assert "2 projects not read yet" in page
    dana.post("/projects/read", {})
    assert "not read yet" not in dana.post("/projects/read", {})
    page = dana.post("/projects/refresh", {"back": "board"})
    assert "2 projects were read longer ago: many are read some at a time. Refresh again for them." in page


def test_with_javascript_reading_many_projects_tells_how_far_it_got(dana, vocabulary, monkeypatch):
    monkeypatch.setattr("helpdesk_core.mapping.reading.READ_AT_ONCE", 1)
    dana.get("/projects")
    answer = dana.client.post(f"{dana.base}/projects", data={"do": "save", "project": ["10", "20", "21"]})
    assert answer.location.endswith("/mapping?reading=on"), "the board goes on by itself"

    def read():
        return dana.client.post(f"{dana.base}/projects/read", headers={"X-Reading-Progress": "1"}).json

    assert read() == {"read": 2, "total": 3, "trouble": ""}
    vocabulary.trouble = TemporarilyUnavailable("Acme cannot answer now.")
    assert read()["trouble"].startswith("Acme cannot answer now. Try again in a minute")
    vocabulary.trouble = None
    assert read() == {"read": 3, "total": 3, "trouble": ""}
    assert "Acme cannot answer now." not in dana.get(), "it was said already"


def test_a_disconnected_workspace_keeps_its_board_to_look_at(ready, host, connection):
    with host.database.write() as session:
        session.get_one(Connection, connection).state = ConnectionState.DISCONNECTED
    assert ready.lanes().cards["Open"] == ["To Do", "Backlog"]
    assert "is disconnected" in ready.post("/projects/refresh", {"back": "board"})


# ── the board ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_whole_journey_without_javascript(dana, host, connection, admin):
    with host.database.write() as session:
        create_ticket(session, title="Help", body="x", requester_name="Kim", by=admin, now=host.now())
    dana.get("/projects")
    page = dana.post("/projects", {"do": "save", "project": ["10", "11", "20", "21", "22"]})
    assert re.search(r"1<span class=\"visually-hidden\"> ticket<", page)

    page = dana.press("suggest")
    assert "15 New statuses are placed as Acme suggests." in page
    assert "It has the same name." in page
    page = dana.move("Blocked", "Testing", to="column:waiting")
    assert "Blocked and Testing moved to Waiting." in page
    dana.press("heads", **{"head-closed": "leave"})
    lanes = dana.lanes()
    dana.press(f"up:{lanes.ids['Shipped']}")
    expected = {
        "New": [],
        "Open": ["To Do", "Backlog"],
        "In Progress": ["In Dev", "In Review"],
        "Waiting": ["Blocked", "Testing"],
        "Done": ["Shipped", "Done", "Won't Do"],
        "Closed": [],
        "Ignored": [],
    }
    assert dana.lanes().cards == expected

    page = dana.press("review")
    assert "Testing (3 of that name) moved from New to Waiting." in page
    assert "Closed: leave the issue where it is (before: same as Done)." in page
    before = dana.lanes()
    assert "The mapping is saved as version 1." in dana.save()
    after = dana.lanes()
    assert after.cards == before.cards
    assert after.fields["head-closed"] == "leave"
    with host.database.read() as session:
        rules = service.resolved_board(session, connection, "20")
    assert rules.outbound("done").ids[-2:] == ("4", "5")
    assert rules.inbound("201") == "open"


def test_a_group_is_moved_whole_or_one_by_one(ready):
    ready.press("move", card="single:212", to="tray:ignored")
    assert ready.lanes().cards["Ignored"] == ["Testing"]
    assert "Testing" in ready.lanes().cards["In Progress"]
    page = ready.get()
    assert "single:202" in page
    assert "single:222" in page
    assert "single:212" not in page, "one of a name needs no list"


def test_cards_are_put_before_another(ready):
    ids = ready.lanes().ids
    ready.press("move", card=f"group:{ids['In Review']}", to="column:done", before=ids["Shipped"])
    assert ready.lanes().cards["Done"] == ["Done", "In Review", "Shipped", "Won't Do"]


def test_badges_say_where_the_issues_of_which_project_go(ready):
    page = re.sub(r"<[^>]+>|\s+", " ", ready.get())
    assert re.search(r"issues go\s+here: API, WEB", page)
    assert re.search(r"issues go\s+here: LAB, MOB, OPS", page)


def test_nothing_ticked_or_nowhere_chosen_changes_nothing(ready):
    before = ready.lanes().cards
    assert "Nothing is ticked." in ready.press("move", to="column:done")
    assert "Choose where to move the cards." in ready.press("move", card="group:1", to="")
    assert "Choose where to move the cards." in ready.press("move", card="group:1", to="column:nonsense")
    assert "not on the board any more" in ready.press("move", card="group:zzz", to="column:done")
    assert "Reload it" in ready.press("heads", **{"head-open": "nonsense"})
    assert "lies in no column" in ready.press("up:zzz")
    assert ready.lanes().cards == before


def test_a_refused_move_keeps_what_was_ticked_and_chosen(ready):
    def ticked(page):
        return re.findall(r'name="card" value="([^"]+)"[^>]* checked', page)

    assert ticked(ready.press("move", card=["group:1", "single:212"], to="")) == ["group:1", "single:212"]
    assert '<option value="column:done" selected>' in ready.press("move", to="column:done")
    assert ticked(ready.press("move", card="group:1", to="column:waiting")) == []


def test_a_new_project_s_statuses_are_placed_like_the_others_of_their_name(dana):
    dana.get("/projects")
    dana.post("/projects", {"do": "save", "project": ["20", "21"]})
    dana.press("suggest")
    dana.move("Testing", to="column:waiting")
    dana.save()
    page = dana.post("/projects", {"do": "save", "project": ["20", "21", "22", "10"]})
    assert "Place 3 like others of the same name" in page
    assert "3 New statuses are placed like the others of the same name." in dana.press("alike")
    lanes = dana.lanes()
    assert lanes.cards["Waiting"] == ["Testing"]
    assert "single:222" in dana.get()
    assert "To Do" in lanes.cards["New"], "shared statuses are for Suggest, or a person"
    assert "data-alike" not in dana.get()


def test_new_statuses_are_placed_without_asking_once_that_is_ticked(dana):
    dana.get("/projects")
    dana.post("/projects", {"do": "save", "project": ["20", "21"]})
    dana.press("suggest")
    dana.move("Testing", to="column:waiting")
    dana.save()
    page = dana.post("/projects", {"do": "save", "project": ["20", "21", "22"]})
    assert 'href="#following">Always do so' in page
    page = dana.post("/mapping/following", {"on": "on"})
    assert "From now on, new statuses go to the others of their name." in page
    assert "Testing moved from New to Waiting. Shipped moved from New to Done. This is version 2." in page
    assert re.search(r'id="follow"[^>]* checked', page)
    assert Lanes(page).cards["New"] == []

    page = dana.get("/mapping/versions")
    assert re.search(r"The helpdesk · [^·]+ · new statuses placed without asking, like the others of their name", page)
    page = dana.post("/mapping/following", {})
    assert "From now on, new statuses wait under New." in page
    assert not re.search(r'id="follow"[^>]* checked', page)


def test_a_suggestion_that_was_moved_by_hand_loses_its_reason(ready):
    assert ready.get().count("Its category is In Progress.") == 4
    ready.move("Blocked", to="column:waiting")
    assert ready.get().count("Its category is In Progress.") == 3
    assert "There is nothing to suggest" in ready.press("suggest")


def test_a_circle_is_refused_with_its_cure(ready):
    page = ready.press("review", **{"head-open": "same:waiting", "head-waiting": "same:open"})
    assert "Open is the same as Waiting, which is the same as Open: a circle." in page
    assert "Save the mapping" not in page
    answer = ready.client.post(f"{ready.base}/mapping/review", data={"seen": "0"})
    assert answer.status_code == 409
    assert "a circle" in answer.text


def test_a_column_that_promises_a_move_which_cannot_be_made_is_warned_about(ready):
    assert "would stop" not in ready.get()
    assert "No card lies here, so a move would stop." in ready.press("heads", **{"head-waiting": "move"})
    page = ready.move("Blocked", to="column:waiting")
    assert "No card of LAB, MOB, OPS and WEB lies here, so a move would stop there." in page
    assert "No card of WEB lies here" in ready.get("/mapping?project=10")
    assert "would stop" not in ready.get("/mapping?project=11")
    ready.press("heads", "/mapping?project=10", **{"head-waiting": "leave"})
    assert "No card of" not in ready.get("/mapping?project=10")
    assert "No card of LAB, MOB and OPS lies here" in ready.get(), "WEB has said what it does"


def test_saving_over_somebody_else_shows_the_difference_and_asks(ready, signed_in, agent, host, connection):
    with host.database.write() as session:
        session.get_one(type(agent), agent.id).role = "admin"
    kim = Admin(signed_in(agent), connection)
    kim.press("suggest")
    kim.move("Blocked", to="column:closed")
    page = ready.press("review")
    seen = Lanes(page).fields["seen"]
    assert "saved as version 1" in kim.save()

    answer = ready.client.post(f"{ready.base}/mapping/review", data={"seen": seen})
    assert answer.status_code == 409
    page = unescape(answer.text)
    assert "Alex Agent saved version 1" in page
    assert "Blocked moved from New to Closed." in page
    assert "Blocked moved from Closed to In Progress." in page, "what saving over it would do"
    assert "Blocked" in ready.lanes().cards["In Progress"], "the edit stays on the page"
    assert "saved version 1 meanwhile" in ready.get()
    assert "saved as version 2" in ready.post("/mapping/review", {"seen": Lanes(page).fields["seen"]})
    assert "Blocked" in ready.lanes().cards["In Progress"]


def test_changes_can_be_discarded(ready):
    assert "Your changes are discarded." in ready.press("discard")
    assert ready.lanes().cards["Open"] == []
    assert "Nothing differs from what is saved." in ready.press("review")


def test_a_project_differs_and_follows_again(ready, host, connection):
    ready.save()
    path = "/mapping?project=10"
    assert {name for names in ready.lanes(path).cards.values() for name in names} == {
        "To Do",
        "In Dev",
        "In Review",
        "Done",
        "Won't Do",
    }
    page = ready.move("In Review", to="column:waiting", path=path)
    assert "differs" in page
    assert "WEB · Web shop · differs" in page
    assert "In Review" in ready.lanes().cards["In Progress"]
    page = ready.press("review", path)
    assert "Only in WEB: In Review is in Waiting." in page
    ready.save()
    with host.database.read() as session:
        assert service.resolved_board(session, connection, "10").outbound("waiting") == Targets(("3",))
        assert service.resolved_board(session, connection, "11").inbound("3") == "in_progress"
    page = ready.press("follow", path)
    assert "WEB follows the default again." in page
    assert "Only in WEB: follows the default again." in ready.press("review", path)


def test_versions_and_undo(ready):
    ready.save()
    ready.move("Blocked", to="tray:ignored")
    ready.save()
    page = ready.get("/mapping/versions")
    assert "Blocked moved from In Progress to Ignored." in page
    page = ready.get("/mapping/versions/1")
    assert "Blocked moved from Ignored to In Progress." in page
    assert "are not moved back" in page
    page = ready.post("/mapping/versions/1", {"seen": Lanes(page).fields["seen"]})
    assert "The mapping is that of version 1 again, saved as version 3." in page
    assert "equal to version 1" in page
    assert "Blocked" in ready.lanes().cards["In Progress"]
    assert "saved this board meanwhile" in ready.post("/mapping/versions/2", {"seen": "2"})
    assert ready.client.get(f"{ready.base}/mapping/versions/9").status_code == 404


def test_statuses_of_other_projects_are_a_click_away(ready):
    assert "Show 1 other" in ready.get()
    assert ready.lanes("/mapping?all=1").cards["New"] == ["Elsewhere"]
    ready.press("move", "/mapping?all=1", card="group:9", to="tray:ignored")
    assert ready.lanes().cards["Ignored"] == []
    assert ready.lanes("/mapping?all=1").cards["Ignored"] == ["Elsewhere"]


def test_cards_are_found_by_name_category_and_project(ready):
    hidden = re.findall(r'data-name="([^"]+)"[^>]* hidden', ready.get("/mapping?q=blocked"))
    assert "Blocked" not in hidden
    assert "To Do" in hidden
    assert 'data-name="Testing"' in ready.get("/mapping?q=mob")


def test_a_status_that_vanished_says_so(ready, vocabulary):
    ready.save()
    vocabulary.statuses = [status for status in vocabulary.statuses if status.id != "6"]
    vocabulary.in_project["11"].remove("6")
    ready.post("/projects/refresh", {})
    assert "does not know it any more" in ready.get("/mapping?all=1")


def test_a_custom_status_is_a_column_after_its_system_status(ready, host):
    with host.database.write() as session:
        create_status(session, name="Waiting for vendor", system=SystemStatus.WAITING)
    lanes = ready.lanes()
    assert list(lanes.cards)[3:5] == ["Waiting", "Waiting for vendor"]
    assert lanes.fields["head-waiting-for-vendor"] == "same:waiting"


def test_a_site_of_500_projects_stays_short(dana, vocabulary):
    for number in range(500):
        project = str(1000 + number)
        vocabulary.projects.append(
            RemoteProject(id=project, key=f"T{number:03}", name=f"Team {number}", owns_statuses=True)
        )
        names = {"To Do": NEW, "In Progress": GOING, "Shipped": DONE, f"Special {number % 7}": GOING}
        vocabulary.statuses += [owned(f"{project}-{n}", name, c, project) for n, (name, c) in enumerate(names.items())]
        vocabulary.in_project[project] = [f"{project}-{n}" for n in range(4)]
    assert dana.get("/projects").count("data-project=") == 506
    assert dana.get("/projects?q=T49").count("data-project=") == 10
    dana.post("/projects", {"do": "save", "project": ["10", "1000", "1001"]})
    assert len(vocabulary.calls) == 4, "details are read for projects in use only"
    page = dana.get()
    assert "Show 2003 others" in page
    assert sorted(Lanes(page).cards["New"]) == sorted(
        [
            "Done",
            "In Dev",
            "In Progress",
            "In Review",
            "Shipped",
            "Special 0",
            "Special 1",
            "To Do",
            "To Do",
            "Won't Do",
        ]
    )
    everything = dana.lanes("/mapping?all=1").cards["New"]
    assert len(everything) == 7 + 3 + 3 + 7 - 1, (
        "all 2,016 statuses are a few cards: shared, Acme's teams', the 500 teams'"
    )


def test_with_javascript_only_the_board_comes_back(ready):
    data = {"do": "move", "card": "group:1", "to": "column:waiting"}
    answer = ready.client.post(f"{ready.base}/mapping", data=data, headers={"X-Board-Part": "1"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "data-said>To Do moved to Waiting.<" in answer.text
    assert Lanes(answer.text).cards["Waiting"] == ["To Do"]
    refused = ready.client.post(f"{ready.base}/mapping", data={"do": "move"}, headers={"X-Board-Part": "1"})
    assert "data-refused" in refused.text


@pytest.mark.parametrize(
    "path", ["/projects", "/mapping", "/mapping/review", "/mapping/versions", "/mapping/versions/1", "/mapping/moves"]
)
def test_the_pages_are_for_admins_and_for_this_connection(path, signed_in, agent, admin, connection):
    assert signed_in(agent).get(f"/settings/integrations/acme/{connection}{path}").status_code == 403
    client = signed_in(admin)
    assert client.get(f"/settings/integrations/other/{connection}{path}").status_code == 404
    assert client.get(f"/settings/integrations/acme/{connection + 1}{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/projects",
        "/projects/read",
        "/projects/refresh",
        "/mapping",
        "/mapping/following",
        "/mapping/review",
        "/mapping/versions/1",
        "/mapping/moves",
        "/mapping/moves/refresh",
    ],
)
def test_nobody_but_an_admin_changes_anything(path, signed_in, agent, connection):
    assert signed_in(agent).post(f"/settings/integrations/acme/{connection}{path}").status_code == 403
