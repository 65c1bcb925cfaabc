"""The laws of channels hold in random histories of both sides under faults, and each law notices a mistake."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from helpdesk_core.channels import arriving, creating
from helpdesk_core.conversation import carrying, deciding
from helpdesk_core.db import Database
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.vault import Vault
from tests.conftest import Clock
from tests.core.channel_histories import HISTORIES, Broken, History
from tests.core.channel_world import INTERNAL, World
from tests.core.fake_conversation import FakeConversation
from tests.core.fake_creation import FakeCreation
from tests.core.fake_gateway import FakeGateway, FakeReceiver
from tests.core.fake_tracker import FakeTracker, admit
from tests.databases import SqliteFiles, our_tables

pytestmark = pytest.mark.channels

FEW = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
UNTIL_BROKEN = settings(FEW, max_examples=40, phases=[Phase.generate], print_blob=False, report_multiple_bugs=False)


def live_through(sqlite_files: SqliteFiles, steps: list[tuple[tuple[Any, ...], int]]) -> None:
    """Live through one history in a world of its own."""
    clock = Clock()
    gateway = FakeGateway(clock)
    creation, talk = FakeCreation(gateway), FakeConversation(gateway)
    registry = IntegrationRegistry()
    admit(registry, FakeTracker(gateway=gateway, receiver=FakeReceiver(clock), creation=creation, conversation=talk))
    faults: list[str] = []
    work = Work(failed=lambda kind, _key, _args, error: faults.append(f"{kind}: {error!r}"))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_files.copy(our_tables, Path(folder) / "helpdesk.db"))
        host = Host(
            database=database,
            jobs=MemoryJobs(work, clock),
            vault=Vault([Vault.new_key()]),
            registry=registry,
            base_url="http://helpdesk.test",
            now=clock,
        )
        try:
            world = World.build(host, work, clock, gateway=gateway, creation=creation, talk=talk)
            History(world).live(steps)
            assert not faults, "a fault of ours ended a job"
        finally:
            database.dispose()


@FEW
@given(steps=HISTORIES)
def test_in_every_history_the_laws_hold(sqlite_files, steps):
    live_through(sqlite_files, steps)


def everything_counts_as_public(patch: pytest.MonkeyPatch) -> None:
    real = carrying.Said
    patch.setattr(carrying, "Said", lambda **said: real(**{**said, "public": True}))
    patch.setattr(carrying.Comment, "is_internal", False)


def restricted_counts_as_open(patch: pytest.MonkeyPatch) -> None:
    real = deciding.TakeIn
    patch.setattr(deciding, "TakeIn", lambda remote, public: real(remote=remote, public=True))


def a_lost_answer_counts_as_a_refusal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(creating, "SETTLING", creating.SETTLING * 0)


def our_own_issues_count_as_new(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(arriving, "_is_here", lambda *_: False)
    patch.setattr(arriving, "here", lambda *_: set())


named = {"ids": lambda mistake: mistake.__name__.replace("_", " ")}


@pytest.mark.parametrize("mistake", [restricted_counts_as_open], **named)
def test_random_histories_notice_a_mistake(sqlite_files, monkeypatch, mistake: Callable[[pytest.MonkeyPatch], None]):
    mistake(monkeypatch)

    @UNTIL_BROKEN
    @given(steps=HISTORIES)
    def lives(steps: list[tuple[tuple[Any, ...], int]]) -> None:
        live_through(sqlite_files, steps)

    with pytest.raises(Broken):
        lives()


@pytest.mark.parametrize(
    "mistake",
    [everything_counts_as_public, a_lost_answer_counts_as_a_refusal, our_own_issues_count_as_new],
    **named,
)
def test_the_laws_notice_a_mistake(sqlite_files, monkeypatch, mistake: Callable[[pytest.MonkeyPatch], None]):
    """In the history in which it shows: random ones would take longer to come to it."""
    story = [(("lose", "creation answer", 20), 0), (("ticket",), 2), (("say", 1, INTERNAL), 1)]
    story += [(("replay", pick), 1) for pick in range(3)]
    live_through(sqlite_files, story)
    mistake(monkeypatch)
    with pytest.raises(Broken):
        live_through(sqlite_files, story)
