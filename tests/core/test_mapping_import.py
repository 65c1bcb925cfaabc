"""Exporting a mapping and importing it elsewhere: on real databases, over the pages, and on the command line."""

from __future__ import annotations

import io
import os
import re
from contextlib import nullcontext
from dataclasses import replace
from html import unescape

import pytest
from click.testing import CliRunner
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from helpdesk_core.app import create_app
from helpdesk_core.cli import command
from helpdesk_core.db import Database
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping import exchanging, service
from helpdesk_core.mapping.board import Board, Leave, Override, SameAs, Tray
from helpdesk_core.mapping.commands import make_group
from helpdesk_core.mapping.drafts import Draft, edit_draft, open_draft
from helpdesk_core.mapping.exchange import MAX_BYTES
from helpdesk_core.mapping.versions import SavedMeanwhile, add_version, latest, list_versions
from helpdesk_core.mapping.vocabulary import store_vocabulary
from helpdesk_core.tickets.service import create_status
from helpdesk_core.values import SystemStatus, Vocabulary
from plugins.registry import build_registry
from tests.conftest import PASSWORD
from tests.core.mapping_world import acme, admit, connect
from tests.databases import KINDS, all_tables

FIRST = Board(columns={"open": ("1",), "done": ("4",)})
BOARD = Board(
    columns={"open": ("1", "201", "211"), "done": ("4", "203", "5"), "at-the-vendor": ("2",)},
    ignored=frozenset({"9", "221"}),
    heads={"closed": SameAs("done"), "waiting": Leave()},
    overrides={
        "20": Override(placements={"3": "at-the-vendor", "5": Tray.IGNORED}),
        "10": Override(order={"done": ("5", "4")}, heads={"done": Leave()}),
    },
)


@pytest.fixture
def registry():
    return admit(IntegrationRegistry(), acme())


def vocabulary(shift=0, but=()):
    """Acme's projects and statuses; in another site each id is another."""
    world = acme()

    def there(each):
        return each and str(int(each) + shift)

    return Vocabulary(
        projects=tuple(replace(project, id=there(project.id)) for project in world.projects),
        statuses=tuple(
            replace(status, id=there(status.id), project_id=there(status.project_id))
            for status in world.statuses
            if status.id not in but
        ),
    )


def know(host, connection, known):
    with host.database.write() as session:
        store_vocabulary(session, connection, known, now=host.now())


def put_into_force(host, connection, board):
    with host.database.write() as session:
        seen = latest(session, connection).number
        add_version(session, connection, board, seen=seen, by="Somebody", now=host.now())


def in_force(host, connection):
    with host.database.read() as session:
        return latest(session, connection)


def exported(host, connection, number=None):
    with host.database.read() as session:
        return exchanging.export(session, connection, number)


def looked_at(host, connection, text):
    with host.database.read() as session:
        return exchanging.read_import(session, connection, text.encode())


def taken(host, connection, user, text, *, seen):
    with host.database.write() as session:
        return exchanging.take_import(session, connection, user, text.encode(), seen=seen, now=host.now())


def draft_of(host, connection, user):
    with host.database.read() as session:
        return open_draft(session, connection, user.id)


@pytest.fixture
def vendor(host):
    with host.database.write() as session:
        return create_status(session, name="At the vendor", system=SystemStatus.WAITING)


@pytest.fixture
def connection(host, admin, vendor):
    """A connection to acme whose second version is `BOARD`."""
    assert vendor.key == "at-the-vendor"
    connection = connect(host, admin)
    know(host, connection, vocabulary())
    put_into_force(host, connection, FIRST)
    put_into_force(host, connection, BOARD)
    return connection


@pytest.fixture
def globex(host, admin, connection):
    """A connection to another site: the same names, other ids, nothing mapped."""
    far = connect(host, admin, workspace="globex")
    know(host, far, vocabulary(5000))
    return far


# ── export, import, and the board ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_in_force_is_exported_or_a_version(host, connection):
    text = exported(host, connection)
    assert '    - {id: "201", name: "Backlog", category: new, project: "MOB"}\n' in text
    assert 'workspace: {integration: acme, id: "acme", name: "acme", url: "https://acme.test"}\n' in text
    assert exported(host, connection, 2) == text
    assert "Backlog" not in exported(host, connection, 1)
    with pytest.raises(NotFound, match="no version 3"):
        exported(host, connection, 3)
    with pytest.raises(NotFound, match="no connection with the id 99"):
        exported(host, 99)


