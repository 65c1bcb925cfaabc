"""What engine and twin both promise: the same tests on the twin, on SQLite and on PostgreSQL."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk_core.jobs import Counts, RetryLater, work

SOON = timedelta(milliseconds=1)


class Undone(Exception):
    """Rolls a transaction back."""


def enqueue(bench, key, *seqs, kind="note"):
    with bench.database.write() as session:
        for seq in seqs:
            bench.jobs.enqueue(session, kind, key, seq=seq)


def counts(bench, prefix=""):
    with bench.database.read() as session:
        return bench.jobs.counts(session, prefix=prefix)


@pytest.fixture(autouse=True)
def note(either):
    @either.work.handles("note")
    def note(job):
        either.diary.note(job)


def test_a_job_exists_from_the_commit_on(either):
    with either.database.write() as session:
        either.jobs.enqueue(session, "note", "a", seq=1)
        assert either.jobs.counts(session) == Counts(waiting=1), "its own transaction sees it"
    assert counts(either) == Counts(waiting=1)
    either.settle()
    assert either.diary.of("a") == [(1, 1)]
    assert counts(either) == Counts()


def test_a_rollback_leaves_no_job(either):
    with suppress(Undone), either.database.write() as session:
        either.jobs.enqueue(session, "note", "a", seq=1)
        raise Undone
    assert counts(either) == Counts()
    either.settle()
    assert either.diary.jobs == []


def test_a_session_that_is_closed_without_a_commit_leaves_no_job(either):
    with either.database.write() as session:
        pass
    either.jobs.enqueue(session, "note", "a", seq=1)
    session.close()
    either.jobs.enqueue(session, "note", "b", seq=1)
    session.commit()
    session.close()
    either.settle()
    assert [job.key for job in either.diary.jobs] == ["b"]


def test_a_savepoint_that_is_rolled_back_takes_its_jobs_along(either):
    with either.database.write() as session:
        either.jobs.enqueue(session, "note", "before", seq=1)
        with suppress(Undone), session.begin_nested():
            with session.begin_nested():
                either.jobs.enqueue(session, "note", "inner", seq=1)
            raise Undone
        with session.begin_nested():
            either.jobs.enqueue(session, "note", "kept", seq=1)
        either.jobs.enqueue(session, "note", "after", seq=1)
    either.settle()
    assert {job.key for job in either.diary.jobs} == {"before", "kept", "after"}


def test_a_handler_is_given_what_was_enqueued(either):
    with either.database.write() as session:
        either.jobs.enqueue(session, "note", "link/1", 7, "ä", None, (1, 2), {"n": 1.5, "deep": [True]}, seq=3)
    either.settle()
    (job,) = either.diary.jobs
    assert (job.kind, job.key, job.seq, job.attempt) == ("note", "link/1", 3, 1)
    assert job.args == (7, "ä", None, [1, 2], {"n": 1.5, "deep": [True]})


@pytest.mark.parametrize(
    ("key", "seq", "arg"),
    [
        ("", 1, 0),
        ("a", 0, 0),
        ("a", -1, 0),
        ("a", 2**31, 0),
        ("a", 1, {1, 2}),
        ("a", 1, datetime.now(UTC)),
        ("a", 1, float("nan")),
    ],
)
def test_what_cannot_be_kept_is_refused_at_once(either, key, seq, arg):
    with either.database.read() as session, pytest.raises(ValueError, match=r"seq|key|JSON"):
        either.jobs.enqueue(session, "note", key, arg, seq=seq)


def test_jobs_of_one_key_run_in_the_order_of_seq(either):
    enqueue(either, "a", 5, 2, 4)
    enqueue(either, "a", 1, 3)
    either.settle()
    assert [seq for seq, _ in either.diary.of("a")] == [1, 2, 3, 4, 5]


def test_a_job_that_is_put_off_keeps_its_place_and_delays_no_other_key(either):
    @either.work.handles("busy")
    def busy(job):
        either.diary.note(job)
        return RetryLater(after=timedelta(seconds=1), reason="busy") if job.seq == 2 and job.attempt < 3 else None

    enqueue(either, "a", 1, 2, 3, 4, kind="busy")
    enqueue(either, "b", 1, 2)
    either.settle()
    assert either.diary.of("a") == [(1, 1), (2, 1), (2, 2), (2, 3), (3, 1), (4, 1)]
    runs = [(job.key, job.seq, job.attempt) for job in either.diary.jobs]
    assert runs.index(("b", 2, 1)) < runs.index(("a", 2, 2)), "the other key was done while the first waited"


def test_an_exception_is_told_and_the_key_goes_on(either, caplog):
    @either.work.handles("break")
    def breaks(job):
        raise Undone("what a customer wrote")

    with either.database.write() as session:
        either.jobs.enqueue(session, "break", "a", 1, "x", seq=1)
        either.jobs.enqueue(session, "note", "a", seq=2)
    either.settle()
    ((kind, key, args, error),) = either.diary.failed
    assert (kind, key, args, type(error)) == ("break", "a", (1, "x"), Undone)
    assert either.diary.of("a") == [(2, 1)]
    assert counts(either) == Counts()
    assert "Job break of a failed: Undone at test_contract.py" in caplog.text
    assert "customer" not in caplog.text


def test_a_job_without_a_handler_is_told_as_failed(either):
    enqueue(either, "a", 1, kind="of a later release")
    either.settle()
    ((kind, _, _, error),) = either.diary.failed
    assert (kind, type(error)) == ("of a later release", LookupError)


def test_a_failure_that_cannot_be_recorded_is_tried_again(either, monkeypatch):
    monkeypatch.setattr(work, "UNRECORDED", SOON)
    record, tries = either.work._failed, []

    def away_at_first(*told):
        tries.append(told)
        if len(tries) < 3:
            raise ConnectionError
        record(*told)

    either.work._failed = away_at_first
    enqueue(either, "a", 1, kind="unknown")
    enqueue(either, "a", 2)
    either.settle()
    assert len(tries) == 3
    assert len(either.diary.failed) == 1
    assert either.diary.of("a") == [(2, 1)], "it kept its place"


def test_a_handler_tops_up_its_connections_jobs(either):
    """The pattern of docs/decisions/0008: of a backlog in our rows, a bounded number is in the engine."""
    backlog, most = [f"c/1/link/{number}" for number in range(10)], []

    def top_up(session):
        while backlog and either.jobs.counts(session, prefix="c/1/").unfinished < 3:
            either.jobs.enqueue(session, "drain", backlog.pop(), seq=1)

    @either.work.handles("drain")
    def drain(job):
        either.diary.note(job)
        with either.database.write() as session:
            most.append(either.jobs.counts(session, prefix="c/1/").unfinished)
            either.jobs.enqueue(session, "next", "c/1", seq=1)

    @either.work.handles("next")
    def following(_job):
        with either.database.write() as session:
            top_up(session)

    with either.database.write() as session:
        top_up(session)
    either.settle()
    assert backlog == []
    assert len(either.diary.jobs) == 10
    assert max(most) <= 3


def test_jobs_are_counted_by_the_beginning_of_their_keys(either):
    for key in ("c/1/a", "c/1/b", "c/10/a", "c_1/a", "c%"):
        enqueue(either, key, 1)
    assert counts(either) == Counts(waiting=5)
    assert counts(either, "c/1/") == Counts(waiting=2)
    assert counts(either, "c_") == Counts(waiting=1)
    assert counts(either, "c%") == Counts(waiting=1)


def test_the_oldest_waiting_job_is_told(either):
    with either.database.read() as session:
        assert either.jobs.oldest(session) is None
    enqueue(either, "a", 1)
    with either.database.read() as session:
        since = either.jobs.oldest(session)
        assert either.jobs.oldest(session, prefix="b") is None
    assert timedelta(minutes=-1) < datetime.now(UTC) - since < timedelta(minutes=1)
