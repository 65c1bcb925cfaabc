"""Workflows as pictures: nothing is left out, nothing overlaps, and the same workflow always looks the same."""

from __future__ import annotations

import random
import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import helpdesk_core
from helpdesk_core.mapping.board import Board, Tray
from helpdesk_core.mapping.flow import Journey, Legend, read_flow
from helpdesk_core.mapping.geometry import Size
from helpdesk_core.mapping.layout import lay_out
from helpdesk_core.mapping.lettering import broken, width
from helpdesk_core.mapping.paths import Planner, Terms
from helpdesk_core.mapping.picture import COLOURS, Picture, make_picture
from helpdesk_core.values import (
    Evidence,
    StatusCategory,
    Step,
    SystemStatus,
    TicketStatus,
    Transition,
    TransitionField,
    Workflow,
)
from tests.paths.site import CATEGORIES, read
from tests.simulator.conftest import folder

FOLDER = folder("HELPDESK_WORKFLOWS", "workflows")
FILES = sorted(FOLDER.glob("*.json"))
TICKETS = tuple(
    TicketStatus(key=system.value, name=name, system=system)
    for system, name in zip(SystemStatus, ("Open", "In Progress", "Waiting", "Done", "Closed"), strict=True)
)
NEW, GOING, DONE = StatusCategory.NEW, StatusCategory.IN_PROGRESS, StatusCategory.DONE
RESOLUTION = TransitionField(id="resolution", name="Resolution", required=True)


def step(from_id, to_id, name="", *fields, id_="", evidence=Evidence.KNOWN, seen_on=""):
    name = name or f"To {to_id}"
    move = Transition(id=id_ or f"{from_id}>{to_id}:{name}", name=name, to_id=to_id, fields=fields)
    return Step(from_id=from_id, transition=move, evidence=evidence, seen_on=seen_on)


def web(*steps, statuses="abcde", unexplored=""):
    return Workflow(status_ids=tuple(statuses), steps=steps, explored=frozenset(statuses) - set(unexplored))


def legend(columns=None, *, ignored=(), names=None, defaults=None, categories=None):
    board = Board(columns=columns or {}, ignored=frozenset(ignored)).resolve(None, TICKETS)
    terms = Terms(categories=categories or {"a": NEW, "d": DONE, "e": DONE}, defaults=defaults or {})
    return Legend(board=board, statuses=TICKETS, names=names or {}, terms=terms)


def state(picture, id_):
    (found,) = [node for node in picture.nodes if node.state.id == id_]
    return found


def words(node):
    return [text.words.replace("\N{NO-BREAK SPACE}", " ") for text in node.texts]


# ── what a status says ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_status_says_in_words_and_by_its_class_what_it_means():
    picture = make_picture(
        web(step("a", "b"), step("b", "d")),
        legend({"open": ("a",), "waiting": ("b",), "done": ("d",)}, ignored="c", names={"a": "To Do"}),
    )
    assert words(state(picture, "a")) == ["To Do", "Ticket: Open"]
    assert state(picture, "a").css == "place-0"
    assert "Ticket: Waiting" in words(state(picture, "b"))
    assert state(picture, "b").css == "place-2"
    assert state(picture, "c").state.place is Tray.IGNORED
    assert "Ignored" in words(state(picture, "c"))
    assert {"place-new", "done"} <= set(state(picture, "e").css.split())
    assert words(state(picture, "e"))[:2] == ["✓ status e", "New"]
    assert "✓ counts as done." in picture.signs
    assert "Hatched: nobody has placed it on the mapping." in picture.signs


def test_a_column_whose_ticket_status_is_gone_means_nothing():
    assert "New" in words(state(make_picture(web(), legend({"vendor": ("a",)})), "a"))


def test_no_way_out_is_said_only_where_somebody_has_looked():
    picture = make_picture(web(step("a", "b"), step("a", "c"), step("d", "d"), unexplored="c"), legend())
    assert "⚠ no way out" not in words(state(picture, "a"))
    assert "⚠ no way out" in words(state(picture, "b"))
    assert "dead-end" in state(picture, "b").css
    assert "⚠ no way out" in words(state(picture, "d")), "a move that stays leads nowhere"
    assert "? not looked into" in words(state(picture, "c"))
    assert "dead-end" not in state(picture, "c").css
    assert state(picture, "c").state.remarks == ("not looked into",)