@pytest.mark.parametrize("kind", KINDS)
def test_another_database_gets_the_same_board_and_exports_the_same_bytes(host, admin, connection, new_database, kind):
    """A second helpdesk with the same site, where the custom status got another key."""
    text = exported(host, connection)
    database = Database(new_database(kind, all_tables))
    second = replace(host, database=database, jobs=MemoryJobs(None, host.now))
    with database.write() as session:
        session.merge(admin)
        create_status(session, name="At the vendor", system=SystemStatus.WAITING)
    there = connect(second, admin)
    know(second, there, vocabulary())
    found = looked_at(second, there, text)
    assert found.errors == ()
    assert found.board == BOARD
    with database.write() as session:
        exchanging.save_import(session, there, found, by="Ann", now=host.now())
    assert in_force(second, there).board == BOARD
    assert exported(second, there) == text
    database.dispose()


def test_another_site_with_other_ids_gets_the_same_board_by_name(host, admin, connection, globex):
    text = exported(host, connection)
    taken(host, globex, admin, text, seen=0)
    with host.database.write() as session:
        service.save_draft(session, globex, admin, seen=0, now=host.now())
    board = in_force(host, globex).board
    assert board.columns["open"] == ("5001", "5201", "5211")
    assert board.overrides["5020"].placements == {"5003": "at-the-vendor", "5005": Tray.IGNORED}

    def without_ids(text):
        return re.sub(r'id: "\w+"|(name|url): "[^ ]*(acme|globex)[^ ]*"', "", text)

    assert without_ids(exported(host, globex)) == without_ids(text)
    back = looked_at(host, connection, exported(host, globex))
    assert (back.board, back.changes) == (BOARD, ()), "and back again"


def test_a_site_where_something_is_missing_names_the_line(host, admin, connection, globex):
    know(host, globex, vocabulary(5000, but=("3", "211")))
    text = exported(host, connection)
    lines = text.splitlines()
    found = looked_at(host, globex, text)
    assert [lines[error.number - 1].split('"')[3] for error in found.errors] == ["Backlog", "In Review"]
    assert "no status “Backlog” (To do, OPS) here, but “Backlog” (To do, MOB) and" in found.errors[0].reason
    assert [match.line for match in found.matches if not match.here] == [error.number for error in found.errors]
    assert taken(host, globex, admin, text, seen=0).board is None
    assert draft_of(host, globex, admin).board == Board(), "nothing was taken in"


def test_a_ticket_status_that_this_helpdesk_lacks_names_the_line(host, admin, connection, new_database):
    database = Database(new_database("sqlite", all_tables))
    second = replace(host, database=database)
    with database.write() as session:
        session.merge(admin)
    there = connect(second, admin)
    know(second, there, vocabulary())
    text = exported(host, connection)
    (error,) = looked_at(second, there, text).errors
    assert text.splitlines()[error.number - 1] == '  at-the-vendor: {name: "At the vendor", system: waiting}'
    assert "Add it under Settings › Statuses" in error.reason
    database.dispose()


def test_what_is_taken_in_is_a_draft_that_is_reviewed_and_saved_like_any_other(host, admin, connection):
    text = exported(host, connection, 1)
    assert looked_at(host, connection, text).changes[0] == "In Dev moved from At the vendor to New."
    taken(host, connection, admin, text, seen=2)
    assert draft_of(host, connection, admin) == Draft(board=FIRST, based_on=2)
    assert in_force(host, connection).board == BOARD
    with host.database.write() as session:
        service.save_draft(session, connection, admin, seen=2, now=host.now())
    assert in_force(host, connection).board == FIRST


def test_a_version_saved_after_the_look_is_not_overwritten(host, admin, connection):
    found = looked_at(host, connection, text := exported(host, connection, 1))
    put_into_force(host, connection, replace(BOARD, heads={}))
    taken(host, connection, admin, text, seen=found.seen)
    assert draft_of(host, connection, admin).based_on == 2
    for save in (
        lambda session: service.save_draft(session, connection, admin, seen=found.seen, now=host.now()),
        lambda session: exchanging.save_import(session, connection, found, by="Ann", now=host.now()),
    ):
        with pytest.raises(SavedMeanwhile), host.database.write() as session:
            save(session)
    assert in_force(host, connection).number == 3


