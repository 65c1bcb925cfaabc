"""A mapping as YAML: written stably, read back whole, matched by name elsewhere, and refused by line."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helpdesk_core.mapping import exchange_nodes
from helpdesk_core.mapping.board import Board, Leave, Move, Override, SameAs, Tray, problems
from helpdesk_core.mapping.exchange import MAX_BYTES, MOST_ERRORS, Origin, Site
from helpdesk_core.mapping.exchange_reading import read
from helpdesk_core.mapping.exchange_writing import write
from helpdesk_core.mapping.matching import match
from helpdesk_core.values import RemoteProject, RemoteStatus, StatusCategory, SystemStatus, TicketStatus
from tests.core.mapping_world import DONE, NEW, acme, shared

TICKETS = (
    *(TicketStatus(key=s.value, name=s.name.title().replace("_", " "), system=s) for s in SystemStatus),
    TicketStatus(key="legal", name="Legal: “check”", system=SystemStatus.WAITING),
    TicketStatus(key="on", name="Null", system=SystemStatus.OPEN),
    TicketStatus(key="#1", name="# 1", system=SystemStatus.OPEN),
)


def site(statuses, projects, *, workspace="acme", tickets=TICKETS, board=None):
    board = board or Board()
    return Site(
        origin=Origin(integration="acme", id=workspace, name=workspace, url=f"https://{workspace}.test"),
        tickets=tickets,
        statuses={status.id: status for status in statuses},
        projects={project.id: project for project in projects},
        kept_statuses=board.placed,
        kept_projects=frozenset(board.overrides),
    )


HOME = site(acme().statuses, acme().projects)
BOARD = Board(
    columns={"open": ("1", "201", "211"), "done": ("4", "203", "5"), "legal": ("2",)},
    ignored=frozenset({"9", "221"}),
    heads={"closed": SameAs("done"), "waiting": Leave(), "legal": Move()},
    overrides={
        "20": Override(placements={"3": "legal", "5": Tray.IGNORED, "1": Tray.NEW}),
        "10": Override(order={"done": ("5", "4")}, heads={"done": Leave()}),
    },
)
TEXT = """\
# A status mapping. Ids decide in the workspace below; elsewhere names, categories and project keys do.
format: helpdesk-status-mapping
version: 1
workspace: {integration: acme, id: "acme", name: "acme", url: "https://acme.test"}
ticket_statuses:
  open: {name: "Open"}
  waiting: {name: "Waiting"}
  legal: {name: "Legal: “check”", system: waiting}
  done: {name: "Done"}
  closed: {name: "Closed"}
columns:
  open:
    - {id: "1", name: "To Do", category: new}
    - {id: "201", name: "Backlog", category: new, project: "MOB"}
    - {id: "211", name: "Backlog", category: new, project: "OPS"}
  legal:
    - {id: "2", name: "In Dev", category: in_progress}
  done:
    - {id: "4", name: "Done", category: done}
    - {id: "203", name: "Shipped", category: done, project: "MOB"}
    - {id: "5", name: "Won't Do", category: done}
ignored:
  - {id: "9", name: "Elsewhere", category: undefined}
  - {id: "221", name: "Backlog", category: new, project: "LAB"}
heads:
  waiting: {do: leave}
  legal: {do: move}
  closed: {do: same as, status: done}
overrides:
  - project: {id: "10", key: "WEB", name: "Web shop"}
    order:
      done:
        - {id: "5", name: "Won't Do", category: done}
        - {id: "4", name: "Done", category: done}
    heads:
      done: {do: leave}
  - project: {id: "20", key: "MOB", name: "Team MOB"}
    placements:
      - {id: "1", name: "To Do", category: new, tray: new}
      - {id: "3", name: "In Review", category: in_progress, column: legal}
      - {id: "5", name: "Won't Do", category: done, tray: ignored}
