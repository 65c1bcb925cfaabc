"""The page on which an admin says what moves may send and pass, used without JavaScript."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping.knowledge import knowledge_words
from helpdesk_core.mapping.models import KnownWorkflow
from helpdesk_core.mapping.workflows import renew_workflows, set_default, store_workflow, terms
from helpdesk_core.sync.work import register
from helpdesk_core.values import Evidence, FieldOption, Step, Transition, TransitionField, Workflow
from tests.core.mapping_world import FakeWorkflows, acme, admit, connect, consent

FIXED, DUPLICATE = FieldOption(id="r1", name="Fixed"), FieldOption(id="r2", name="Duplicate")
RESOLUTION = TransitionField(id="resolution", name="Resolution", required=True, options=(FIXED, DUPLICATE))
NOTE = TransitionField(id="note", name="Release note")


def step(from_id, to_id, *fields, name="", evidence=Evidence.KNOWN):
    move = Transition(id=f"{from_id}>{to_id}", name=name or f"To {to_id}", to_id=to_id, fields=fields)
    return Step(from_id=from_id, transition=move, evidence=evidence)


def web(*options):
    """To Do → In Dev → Done → Won't Do: the last is reached through Done alone."""
    resolution = TransitionField(id="resolution", name="Resolution", required=True, options=options)
    return Workflow(
        status_ids=("1", "2", "3", "4", "5"),
        steps=(
            step("1", "2"),
            step("2", "4", resolution, NOTE, name="Finish"),
            step("3", "4", NOTE, name="Approve"),
            step("4", "5", name="Archive"),
        ),
        explored=frozenset({"1", "2", "3", "4", "5"}),
    )


@pytest.fixture
def workflows():
    return FakeWorkflows(in_project={"10": web(FIXED, DUPLICATE)})


@pytest.fixture
def registry(workflows):
    return admit(IntegrationRegistry(), acme(), workflows)


@pytest.fixture
def connection(host, admin):
    return connect(host, admin)


class Page:
    """Somebody at the pages of one connection."""

    def __init__(self, client, connection_id):
        self.client = client
        self.base = f"/settings/integrations/acme/{connection_id}"

    def get(self, path="/mapping/moves"):
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def post(self, path="/mapping/moves", **data):
        return unescape(self.client.post(self.base + path, data=data, follow_redirects=True).text)

    def save(self, **data):
        """Send the form as it is shown, with some controls filled in otherwise."""
        html = self.get()
        shown = dict(re.findall(r'name="(field:[^"]+)"[^>]*>\s*<option value="()"', html))
        shown |= dict(re.findall(r'type="text" name="(field:[^"]+)"[^>]* value="([^"]*)"', html))
        for name in shown:
            select_ = re.search(rf'name="{re.escape(name)}".*?</select>', html, re.DOTALL)
            if select_ and (chosen := re.search(r'value="([^"]*)" selected', select_[0])):
                shown[name] = chosen[1]
        boxes = {
            "offered": re.findall(r'name="offered" value="([^"]+)"', html),
            "allowed": re.findall(r'name="allowed" value="([^"]+)"[^>]* checked', html),
        }
        return self.post(**(shown | boxes | data))


@pytest.fixture
def dana(signed_in, admin, connection):
    page = Page(signed_in(admin), connection)
    page.get("/projects")
    page.post("/projects", do="save", project=["10", "11"])
    return page


@pytest.fixture
def ready(dana):
    dana.post("/mapping/moves/refresh")
    return dana


def terms_of(host, connection):
    with host.database.read() as session:
        return terms(session, connection)


# ── what is known ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("explored", "evidence", "said"),
    [
        ("", Evidence.KNOWN, "nothing yet: nobody has looked into A, B and C"),
        ("abc", Evidence.KNOWN, "all 3 statuses read"),
        ("abc", Evidence.LEARNT, "all 3 statuses seen on issues"),
        ("a", Evidence.LEARNT, "seen on issues: 1 of 3 statuses; nobody has looked into: B and C"),
        ("ab", Evidence.KNOWN, "read: 2 of 3 statuses; nobody has looked into: C"),
    ],
)
def test_how_much_is_known_is_said_in_words(explored, evidence, said):
    steps = tuple(step(from_id, "c", evidence=evidence) for from_id in explored)
    workflow = Workflow(status_ids=("a", "b", "c"), steps=steps, explored=frozenset(explored))
    assert knowledge_words(workflow, {"a": "A", "b": "B", "c": "C"}) == said