def test_a_file_with_errors_is_never_saved(host, connection):
    found = looked_at(host, connection, "format: x")
    with pytest.raises(Refused, match="errors"), host.database.write() as session:
        exchanging.save_import(session, connection, found, by="Ann", now=host.now())


def test_what_the_site_forgot_is_kept_at_home_and_refused_elsewhere(host, connection, globex):
    known = vocabulary(but=("2",))
    know(host, connection, replace(known, projects=tuple(each for each in known.projects if each.key != "WEB")))
    text = exported(host, connection)
    assert '    - {id: "2"}\n' in text
    assert '  - project: {id: "10"}\n' in text
    assert looked_at(host, connection, text).board == BOARD
    status, project = looked_at(host, globex, text).errors
    assert text.splitlines()[status.number - 1].strip() == '- {id: "2"}'
    assert "Ids mean nothing in another workspace" in status.reason
    assert text.splitlines()[project.number - 1].strip() == '- project: {id: "10"}'
    assert "There is no project project 10" not in project.reason


# ── the pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Pages:
    """Dana at the pages of a connection."""

    def __init__(self, client, connection):
        self.client, self.base = client, f"/settings/integrations/acme/{connection}/mapping"

    def get(self, path):
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def upload(self, text, status=200):
        data = text.encode() if isinstance(text, str) else text
        answer = self.send("/import", {"file": FileStorage(io.BytesIO(data), "mapping.yaml")})
        assert answer.status_code == status, answer.text
        return answer.text

    def take(self, page):
        """Press the button of the page: what the form holds travels along."""
        return self.send("/import/take", fields(page), follow_redirects=True)

    def send(self, path, form, **options):
        """Encode a form as browsers do; what the client encodes itself it would keep in a file that nobody closes."""
        boundary, body = encode_multipart(form)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post(self.base + path, data=body, content_type=kind, **options)


def fields(page):
    """Read the form that takes a file in, as a browser does."""
    form = page[page.index("data-take") : page.index("</form>", page.index("data-take"))]
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", form)]
    return {each["name"]: unescape(each["value"]) for each in inputs}


@pytest.fixture
def dana(signed_in, admin, connection):
    return Pages(signed_in(admin), connection)


@pytest.fixture
def far(signed_in, admin, globex):
    return Pages(signed_in(admin), globex)


def test_the_file_is_downloaded_from_the_list_of_versions(dana, host, connection):
    page = dana.get("/versions")
    links = re.findall(r'href="([^"]*export\.yaml)"', page)
    paths = ("/export.yaml", "/versions/2/export.yaml", "/versions/1/export.yaml")
    assert links == [f"{dana.base}{path}" for path in paths]
    answer = dana.client.get(links[0])
    assert answer.content_type == "application/yaml; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="status-mapping-acme-acme.yaml"'
    assert answer.text == exported(host, connection)
    answer = dana.client.get(links[2])
    assert 'filename="status-mapping-acme-acme-version-1.yaml"' in answer.headers["Content-Disposition"]
    assert answer.text == exported(host, connection, 1)
    assert dana.client.get(f"{dana.base}/versions/9/export.yaml").status_code == 404


def test_without_versions_there_is_nothing_to_export_but_something_to_import(far):
    page = far.get("/versions")
    assert "export.yaml" not in page
    assert re.search(r'<form[^>]*action="[^"]*/mapping/import"[^>]*enctype="multipart/form-data"', page)
    assert re.search(r'<label[^>]*for="file"[^>]*>Mapping as YAML</label>', page)
    assert 'type="file"' in far.get("/import")


def test_an_upload_shows_matches_and_differences_and_changes_nothing(far, dana, host, admin, connection, globex):
    page = unescape(far.upload(exported(host, connection)))
    row = re.search(r'<tr data-match="15">(.*?)</tr>', page, re.DOTALL)[1]
    assert re.findall(r">([^<]+)</t[dh]>", row) == [
        *("15", "Status", "“Backlog” (To do, OPS)", "“Backlog” (To do, OPS)", "same name and category, in OPS"),
    ]
    assert "To Do moved from New to Open." in page
    assert "Only in MOB: In Review is in At the vendor." in page
    assert in_force(host, globex).number == 0
    assert draft_of(host, globex, admin).board == Board()