"""


def imported(text, here):
    """Read and match."""
    matched = match(read(text.encode() if isinstance(text, str) else text), here)
    return matched.board, matched.matches, matched.errors


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_board_is_one_line_for_each_status_with_ids_names_and_project_keys():
    assert write(BOARD, HOME) == TEXT


def test_an_empty_board_says_so_in_each_part():
    text = write(Board(), HOME)
    assert text.endswith("ticket_statuses: {}\ncolumns: {}\nignored: []\nheads: {}\noverrides: []\n")
    assert imported(text, HOME) == (Board(), (), ())


def test_moving_one_card_changes_one_line():
    moved = replace(BOARD, columns={**BOARD.columns, "done": ("4", "203"), "open": ("1", "201", "211", "5")})
    before, after = (set(write(board, HOME).splitlines()) for board in (BOARD, moved))
    assert before == after, "the line is the same, in another place"
    assert len(write(moved, HOME).splitlines()) == len(TEXT.splitlines())


def test_what_the_workspace_has_forgotten_is_written_with_its_id_and_kept_at_home():
    board = Board(columns={"open": ("777",)}, overrides={"888": Override(placements={"1": "done"})})
    text = write(board, HOME)
    assert '    - {id: "777"}\n' in text
    assert '  - project: {id: "888"}\n' in text
    found, matches, errors = imported(text, replace(HOME, kept_statuses=board.placed, kept_projects=frozenset({"888"})))
    assert (found, errors) == (board, ())
    assert [each.how for each in matches if each.kind != "Ticket status"].count("same id, gone from the workspace") == 2
    number = text.splitlines().index('    - {id: "777"}') + 1
    assert number in {line.number for line in imported(text, HOME)[2]}


# ── there and back ──────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = [status.key for status in TICKETS]
NAMES = st.text(min_size=1, max_size=8)
IDS = ["1", "9", "10", "x y", "#", "é", "007", "~"]
keys = st.sampled_from(KEYS)
heads = st.dictionaries(keys, st.one_of(st.just(Move()), st.just(Leave()), st.builds(SameAs, keys)), max_size=4)
places = st.one_of(keys, st.sampled_from(Tray))
orders = st.dictionaries(keys, st.lists(st.sampled_from(IDS), unique=True, max_size=4).map(tuple), max_size=3)
overrides = st.builds(
    Override,
    placements=st.dictionaries(st.sampled_from(IDS), places, max_size=4),
    order=orders,
    heads=heads,
)


@st.composite
def boards(draw):
    columns, ignored = {}, set()
    for remote in draw(st.permutations(IDS)):
        where = draw(places)
        if where is Tray.IGNORED:
            ignored.add(remote)
        elif isinstance(where, str):
            columns[where] = (*columns.get(where, ()), remote)
    return Board(
        columns=columns,
        ignored=frozenset(ignored),
        heads=draw(heads),
        overrides=draw(st.dictionaries(st.sampled_from(["20", "5", "no: 1"]), overrides, max_size=3)),
    )


@st.composite
def sites(draw):
    """A workspace whose names are anything that a database holds."""
    statuses = [
        RemoteStatus(
            id=each,
            name=draw(NAMES),
            category=draw(st.sampled_from(StatusCategory)),
            project_id=draw(st.sampled_from(["20", None])),
        )
        for each in IDS
    ]
    return site(statuses, [RemoteProject(id=each, key=f"K{each}", name=draw(NAMES)) for each in ("20", "5", "no: 1")])


def shuffled(board):
    """The same board, of dictionaries in another order."""

    def turned(mapping):
        return dict(reversed(mapping.items()))

    changes = {
        key: Override(placements=turned(c.placements), order=turned(c.order), heads=turned(c.heads))
        for key, c in turned(board.overrides).items()
    }
    return Board(columns=turned(board.columns), ignored=board.ignored, heads=turned(board.heads), overrides=changes)


@given(boards(), sites())
def test_all_that_a_board_holds_survives_and_equal_boards_are_equal_bytes(board, here):
    text = write(board, here)
    assert write(shuffled(board), here) == text
    elsewhere = yaml.safe_load(text)  # as any other reader of YAML, to which a bare `on` would mean true
    assert set(elsewhere["ticket_statuses"]) == board.mentioned
    assert {key: [each["id"] for each in cards] for key, cards in elsewhere["columns"].items()} == {
        key: list(ids) for key, ids in board.columns.items()
    }
    found, _matches, errors = imported(text, here)
    if problems(board, TICKETS):
        assert found is None, "a board that leads nowhere is refused"
        assert len(errors) == len(problems(board, TICKETS))
    else:
        assert errors == ()
        assert found == board
        assert write(found, here) == text


# ── another site ────────────────────────────────────────────────────────────────────────────────────────────────────


def other(*, but=(), more=(), projects=None, **options):
    """The same names as acme with ids of its own: each is 5000 more."""
    far = {p.id: p for p in acme().projects}
    statuses = [
        replace(s, id=str(5000 + int(s.id)), project_id=s.project_id and str(5000 + int(s.project_id)))
        for s in acme().statuses
        if s.id not in but
    ]
    kept = [replace(p, id=str(5000 + int(p.id))) for p in far.values() if projects is None or p.key in projects]
    return site([*statuses, *more], kept, workspace="globex", **options)


def far_board():
    def there(ids):
        return tuple(str(5000 + int(each)) for each in ids)

    return Board(
        columns={key: there(ids) for key, ids in BOARD.columns.items()},
        ignored=frozenset(there(BOARD.ignored)),
        heads=BOARD.heads,
        overrides={
            there([project])[0]: Override(
                placements={there([remote])[0]: place for remote, place in change.placements.items()},
                order={key: there(ids) for key, ids in change.order.items()},
                heads=change.heads,
            )
            for project, change in BOARD.overrides.items()
        },
    )


def test_another_site_with_other_ids_gets_the_same_board_by_name_and_shows_each_match():
    board, matches, errors = imported(TEXT, other())
    assert errors == ()
    assert board == far_board()
    shown = {each.line: (each.there, each.here, each.how) for each in matches}
    assert shown[14] == ("“Backlog” (To do, MOB)", "“Backlog” (To do, MOB)", "same name and category, in MOB")
    assert shown[13] == ("“To Do” (To do)", "“To Do” (To do)", "same name and category")
    assert shown[30] == ("WEB Web shop", "WEB Web shop", "same key")
    assert shown[8] == ("Legal: “check” (legal)", "Legal: “check”", "same key")
    assert [each.line for each in matches] == sorted(shown), "each once, in the order of the file"


def test_ids_of_another_site_mean_nothing_even_where_they_exist():
    """Its id 1 is something else here: the name decides."""
    here = other(but=("1",), more=[shared("1", "Done and dusted", DONE), shared("77", "TO DO", NEW)])
    here = replace(here, projects={**here.projects, "10": RemoteProject(id="10", key="ELSE", name="Something else")})
    board, _matches, errors = imported(TEXT, here)
    assert errors == ()
    assert board.columns["open"][0] == "77"
    assert set(board.overrides) == {"5010", "5020"}


def test_at_home_an_id_decides_whatever_it_is_called_and_a_vanished_one_is_found_by_name():
    renamed = [shared("4", "Finished", DONE), shared("80", "to do", NEW)]
    here = site([s for s in acme().statuses if s.id not in {"1", "4"}] + renamed, acme().projects)
    board, matches, errors = imported(TEXT, here)
    assert errors == ()
    assert board.columns["open"] == ("80", "201", "211")
    assert board.columns["done"][0] == "4"
    assert {each.line: each.here for each in matches}[19] == "“Finished” (Done)"


def test_a_custom_status_is_matched_by_name_and_system_where_its_key_differs():
    tickets = (*TICKETS[:5], TicketStatus(key="legal-2", name="legal: “CHECK”", system=SystemStatus.WAITING))
    board, matches, errors = imported(TEXT, replace(HOME, tickets=tickets))
    assert errors == ()
    assert board.columns["legal-2"] == ("2",)
    assert board.heads["legal-2"] == Move()
    assert board.overrides["20"].placements["3"] == "legal-2"
    assert {each.line: each.how for each in matches}[8] == "same name"
    tickets = (*TICKETS[:5], replace(tickets[-1], system=SystemStatus.OPEN))
    _board, _matches, errors = imported(TEXT, replace(HOME, tickets=tickets))
    assert [each.number for each in errors] == [8], "under another one it means something else"


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


def changed(old, new):
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


OPEN = '- {id: "1", name: "To Do", category: new}'
BACKLOG = '{id: "201", name: "Backlog", category: new, project: "MOB"}'
WEB, MOB = ('{id: "10", key: "WEB", name: "Web shop"}', '{id: "20", key: "MOB", name: "Team MOB"}')
WAITING, LEGAL, CLOSED = "waiting: {do: leave}", "legal: {do: move}", "closed: {do: same as, status: done}"
IN_WEB = "      done: {do: leave}"
SECOND = "  legal:\n    - {id"


def card(text):
    """The first card as somebody wrote it instead, in line 13."""
    return changed(f"    {OPEN}", f"    {text}")


REFUSED = {
    "a quote too few": (card('- {id: "1", name: "To Do, category: new}'), 14, "This is not YAML"),
    "a bracket too few": (card('- {id: "1"'), 14, "This is not YAML"),
    "two documents": (TEXT + "---\na: 1\n", 42, "This is not YAML"),
    "not UTF-8": (TEXT.encode().replace(b"Web shop", b"Web sh\xf6p"), 30, "not text in UTF-8"),
    "a character that YAML has not": (changed("Web shop", "Web\x00shop"), 30, "U+0000"),
    "half a character": (card('- {id: "1", name: "\\ud800", category: new}'), 13, "\\ud800 is no character"),
    "beyond the last character": (card('- {id: "1", name: "\\UFFFFFFFF"}'), 13, "UFFFFFFFF is no character"),
    "too large": (TEXT + "#" * MAX_BYTES, 1, "larger than 1024 KiB"),
    "too deep": (TEXT + "x: " + "[" * 20 + "\n", 42, "nested deeper than"),
    "an anchor": (changed("columns:\n", "columns: &all\n"), 11, "The anchor &all"),
    "an alias": (card("- *first"), 13, "The alias *first"),
    "a tag": (changed("version: 1", "version: !!python/object:os.system 1"), 3, "The tag "),
    "a name twice": (changed(SECOND, "  open:\n    - {id"), 16, "“open” stands here already, in line 12"),
    "a list as a name": (TEXT + "? [a]\n: 1\n", 42, "A name must be text"),
    "empty": ("# nothing\n", 1, "The file is empty"),
    "a list": ("- 1\n", 1, "This is not a status mapping"),
    "no format": (changed("format: helpdesk-status-mapping\n", ""), 2, "“format: helpdesk-status-mapping” is missing"),
    "another format": (changed("format: helpdesk-status-mapping", "format: k8s"), 2, "here stands k8s"),
    "a later version": (changed("version: 1", "version: 2"), 3, "reads the version 1, and here stands 2"),
    "an unknown section": (
        changed("\nignored:\n", "\nignroed:\n"),
        22,
        "“ignroed” is not known here. Did you mean “ignored”?",
    ),
    "an unknown member": (card('- {id: "1", nmae: "To Do"}'), 13, "“nmae” is not known here. Did you mean “name”?"),
    "a list for text": (card("- {id: [1], name: a, category: new}"), 13, "Here must stand text, not a list"),
    "nothing for a list": (
        changed(SECOND, "  legal:\n  closed:\n    - {id"),
        16,
        "stand a list, each line of which begins with",
    ),
    "names for a list": (changed("overrides:\n", "overrides: {a: 1}\nx:\n"), 29, "Here must stand a list"),
    "text for a status": (card("- To Do"), 13, "names with values, such as “id: …”, not text"),
    "text for a head": (changed(WAITING, "waiting: leave"), 26, "such as “do: …”"),
    "an unknown category": (card('- {id: "1", category: In_Progres}'), 13, "Did you mean “in_progress”?"),
    "no columns": (TEXT[: TEXT.index("columns:")], 2, "“columns” is missing here"),
    "no workspace id": (changed(', id: "acme"', ""), 4, "“id” is missing here"),
    "a status without id or category": (card("- {name: To Do}"), 13, "its id, or its name and category"),
    "a project without id or key": (changed(WEB, "{name: x}"), 30, "its id or its key"),
    "a status in two places": (changed('  - {id: "9"', f'  {OPEN}\n  - {{id: "9"'), 23, "in line 13 already"),
    "a status twice in a project": (
        changed("column: legal}", 'column: legal}\n      - {id: "1", tray: ignored}'),
        41,
        "in line 39 already",
    ),
    "a project twice": (changed(MOB, '{id: "10"}'), 37, "in line 30 already"),
    "a status in no place": (changed(", column: legal", ""), 40, "either “column” or “tray”"),
    "an unknown tray": (changed("tray: ignored", "tray: ignore"), 41, "Did you mean “ignored”?"),
    "an unknown ticket status": (
        changed(WAITING, "waitin: {do: leave}"),
        26,
        "There is no ticket status waitin (waitin) here. Did you mean “waiting”?",
    ),
    "a head that is none": (changed(WAITING, "waiting: {do: leaf}"), 26, "Did you mean “leave”?"),
    "same as nothing": (changed(CLOSED, "closed: {do: same as}"), 28, "“status” is missing here"),
    "a move with a status": (changed(LEGAL, "legal: {do: move, status: done}"), 27, "Take it out"),
    "a circle": (
        changed(LEGAL, "legal: {do: same as, status: on}\n  on: {do: same as, status: legal}"),
        27,
        "a circle",
    ),
    "a dead end": (
        changed(WAITING, "waiting: {do: move}\n  on: {do: same as, status: waiting}"),
        27,
        "no card lies in",
    ),
    "a dead end in one project": (
        changed(IN_WEB, "      in_progress: {do: move}\n      done: {do: same as, status: in_progress}"),
        37,
        "Only in WEB: Done is the same as In Progress, but no card",
    ),
    "a status that is not here": (card('- {id: "0", name: "To Doo", category: new}'), 13, "Did you mean “To Do”?"),
    "a status of another category": (
        card('- {id: "0", name: "To Do", category: done}'),
        13,
        "here, but “To Do” (To do)",
    ),
    "an id that is not here": (card('- {id: "0"}'), 13, "No status has the id 0 here"),
    "a status of a project that is not here": (
        changed(BACKLOG, "{name: Backlog, category: new, project: MOBS}"),
        14,
        "There is no project MOBS here. Did you mean “MOB”?",
    ),
    "a project that is not here": (changed(WEB, "{id: 99, key: WAB}"), 30, "Did you mean “WEB”?"),
}


@pytest.mark.parametrize(("text", "number", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("loader", ["C", "Python"])
def test_a_broken_file_names_line_and_reason(text, number, words, loader, monkeypatch):
    """With the C library and without it: which of the two is there is chance."""
    monkeypatch.setattr(exchange_nodes, "_LOADER", yaml.CSafeLoader if loader == "C" else yaml.SafeLoader)
    board, _matches, errors = imported(text, HOME)
    assert board is None
    assert [each.reason for each in errors if each.number == number and words in each.reason], errors


def test_a_character_may_be_written_by_its_number_and_a_backslash_as_it_is():
    text = card('- {id: "1", name: "\\\\ud800 \\U0001F600 \\U0010FFFF", category: new}')
    assert imported(text, HOME)[2] == ()


def test_before_anything_was_read_that_is_the_reason():
    errors = imported(TEXT, replace(HOME, statuses={}))[2]
    assert "no statuses were read yet" in errors[0].reason


def test_all_mistakes_are_told_at_once_and_each_only_where_it_is():
    text = TEXT.replace("do: leave}", "do: leaf}").replace('"To Do", category: new}', '"To Do", category: old}')
    text = text.replace('id: "2", name: "In Dev"', 'id: "0", name: "In Div"')
    assert sorted(each.number for each in imported(text, HOME)[2]) == [13, 17, 26, 36]


def test_several_of_the_same_name_are_refused_until_an_id_decides():
    here = other(more=[shared("7001", "Done", DONE)])
    _board, _matches, errors = imported(TEXT, here)
    assert {each.number for each in errors} == {19, 34}
    assert "2 statuses are “Done” (Done) here. They have the ids 5004 and 7001" in errors[0].reason
    mended = TEXT.replace('id: "acme"', 'id: "globex"').replace('id: "4"', 'id: "7001"')
    board, _matches, errors = imported(mended, here)
    assert errors == ()
    assert board.columns["done"][0] == "7001"


def test_two_ticket_statuses_that_are_one_here_are_refused():
    text = changed("  done: {name", '  gone: {name: "Open"}\n  done: {name').replace(
        "  legal:\n    - {id", "  gone:\n    - {id"
    )
    _board, _matches, errors = imported(text, HOME)
    assert [(each.number, "“open” is this ticket status here already" in each.reason) for each in errors] == [(9, True)]


def test_two_names_for_one_status_here_are_refused():
    """In the other site MOB and OPS were merged: both backlogs are one."""
    text = TEXT.replace('project: "OPS"', 'project: "MOB"')
    _board, _matches, errors = imported(text, other())
    assert [(each.number, "in line 14 already" in each.reason) for each in errors] == [(15, True)]


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 9), st.text(max_size=4)), min_size=1, max_size=3))
def test_whatever_was_done_to_a_file_there_is_a_board_or_a_reason(edits):
    text = TEXT
    for at, length, typed in edits:
        text = text[:at] + typed + text[at + length :]
    board, _matches, errors = imported(text.encode(errors="surrogatepass"), HOME)
    assert (board is None) == bool(errors)
    assert all(1 <= each.number <= len(text) and each.reason for each in errors)


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(
    "rest",
    ["x: " + "[" * 500_000, "overrides:\n" + "- x\n" * 30_000, "? " * 400_000, "- " * 400_000, "a: &a 1\n" * 99_999],
)
def test_what_is_made_to_be_much_is_refused_soon_and_told_in_lines_that_one_can_read(rest, loader, monkeypatch):
    monkeypatch.setattr(exchange_nodes, "_LOADER", getattr(yaml, loader))
    board, _matches, errors = imported(TEXT[: TEXT.index("overrides:")] + rest, HOME)
    assert board is None
    assert 1 <= len(errors) <= MOST_ERRORS


def test_aliases_that_stand_for_billions_are_refused_before_they_are_followed():
    """Following them would never end."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    text = "\n".join([TEXT + "a0: &a0 [lol]", *levels])
    board, _matches, errors = imported(text, HOME)
    assert board is None
    assert errors[0].number == 42
    assert any("The alias *a0" in each.reason for each in errors)
