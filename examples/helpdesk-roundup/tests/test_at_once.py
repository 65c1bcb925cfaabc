"""Several of us write to one issue at once: each persists until it is through, and nothing is lost or said twice."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace

import requests
from tracker import Tracker

from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.values import PostRequest
from helpdesk_roundup.conversation import RoundupConversation


def test_of_replies_that_are_written_at_once_none_is_lost(tracker: Tracker, connect) -> None:
    issue = tracker.add_issue("One", "in-progress", "It fails")

    def persist(number: int) -> None:
        with requests.Session() as own:
            own.trust_env = False
            view = replace(connect(tracker.url), http=own)
            for _ in range(30):
                with suppress(TemporarilyUnavailable):
                    RoundupConversation().post(
                        PostRequest(
                            connection=view,
                            issue_id=issue,
                            marker=f"hd-comment-{number}-1",
                            author="Eve Roe",
                            body=f"Number {number}",
                        )
                    )
                    return

    threads = [threading.Thread(target=persist, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [text.split("\n")[-1] for text in tracker.messages(issue)]
    assert sorted(said[1:]) == [f"Number {number}" for number in range(4)]
    assert tracker.status_of(issue) == "in-progress"