# ── what a line says ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_parallel_moves_are_one_line_with_several_names():
    picture = make_picture(web(step("a", "d", "Fix", RESOLUTION), step("a", "d", "Reject")), legend())
    (edge,) = picture.edges
    assert [text.words for text in edge.label.texts] == ["Fix", "needs Resolution", "Reject"]
    assert [(row.move, row.requires) for row in picture.rows] == [("Fix", "Resolution"), ("Reject", "")]


def test_a_field_with_a_default_is_no_hindrance():
    fixed = legend(defaults={("d", "resolution"): "Fixed"})
    assert make_picture(web(step("a", "d", "Fix", RESOLUTION)), fixed).rows[0].requires == ""


def test_of_many_moves_the_line_names_some_and_the_table_all():
    picture = make_picture(web(*(step("a", "b", f"Move {n}") for n in range(5))), legend())
    assert [text.words for text in picture.edges[0].label.texts] == ["Move 0", "Move 1", "Move 2", "and 2 more"]
    assert len(picture.rows) == 5


def test_a_move_that_is_open_everywhere_is_told_once():
    picture = make_picture(web(*(step(one, "e", "Close", id_="9") for one in "abcde"), step("a", "b")), legend())
    assert [edge.way.pair for edge in picture.edges] == [("a", "b")]
    entry = state(picture, "e").entry
    assert entry is not None
    assert [text.words for text in entry.texts] == ["from anywhere", "Close"]
    assert [(row.from_name, row.to_name) for row in picture.rows if row.move == "Close"] == [("Anywhere", "status e")]


def test_a_move_called_like_its_status_needs_no_name():
    steps = [step(one, "e", "CLOSED", id_="9") for one in "abcd"]
    picture = make_picture(web(*steps), legend(names={"e": "Closed"}))
    assert [text.words for text in state(picture, "e").entry.texts] == ["from anywhere"]


def test_where_not_all_was_looked_into_anywhere_is_as_far_as_is_known():
    steps = [step(one, "e", "Close", id_="9") for one in "abc"]
    entry = state(make_picture(web(*steps, unexplored="de"), legend()), "e").entry
    assert " ".join(text.words for text in entry.texts) == "from anywhere known Close"


def test_a_move_from_many_statuses_names_them():
    steps = [step(one, "f", "Close") for one in "abcd"]
    picture = make_picture(
        web(*steps, step("e", "a"), statuses="abcdefg"), legend(names=dict(zip("abcd", "ABCD", strict=True)))
    )
    (row,) = [row for row in picture.rows if row.move == "Close"]
    assert row.from_name == "A, B, C, D"
    said = " ".join(text.words for text in state(picture, "f").entry.texts)
    assert said == "from A, B, C and D Close"


def test_a_move_that_stays_is_told_in_the_box():
    picture = make_picture(web(step("a", "a", "Comment"), step("a", "b")), legend())
    assert "↻ Comment" in words(state(picture, "a"))
    assert len(picture.edges) == 1
    assert ("status a", "Comment", "status a") in [(row.from_name, row.move, row.to_name) for row in picture.rows]


def test_how_a_move_is_known_is_said():
    learnt = step("b", "d", evidence=Evidence.LEARNT, seen_on="WEB-7")
    picture = make_picture(web(step("a", "b"), learnt), legend())
    assert [row.known_from for row in picture.rows] == ["the workflow", "issue WEB-7"]
    assert picture.mixed
    assert "Dashed line: seen on issues, not read." in picture.signs
    alone = make_picture(web(learnt), legend())
    assert not alone.mixed
    assert "All moves were seen on issues." in alone.signs


def test_what_is_too_large_to_be_drawn_is_a_table():
    ids = [str(number) for number in range(60)]
    steps = [step(a, b, f"{a} to {b}") for a, b in combinations(ids, 2) if int(b) - int(a) < 5]
    picture = make_picture(web(*steps, statuses=ids), legend())
    assert not picture.nodes
    assert len(picture.rows) == len(picture.flow.ways)


