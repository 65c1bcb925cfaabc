"""The status vocabulary: what there is at the remote system, and what it may mean here."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.values import (
    ProjectRequest,
    RemoteProject,
    RemoteStatus,
    Suggestion,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
)

SYSTEM: Final = tuple(TicketStatus(key=each.value, name=each.value.title(), system=each) for each in SystemStatus)


class StatusVocabularyContract(Contract):
    """All projects and statuses are told by stable ids, and suggestions stay within what was asked."""

    hook = "helpdesk_status_vocabulary"

    @reads("StatusVocabulary.read", "Vocabulary")
    def test_statuses_tell_every_project(self, desk: Desk) -> None:
        """`read` tells of every project that the account can see, to the last page."""
        told = Counter(each.key for each in desk.vocabulary.projects)
        assert told == Counter(desk.remote.project_keys())

    @reads("StatusVocabulary.read", "RemoteStatus")
    def test_statuses_have_ids_and_names(self, desk: Desk) -> None:
        """Every project and status has a name, and an id that no other has."""
        for things in (desk.vocabulary.projects, desk.vocabulary.statuses):
            ids = Counter(each.id for each in things)
            assert all(each.id and each.name.strip() for each in things), "a project or status has no id or no name"
            assert [id_ for id_, times in ids.items() if times > 1] == [], "these ids are given twice"

    @reads("StatusVocabulary.project", "ProjectDetail")
    def test_statuses_of_a_project_are_complete(self, desk: Desk) -> None:
        """`project` tells of every kind of issue, and of each status that occurs in one of them, once."""
        detail = desk.detail
        known = Counter(each.id for each in detail.statuses)
        kinds = Counter(each.id for each in detail.kinds)
        assert detail.project_id == desk.project.id
        assert kinds, "the project has no kind of issue"
        assert max(kinds.values()) == max(known.values()) == 1, "a kind or a status is told twice"
        missing = {id_ for kind in detail.kinds for id_ in kind.status_ids} - set(known)
        assert missing == set(), f"kinds have statuses that `statuses` does not tell: {missing}"
        assert all(kind.status_ids and kind.name.strip() for kind in detail.kinds), "a kind has no statuses or no name"

    @reads("StatusVocabulary.project", "RemoteStatus")
    def test_statuses_mean_the_same_in_both_readings(self, desk: Desk) -> None:
        """A status bears the same name and category whether all are read or those of one project."""
        whole = {each.id: each for each in desk.vocabulary.statuses}
        differing = [
            (whole[each.id], each)
            for each in desk.detail.statuses
            if each.id in whole and (whole[each.id].name, whole[each.id].category) != (each.name, each.category)
        ]
        assert differing == [], "read and project tell differently of a status"

    @reads("StatusVocabulary.project")
    def test_statuses_of_an_unknown_project_are_refused(self, desk: Desk) -> None:
        """A project that is gone is `Rejected`, with what to do about it: never an empty one."""
        gone = RemoteProject(id="90909090", key="GONE", name="Gone")
        with pytest.raises(Rejected) as refusal:
            desk.statuses.project(ProjectRequest(connection=desk.connection, project=gone))
        assert refusal.value.cure.strip(), "the refusal does not say what to do"

    # ── suggestions ──

    @reads("StatusVocabulary.suggest", "Suggestion")
    def test_statuses_suggestions_stay_within_what_was_given(self, desk: Desk) -> None:
        """Suggestions name given remote statuses, each once, and given ticket statuses; each with its reason."""
        given = _all_statuses(desk)
        for tickets in (SYSTEM, SYSTEM[:1], ()):
            made = _suggest(desk, given, tickets)
            times = Counter(each.remote_id for each in made)
            keys = {each.ticket_status for each in made} - {None}
            assert set(times) <= {each.id for each in given}, "a suggestion is about a status that was not given"
            assert all(each == 1 for each in times.values()), "two suggestions are about one status"
            assert keys <= {each.key for each in tickets}, f"unknown ticket statuses are suggested: {keys}"
            assert all(each.reason.strip() for each in made), "a suggestion has no reason"

    @reads("StatusVocabulary.suggest")
    def test_statuses_suggesting_is_pure(self, desk: Desk) -> None:
        """Suggesting asks nobody, and says the same to the same question."""
        given = _all_statuses(desk)
        before = len(desk.line.sent)
        assert _suggest(desk, given, SYSTEM) == _suggest(desk, given, SYSTEM)
        assert len(desk.line.sent) == before, "suggest asked the remote system"

    @reads("StatusVocabulary.suggest")
    def test_statuses_suggestions_help(self, desk: Desk) -> None:
        """For the remote system's own statuses something is suggested: an admin does not begin with an empty board."""
        assert _suggest(desk, _all_statuses(desk), SYSTEM), "nothing is suggested for any status"


def _all_statuses(desk: Desk) -> tuple[RemoteStatus, ...]:
    return tuple({each.id: each for each in (*desk.vocabulary.statuses, *desk.detail.statuses)}.values())


def _suggest(desk: Desk, remote: tuple[RemoteStatus, ...], tickets: tuple[TicketStatus, ...]) -> list[Suggestion]:
    return list(desk.statuses.suggest(SuggestRequest(remote=remote, tickets=tickets)))
