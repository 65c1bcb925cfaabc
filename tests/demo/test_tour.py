"""The tour passes on a world of each real workflow, and does not pass where a page is wrong.

That it passes on the demo's own world, test_command.py shows.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from plugins.demo.cast import Cast
from plugins.demo.chapters import connecting, mapping
from plugins.demo.serving import Running, running
from plugins.demo.stage import Stage, StepFailed
from plugins.demo.tour import STORY, title_of, walk
from plugins.demo.worlds import make_cast, read_world
from tests.demo.conftest import WORKFLOWS

FILES = sorted(WORKFLOWS.glob("*.json"))
WORLDS = [pytest.param(file, id=file.stem, marks=[pytest.mark.soak] if n % 6 else []) for n, file in enumerate(FILES)]
UNTIL_BOARD = STORY[: STORY.index(mapping.compare_statuses)]


@pytest.mark.tour
@pytest.mark.skipif(not FILES, reason=f"{WORKFLOWS} holds no workflows; name another folder in HELPDESK_WORKFLOWS")
@pytest.mark.parametrize("file", WORLDS)
def test_the_tour_passes_on_a_world_built_from_a_real_workflow(file: Path, tmp_path: Path) -> None:
    world, lines = read_world(file), list[str]()
    with running(world, tmp_path, works=False) as here:  # on these worlds the story links nothing
        assert walk(make_cast(here, world), say=lines.append), lines[-1]


@pytest.mark.tour
def test_the_first_failing_step_ends_the_tour_with_its_reason(cast: Cast) -> None:
    lines: list[str] = []
    wrong = dataclasses.replace(cast, callback_url="https://elsewhere.example/callback")
    assert not walk(wrong, say=lines.append)
    assert len(lines) == STORY.index(connecting.refuse_empty_set_up) + 1
    assert lines[-1].startswith("✗ 03 Open the set-up form, and have an incomplete one refused: The callback URL")
    assert cast.callback_url in lines[-1]


@pytest.mark.tour
def test_a_status_that_the_board_does_not_show_is_missed(cast: Cast) -> None:
    first, *others = cast.site.projects
    more = dataclasses.replace(first.statuses[0], id="4711", name="Forgotten")
    first = dataclasses.replace(first, statuses=(*first.statuses, more))
    site = dataclasses.replace(cast.site, projects=(first, *others))
    with Stage(dataclasses.replace(cast, site=site)) as stage:
        for step in UNTIL_BOARD:
            step(stage)
        with pytest.raises(StepFailed, match=r"missing \('4711', 'forgotten', 'To do'\); too many nothing"):
            mapping.compare_statuses(stage)


@pytest.mark.tour
def test_a_mapping_that_was_not_saved_is_noticed(cast: Cast) -> None:
    with Stage(cast) as stage:
        for step in UNTIL_BOARD:
            step(stage)
        mapping.accept_suggestion(stage)
        mapping.move_cards(stage)
        stage.board = ()
        with pytest.raises(StepFailed, match="The board"):
            mapping.reload(stage)


@pytest.mark.tour
def test_a_helpdesk_that_is_gone_fails_the_first_step_in_words(cast: Cast) -> None:
    lines: list[str] = []
    assert not walk(dataclasses.replace(cast, helpdesk_url="http://127.0.0.1:9"), say=lines.append)
    assert lines == [
        "✗ 01 Sign in to the helpdesk as an admin: http://127.0.0.1:9/settings/integrations cannot be "
        "reached (ConnectionError)"
    ]


def test_every_step_says_what_it_does_in_words_of_its_own() -> None:
    titles = [title_of(step) for step in STORY]
    assert len(set(titles)) == len(titles)
    assert all(len(title.split()) > 2 for title in titles)


def test_the_tour_leaves_a_project_out_whose_statuses_then_must_not_show(here: Running, cast: Cast) -> None:
    used = {project.key for project in mapping.projects_in_use(cast)}
    assert used < {project.key for project in cast.site.projects}