# ── one issue's way ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_has_its_place_and_its_way():
    web_ = web(step("a", "b"), step("b", "d"), *(step(one, "d", "Close", id_="9") for one in "abce"))
    picture = make_picture(web_, legend(), Journey(here="a", path=("a", "b", "d"), goal="d"))
    assert {edge.way.pair for edge in picture.edges if edge.way.on_path} == {("a", "b"), ("b", "d")}
    assert "● the issue is here" in words(state(picture, "a"))
    assert "◎ it should get here" in words(state(picture, "d"))
    assert {"on-path", "goal"} <= set(state(picture, "d").css.split())
    assert {row.move for row in picture.rows if row.on_path} == {"To b", "To d", "Close"}
    assert "Thick line: the planned way." in picture.signs


def test_a_planned_hop_is_a_line_even_if_it_is_open_anywhere():
    steps = [step(one, "d", "Close", id_="9") for one in "abce"]
    picture = make_picture(web(*steps), legend(), Journey(here="a", path=("a", "d"), goal="d"))
    assert [edge.way.pair for edge in picture.edges] == [("a", "d")]
    assert state(picture, "d").entry is not None


def test_an_issue_in_a_status_that_nobody_knew_is_shown_all_the_same():
    assert "● the issue is here" in words(state(make_picture(web(step("a", "b")), legend(), Journey(here="z")), "z"))


# ── colours ──────────────────────────────────────────────────────────────────────────────────────────────────────────

STYLES = (Path(helpdesk_core.__file__).parent / "static" / "helpdesk.css").read_text(encoding="utf-8")
PAGE = {"light": "#ffffff", "dark": "#212529"}
"""Bootstrap's colour of cards."""


def colours(theme):
    light, dark = (
        dict(re.findall(r"--pic-(\S+): (#[0-9a-f]{6})", block))
        for block in re.findall(r"^(?::root|\[data-bs-theme=\"dark\"\]) \{\n(.*?)^\}", STYLES, re.MULTILINE | re.DOTALL)
    )
    assert light.keys() == dark.keys()
    return light if theme == "light" else dark


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", PAGE)
def test_words_and_lines_stand_out(theme):
    """By WCAG 2.1: words 4.5:1 (also on the hatching), lines and borders that mean something 3:1."""
    found = colours(theme)
    grounds = [found[str(number)] for number in range(COLOURS)] + [found["new"], found["hatch"], PAGE[theme]]
    assert [ground for ground in grounds if contrast(found["text"], ground) < 4.5] == []
    assert contrast(found["needs"], PAGE[theme]) >= 4.5
    assert [name for name in ("line", "path", "edge") if contrast(found[name], PAGE[theme]) < 3] == []


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

IDS = st.sampled_from([str(number) for number in range(1, 13)])
NAMES = st.sampled_from(["Close", "Start", "Take it up again", "Fertig", "完了する", "<script>", "", "Long" * 12])
STEPS = st.lists(
    st.builds(
        lambda from_id, to_id, name, demanding, evidence: step(
            from_id, to_id, name, *([RESOLUTION] if demanding else []), evidence=evidence
        ),
        from_id=IDS,
        to_id=IDS,
        name=NAMES,
        demanding=st.booleans(),
        evidence=st.sampled_from(Evidence),
    ),
    max_size=30,
)
GRAPHS = st.builds(
    lambda steps, more, explored: Workflow(
        status_ids=tuple(dict.fromkeys([*more, *(id_ for s in steps for id_ in (s.from_id, s.transition.to_id))])),
        steps=tuple(steps),
        explored=frozenset(explored),
    ),
    steps=STEPS,
    more=st.lists(IDS, max_size=4),
    explored=st.sets(IDS),
)
LEGENDS = st.builds(
    lambda categories, names: legend(categories=categories, names=names),
    categories=st.dictionaries(IDS, st.sampled_from(StatusCategory)),
    names=st.dictionaries(IDS, NAMES),
)


def check_room(picture: Picture) -> None:
    """No two boxes overlap, and each is within the picture."""
    boxes = [node.box for node in picture.nodes]
    boxes += [node.entry.box for node in picture.nodes if node.entry]
    boxes += [edge.label.box for edge in picture.edges]
    for a, b in combinations(boxes, 2):
        apart = (
            a.x + a.width <= b.x + 0.01
            or b.x + b.width <= a.x + 0.01
            or a.y + a.height <= b.y + 0.01
            or b.y + b.height <= a.y + 0.01
        )
        assert apart, (a, b)
    for box in boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.size.width
        assert box.y + box.height <= picture.size.height