def test_what_was_looked_at_is_taken_into_the_draft_and_saved_from_the_review(far, host, admin, connection, globex):
    answer = far.take(far.upload(exported(host, connection)))
    assert answer.request.path == f"{far.base}/review"
    assert "The file is in your draft. Nothing is in force before you save." in answer.text
    assert in_force(host, globex).number == 0
    far.client.post(f"{far.base}/review", data={"seen": "0"})
    assert in_force(host, globex).board.columns["at-the-vendor"] == ("5002",)
    with host.database.read() as session:
        assert list_versions(session, globex)[0].author_name == "Dana Admin"


def test_unsaved_changes_are_told_of_before_a_file_takes_their_place(dana, host, admin, connection):
    text = exported(host, connection, 1)
    assert "unsaved change" not in dana.upload(text)
    with host.database.write() as session:
        own = Draft(board=replace(BOARD, ignored=frozenset()), based_on=2)
        edit_draft(session, connection, admin.id, lambda _draft: own, now=host.now())
    page = dana.upload(text)
    assert "You have unsaved changes of your own. The file takes their place." in page
    assert draft_of(host, connection, admin) == own
    dana.take(page)
    assert draft_of(host, connection, admin).board == FIRST


def test_the_file_in_force_has_nothing_to_take(dana, host, connection):
    page = dana.upload(exported(host, connection))
    assert "Nothing differs from the mapping in force." in page
    assert "data-take" not in page


def test_lines_that_do_not_fit_are_listed_and_nothing_is_changed(dana, host, admin, connection):
    text = exported(host, connection).replace("do: leave", "do: leaf").replace("To Do", "<b>To do")
    text = text.replace('id: "1"', 'id: "0"')
    page = dana.upload(text, 422)
    assert "<b>" not in page
    told = re.findall(r"<strong>Line (\d+):</strong> (.*?)</li>", unescape(page))
    assert [int(number) for number, _reason in told] == [
        number for number, line in enumerate(text.splitlines(), 1) if "leaf" in line or "<b>" in line
    ]
    assert "Did you mean “leave”?" in dict(told)["26"]
    assert "data-take" not in page
    assert draft_of(host, connection, admin) == Draft(board=BOARD, based_on=2)


@pytest.mark.parametrize(
    ("data", "words"),
    {b"\xff": "not text in UTF-8", b"": "The file is empty", b"#" * (MAX_BYTES + 1): "larger than 1024 KiB"}.items(),
)
def test_what_is_no_such_file_says_so_on_the_page(dana, data, words):
    assert words in dana.upload(data, 422)


def test_without_a_file_the_form_asks_for_one(dana):
    answer = dana.client.post(f"{dana.base}/import", data={})
    assert answer.status_code == 422
    assert "Choose a file." in answer.text
    assert dana.client.post(f"{dana.base}/import/take", data={}).location == f"{dana.base}/import"


def test_what_stopped_fitting_since_the_look_is_told_instead_of_taken(far, host, admin, connection, globex):
    page = far.upload(exported(host, connection))
    know(host, globex, vocabulary(5000, but=("3",)))
    answer = far.take(page)
    assert answer.status_code == 422
    assert "This file does not fit" in answer.text
    assert draft_of(host, globex, admin).board == Board()


@pytest.mark.parametrize("path", ["/export.yaml", "/versions/1/export.yaml", "/import"])
def test_files_are_for_admins(signed_in, agent, connection, path):
    client = signed_in(agent)
    assert client.get(f"/settings/integrations/acme/{connection}/mapping{path}").status_code == 403
    assert client.post(f"/settings/integrations/acme/{connection}/mapping/import").status_code == 403
    assert client.post(f"/settings/integrations/acme/{connection}/mapping/import/take").status_code == 403