def test_what_was_read_and_what_was_learnt_is_told_apart():
    steps = (step("a", "b"), step("b", "a", evidence=Evidence.LEARNT))
    workflow = Workflow(status_ids=("a", "b"), steps=steps, explored=frozenset("ab"))
    assert knowledge_words(workflow, {}) == "all 2 statuses read or seen on issues"
    assert knowledge_words(Workflow(status_ids=(), steps=()), {}) == "no status is known yet"


def test_the_page_says_what_is_known_of_each_kind(dana):
    assert 'href="' + dana.base + '/mapping/moves"' in dana.get("/mapping"), "the board leads there"
    assert "Task: nothing yet: nobody has looked into To Do, In Dev, In Review, Done and Won't Do" in dana.get()
    page = dana.post("/mapping/moves/refresh")
    assert "Workflows read anew: API (1 kind of issue) and WEB (1 kind of issue)." in page
    assert "Task: all 5 statuses read" in page


def test_trouble_with_one_project_keeps_no_other_from_being_read(dana, workflows):
    workflows.trouble_with["11"] = TemporarilyUnavailable("Acme cannot answer now.")
    page = dana.post("/mapping/moves/refresh")
    assert workflows.calls == ["API", "WEB"]
    assert "Workflows read anew: WEB (1 kind of issue)." in page
    assert "Not read: API. Acme cannot answer now. Try again in a minute" in page
    assert "Task: all 5 statuses read" in page


# ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_fields_are_listed_by_the_status_entered(ready):
    page = ready.get()
    assert page.index("Resolution, when an issue enters Done") < page.index("<details>")
    assert page.index("<details>") < page.index("Release note, when an issue enters Done")
    assert "Asked by: Finish." in page
    assert "Asked by: Finish and Approve." in page
    assert '<option value="r2">Duplicate</option>' in page
    assert "Without a value, issues are not moved there." in page


def test_the_same_field_of_several_projects_is_one(ready, host, connection):
    third = FieldOption(id="r3", name="Cannot reproduce")
    api = Workflow(
        status_ids=("1", "4"),
        steps=(
            step("1", "4", TransitionField(id="resolution", name="Resolution", options=(FIXED, third)), name="Shut"),
        ),
    )
    with host.database.write() as session:
        store_workflow(session, connection, "11", "1", api, now=host.now())
    page = ready.get()
    assert page.count('<label class="form-label mb-1" for="field-4:resolution">') == 1
    assert re.search(r"Asked by: (Shut and Finish|Finish and Shut)\.", page)
    assert [page.count(f">{name}</option>") for name in ("Fixed", "Duplicate", "Cannot reproduce")] == [1, 1, 1]


def test_defaults_are_saved_and_taken_back(ready, host, connection):
    page = ready.save(**{"field:4:resolution": "r2", "field:4:note": " As agreed. "})
    assert "2 changes saved." in page
    assert '<option value="r2" selected>Duplicate</option>' in page
    assert 'value="As agreed."' in page
    assert terms_of(host, connection).defaults == {("4", "resolution"): "r2", ("4", "note"): "As agreed."}
    assert "Nothing differs from what was saved." in ready.save()
    assert "1 change saved." in ready.save(**{"field:4:resolution": ""})
    assert terms_of(host, connection).defaults == {("4", "note"): "As agreed."}


def test_an_option_that_is_gone_is_shown_and_kept_until_another_is_chosen(ready, host, connection):
    with host.database.write() as session:
        set_default(session, connection, "4", "resolution", "r9")
    page = ready.get()
    assert '<option value="r9" selected>r9 (no longer offered)</option>' in page
    assert "counts as nothing; choose another" in page
    ready.save(**{"field:4:note": "x"})
    assert terms_of(host, connection).defaults == {("4", "resolution"): "r9", ("4", "note"): "x"}