def check_whole(picture: Picture, workflow: Workflow) -> None:
    """Every status is there once, and every step stands in one line, in one box, or with what leads there from many."""
    assert sorted(node.state.id for node in picture.nodes) == sorted(set(workflow.status_ids))
    told = [each for way in picture.flow.ways for each in way.steps]
    assert sorted(told, key=repr) == sorted(workflow.steps, key=repr)
    drawn = [edge.way for edge in picture.edges]
    drawn += [way for way in picture.flow.ways if way.loop]
    drawn += [
        way
        for node in picture.nodes
        if node.entry
        for way in picture.flow.ways
        if way.shared and way.to_id == node.state.id
    ]
    assert sorted(drawn, key=repr) == sorted(picture.flow.ways, key=repr)


@given(workflow=GRAPHS, key=LEGENDS)
def test_nothing_overlaps_and_nothing_is_left_out(workflow, key):
    picture = make_picture(workflow, key)
    check_room(picture)
    check_whole(picture, workflow)


@given(workflow=GRAPHS, key=LEGENDS, seed=st.integers())
def test_the_same_workflow_looks_the_same_whatever_its_order(workflow, key, seed):
    steps, ids = list(workflow.steps), list(workflow.status_ids)
    random.Random(seed).shuffle(steps)
    random.Random(seed).shuffle(ids)
    shuffled = Workflow(status_ids=tuple(ids), steps=tuple(steps), explored=workflow.explored)
    assert make_picture(shuffled, key) == make_picture(workflow, key)


@given(workflow=GRAPHS, key=LEGENDS, start=IDS, end=IDS)
def test_a_plan_is_drawn_hop_by_hop(workflow, key, start, end):
    outcome = Planner(workflow, key.terms).reach(end).get(start)
    path = (start, *(hop.to_id for hop in getattr(outcome, "hops", ())))
    picture = make_picture(workflow, key, Journey(here=start, path=path))
    check_room(picture)
    assert {edge.way.pair for edge in picture.edges if edge.way.on_path} == set(pairwise(path))


@given(
    pairs=st.sets(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), max_size=25),
    high=st.dictionaries(IDS, st.sampled_from([20.0, 50.0, 120.0])),
)
def test_lines_pass_no_box_but_their_own(pairs, high):
    ids = sorted({*high, *(id_ for pair in pairs for id_ in pair)})
    boxes = {id_: Size(120, high.get(id_, 50.0)) for id_ in ids}
    placed = lay_out(boxes, dict.fromkeys(pairs, Size(60, 20)), {}, row=900)
    for pair, line in placed.lines.items():
        foreign = [box for id_, box in placed.boxes.items() if id_ not in pair]
        foreign += [box for other, box in placed.labels.items() if other != pair]
        upright = [(a, b) for a, b in pairwise(line) if a.x == b.x]
        for a, b in upright:
            low, end = sorted((a.y, b.y))
            assert not [
                box for box in foreign if box.x < a.x < box.x + box.width and box.y < end and low < box.y + box.height
            ]
        assert line[0].x == pytest.approx(placed.boxes[pair[0]].middle, abs=60)
        assert line[-1].x == pytest.approx(placed.boxes[pair[1]].middle, abs=60)


@given(text=st.text(), room=st.floats(20, 300), most=st.integers(1, 4))
def test_lines_fit_into_their_room(text, room, most):
    lines = broken(text, 12, room, most=most)
    assert 1 <= len(lines) <= most
    assert all(width(line, 12) <= room or line == "…" for line in lines)


# ── real workflows ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not FILES, reason=f"no workflow files in {FOLDER}; name their folder in HELPDESK_WORKFLOWS")
@pytest.mark.parametrize("place", FILES, ids=lambda place: place.stem)
def test_real_workflows(place):
    file = read(place)
    ids = [each["id"] for each in file["statuses"]]
    steps = tuple(
        step(from_id, each["to"], each["name"], id_=each["id"])
        for each in file["transitions"]
        for from_id in (ids if each["from"] == "any" else each["from"])
    )
    workflow = Workflow(status_ids=tuple(ids), steps=steps, explored=frozenset(ids))
    categories = {each["id"]: CATEGORIES.get(each["category"], StatusCategory.UNDEFINED) for each in file["statuses"]}
    picture = make_picture(workflow, legend(categories=categories))
    check_room(picture)
    check_whole(picture, workflow)
    assert picture.size.width < 3000
    assert read_flow(workflow, legend(categories=categories)) == picture.flow