def test_a_file_as_large_as_allowed_passes_the_application_as_it_really_runs(host, admin, connection):
    """With CSRF tokens, whose check reads the form before any view of ours."""
    client = create_app(host, session_key="only for tests").test_client()

    def token(path):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)[1]

    client.post("/sign-in", data={"email": admin.email, "password": PASSWORD, "csrf_token": token("/sign-in")})
    dana = Pages(client, connection)
    text = exported(host, connection, 1)
    text += "#" * (MAX_BYTES - len(text.encode()))
    sent = {"file": FileStorage(io.BytesIO(text.encode()), "a.yaml"), "csrf_token": token(f"{dana.base}/versions")}
    page = dana.send("/import", sent)
    assert page.status_code == 200, page.text
    answer = dana.send("/import/take", fields(page.text))
    assert answer.status_code == 302, answer.text
    assert draft_of(host, connection, admin).board == FIRST
    assert client.post(f"{dana.base}/review", data={"x": "#" * MAX_BYTES}).status_code == 413, "other forms stay small"


# ── the commands ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def mapping(host):
    """Return a function that gives a command of `helpdesk mapping` in this process."""
    group = make_group(lambda _context: nullcontext(host), lambda _session, _connection_id: ())
    return lambda *arguments, **options: CliRunner().invoke(group, [str(each) for each in arguments], **options)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mapping.yaml"


def test_export_prints_the_mapping_and_nothing_else(mapping, host, connection):
    answer = mapping("export", "--connection", connection)
    assert (answer.exit_code, answer.stdout) == (0, exported(host, connection))
    assert mapping("export", "--connection", connection, "--version", 1).stdout == exported(host, connection, 1)
    assert mapping("export").exit_code == 2, "it asks whose mapping"


def test_import_only_shows_until_it_is_told_to_save(mapping, host, connection, globex, file):
    file.write_text(exported(host, connection), encoding="utf-8")
    shown = mapping("import", "--connection", globex, file)
    assert shown.exit_code == 0, shown.output
    assert (
        "line 15  Status  “Backlog” (To do, OPS)  is  “Backlog” (To do, OPS)  by same name and category" in shown.stdout
    )
    assert "  To Do moved from New to Open.\n" in shown.stdout
    assert in_force(host, globex).number == 0
    saved = mapping("import", "--connection", globex, "--save", file)
    assert saved.stdout == shown.stdout + "The mapping is saved as version 1.\n"
    with host.database.read() as session:
        (version,) = list_versions(session, globex)
    assert (version.author_name, version.author_id) == ("Command line", None)
    assert in_force(host, globex).board.columns["open"] == ("5001", "5201", "5211")
    again = mapping("import", "--connection", globex, "--save", file)
    assert (again.exit_code, in_force(host, globex).number) == (0, 1)
    assert again.stdout.endswith("Nothing differs from the mapping in force.\n")


def test_errors_are_lines_that_editors_understand_and_nothing_is_saved(mapping, host, connection, file):
    file.write_text(exported(host, connection).replace("tray: ignored", "tray: ignroed"), encoding="utf-8")
    answer = mapping("import", "--connection", connection, "--save", file)
    assert answer.exit_code == 1
    number = next(n for n, line in enumerate(file.read_text().splitlines(), 1) if "ignroed" in line)
    assert answer.stderr == f"{file}:{number}: “ignroed” cannot stand here. Did you mean “ignored”?\n"
    assert answer.stdout == ""
    assert in_force(host, connection).number == 2


def test_what_a_file_calls_things_does_not_steer_the_terminal(mapping, host, connection, file):
    text = exported(host, connection).replace('name: "To Do"', 'name: "a\\e[2Jb\\nc"')
    file.write_text(text, encoding="utf-8")
    shown = mapping("import", "--connection", connection, file)
    assert "Status  “a [2Jb c” (To do)  is  “To Do” (To do)  by same id\n" in shown.stdout


def test_what_export_prints_can_be_piped_into_import(mapping, host, connection):
    text = exported(host, connection, 1)
    assert "moved from At the vendor to New" in mapping("import", "--connection", connection, "-", input=text).stdout
    assert mapping("import", "--connection", connection, "-", input="- 1").stderr.startswith("<stdin>:1: ")


def test_the_commands_belong_to_the_command_line(new_database):
    url = new_database("sqlite", all_tables)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HELPDESK_")} | {"HELPDESK_DATABASE_URL": url}
    answer = CliRunner().invoke(command, ["mapping", "export", "--connection", "9"], obj=build_registry, env=environ)
    assert answer.exit_code == 1
    assert "There is no connection with the id 9." in answer.stderr