def test_a_value_that_is_not_offered_is_refused_and_nothing_is_kept(ready, host, connection):
    page = ready.save(**{"field:4:resolution": "nonsense", "field:4:note": "x"})
    assert "Resolution, when an issue enters Done: the value is not offered any more. Choose another." in page
    assert terms_of(host, connection).defaults == {}
    ready.post(**{"field:9:unheard": "x"})
    assert terms_of(host, connection).defaults == {}, "what no move asks for is not kept"


# ── passing done statuses ────────────────────────────────────────────────────────────────────────────────────────────

QUESTION = "To reach Won't Do an issue must pass Done. Allow?"


@pytest.fixture
def mapped(ready):
    """The board in force sends the issues of closed tickets to Won't Do."""
    ready.post("/mapping", do="move", card="group:4", to="column:done")
    ready.post("/mapping", do="move", card="group:5", to="column:closed")
    page = ready.post("/mapping", do="review")
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen, page
    assert "saved as version 1" in ready.post("/mapping/review", seen=seen[1], **consent(page))
    return ready


def test_only_what_the_board_in_force_needs_is_asked(ready):
    assert QUESTION not in ready.get()
    assert "No way that the mapping takes must pass a done status." in ready.get()


def test_leave_to_pass_a_done_status_is_asked_saved_and_taken_back(mapped, host, connection):
    page = mapped.get()
    assert QUESTION in page
    assert "Waited for by: WEB Task." in page
    assert "1 change saved." in mapped.save(allowed=["5:4"])
    assert terms_of(host, connection).crossable == {"5": frozenset({"4"})}
    page = mapped.get()
    assert QUESTION in page
    assert re.search(r'name="allowed" value="5:4"[^>]* checked', page), "what is allowed stays to be seen"
    assert "Nothing differs" in mapped.save()
    assert "1 change saved." in mapped.save(allowed=[])
    assert terms_of(host, connection).crossable == {}


def test_a_box_that_was_not_shown_changes_nothing(mapped, host, connection):
    mapped.save(allowed=["5:4"])
    mapped.post(**{"field:4:note": "x"})
    assert terms_of(host, connection).crossable == {"5": frozenset({"4"})}
    mapped.post(offered=["1:2"], allowed=["1:2"])
    assert terms_of(host, connection).crossable == {"5": frozenset({"4"})}


# ── once a day ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_once_a_day_all_working_connections_are_read(dana, host, work, connection, workflows, caplog):
    register(work, host)
    workflows.trouble_with["10"] = Rejected("No such project.", cure="Choose another.")
    host.jobs.tick("mapping.workflows")
    host.jobs.run("schedule:mapping.workflows")
    assert workflows.calls == ["WEB", "API"]
    assert "WEB: No such project." in caplog.text
    with host.database.read() as session:
        assert [row.project_id for row in session.scalars(select(KnownWorkflow))] == ["11"]
    with host.database.write() as session:
        session.get_one(Connection, connection).state = ConnectionState.DISCONNECTED
    renew_workflows(host)
    assert workflows.calls == ["WEB", "API"], "a connection that does not work is not asked"


def test_after_the_mapping_was_saved_they_are_read_without_anybody_asking(dana, host, work, workflows):
    register(work, host)
    dana.post("/mapping", do="suggest")
    assert workflows.calls == []
    page = dana.get("/mapping/review")
    dana.post("/mapping/review", seen=re.search(r'name="seen" value="([^"]*)"', page)[1], **consent(page))
    host.jobs.run_all()
    assert workflows.calls == ["WEB", "API"]


def test_a_connection_that_lost_its_authorization_is_asked_once(dana, host, workflows):
    workflows.trouble_with |= dict.fromkeys(("10", "11"), AuthorizationLost("The sign-in was refused."))
    renew_workflows(host)
    assert "API" not in workflows.calls


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_is_for_admins(signed_in, agent, connection):
    client = signed_in(agent)
    path = f"/settings/integrations/acme/{connection}/mapping/moves"
    assert client.get(path).status_code == 403
    assert client.post(path).status_code == 403
    assert client.post(f"{path}/refresh").status_code == 403
