"""`ask`: credentials are renewed ahead and on refusal, once; refusal and outage end differently; nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk_core.connections import credentials
from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import Connection, ConnectionState, Credential
from helpdesk_core.connections.sealing import reseal_everything
from helpdesk_core.errors import AuthorizationLost, Misconfigured, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.values import Credentials, Secret
from helpdesk_core.vault import Vault


def token(view) -> str:
    """Tell which access token a facet is given."""
    return view.credentials.access_token.reveal()


def state_of(host, connection) -> tuple[ConnectionState, str]:
    with host.database.read() as session:
        row = session.get_one(Connection, connection.id)
        return row.state, row.trouble


def test_good_credentials_are_used_as_they_are(host, connected, tracker, clock):
    clock.advance(minutes=57)
    assert ask(host, connected.id, token) == "access-1"
    assert tracker.refreshed == []


def test_credentials_are_renewed_ahead_of_their_end(host, connected, tracker, clock):
    clock.advance(minutes=59)
    assert ask(host, connected.id, token) == ask(host, connected.id, token) == "access-2"
    assert len(tracker.refreshed) == 1


def test_refused_credentials_are_renewed_once_and_the_question_is_asked_again(host, connected, tracker):
    asked = []

    def question(view):
        asked.append(token(view))
        if len(asked) == 1:
            raise AuthorizationLost("401")
        return "answer"

    assert ask(host, connected.id, question) == "answer"
    assert asked == ["access-1", "access-2"]


def test_refused_twice_the_connection_waits_for_reauthorization(host, connected, tracker, signed_in, admin):
    def question(_view):
        raise AuthorizationLost("Fake refuses the saved sign-in.")

    with pytest.raises(AuthorizationLost):
        ask(host, connected.id, question)
    assert len(tracker.refreshed) == 1, "a refresh is never tried in a loop"
    assert state_of(host, connected) == (ConnectionState.REAUTHORIZE, "Fake refuses the saved sign-in.")
    with pytest.raises(AuthorizationLost):
        ask(host, connected.id, token)
    page = signed_in(admin).get("/settings/integrations").text
    assert "Fake · acme needs attention." in page
    assert 'data-state="needs_attention"' in page


def test_a_refused_refresh_waits_for_reauthorization(host, connected, tracker, clock):
    def refuse(_request):
        raise AuthorizationLost("The refresh token is unknown.")

    tracker.refreshes = refuse
    clock.advance(hours=2)
    with pytest.raises(AuthorizationLost, match="unknown"):
        ask(host, connected.id, token)
    assert state_of(host, connected)[0] == ConnectionState.REAUTHORIZE


def test_an_outage_keeps_the_tokens_and_the_state(host, connected, tracker, clock):
    def fail(_request):
        raise TemporarilyUnavailable("Atlassian answers 503.", retry_after=7)

    tracker.refreshes = fail
    clock.advance(hours=2)
    with pytest.raises(TemporarilyUnavailable):
        ask(host, connected.id, token)
    assert state_of(host, connected) == (ConnectionState.CONNECTED, "")
    tracker.refreshes = None
    assert ask(host, connected.id, token) == "access-2", "the lease was given back"
    assert tracker.refreshed[-1].credentials.refresh_token == Secret("refresh-1")


def test_when_renewing_ahead_fails_the_old_token_serves_while_it_is_good(host, connected, tracker, clock):
    def fail(_request):
        raise TemporarilyUnavailable("down")

    tracker.refreshes = fail
    clock.advance(minutes=59)
    assert ask(host, connected.id, token) == "access-1"


def test_a_plugin_that_breaks_while_renewing_is_named_and_the_tokens_are_kept(host, connected, tracker, clock, caplog):
    def fail(_request):
        raise ValueError("with access-1 inside")

    tracker.refreshes = fail
    clock.advance(hours=2)
    with pytest.raises(Rejected, match=r"The Fake plugin broke \(ValueError\). Report it to .* helpdesk-fake"):
        ask(host, connected.id, token)
    assert "access-1" not in caplog.text
    tracker.refreshes = None
    assert ask(host, connected.id, token) == "access-2"


def test_credentials_without_a_refresh_token_end(host, connected, tracker, clock):
    with host.database.write() as session:
        ends = Credentials(access_token=Secret("only"), expires_at=host.now() + timedelta(minutes=5))
        credentials.store_new(host, session, connected.id, ends)
    assert ask(host, connected.id, token) == "only"
    clock.advance(minutes=6)
    with pytest.raises(AuthorizationLost, match="cannot be renewed"):
        ask(host, connected.id, token)


def test_credentials_that_never_end_are_not_renewed(host, connected, tracker, clock):
    with host.database.write() as session:
        credentials.store_new(host, session, connected.id, Credentials(access_token=Secret("api-token")))
    clock.advance(days=400)
    assert ask(host, connected.id, token) == "api-token"


def test_a_pair_that_arrives_after_the_lease_has_run_out_is_kept(host, connected, tracker, clock):
    def slow(request):
        clock.advance(minutes=5)
        return tracker.credentials(clock())

    tracker.refreshes = slow
    clock.advance(hours=2)
    assert ask(host, connected.id, token) == "access-2"
    assert ask(host, connected.id, token) == "access-2"
    assert len(tracker.refreshed) == 1


def test_a_consent_given_during_the_refresh_wins_over_the_refreshs_answer(host, connected, tracker, clock):
    def overtaken(request):
        with host.database.write() as session:
            fresh = Credentials(access_token=Secret("consented"), expires_at=clock() + timedelta(hours=1))
            credentials.store_new(host, session, connected.id, fresh)
        return tracker.credentials(clock())

    tracker.refreshes = overtaken
    clock.advance(hours=2)
    assert ask(host, connected.id, token) == "consented"


def test_a_refusal_that_a_new_consent_overtook_changes_no_state(host, connected, tracker, clock):
    def overtaken(request):
        with host.database.write() as session:
            fresh = Credentials(access_token=Secret("consented"), expires_at=clock() + timedelta(hours=1))
            credentials.store_new(host, session, connected.id, fresh)
        raise AuthorizationLost("The old token is unknown.")

    tracker.refreshes = overtaken
    clock.advance(hours=2)
    assert ask(host, connected.id, token) == "consented"
    assert state_of(host, connected) == (ConnectionState.CONNECTED, "")


def test_a_waiting_caller_gives_up_in_words(host, connected, clock, monkeypatch):
    monkeypatch.setattr(credentials, "PATIENCE_S", 0.0)
    clock.advance(hours=2)
    with host.database.write() as session:
        row = session.get_one(Credential, connected.id)
        row.lease_owner, row.lease_until = "somebody", clock() + timedelta(seconds=30)
    with pytest.raises(TemporarilyUnavailable, match="renewing the sign-in just now"):
        ask(host, connected.id, token)


def test_a_lease_that_has_run_out_is_taken_over(host, connected, clock):
    clock.advance(hours=2)
    with host.database.write() as session:
        row = session.get_one(Credential, connected.id)
        row.lease_owner, row.lease_until = "a dead process", clock() - timedelta(seconds=1)
    assert ask(host, connected.id, token) == "access-2"


def test_an_unknown_or_disconnected_connection_is_refused_in_words(host, connected):
    with pytest.raises(NotFound):
        ask(host, 99, token)
    with host.database.write() as session:
        session.get_one(Connection, connected.id).state = ConnectionState.DISCONNECTED
    with pytest.raises(Refused, match="Fake · acme is disconnected"):
        ask(host, connected.id, token)


def test_rotating_keys_reseals_everything_and_the_old_key_may_go(host, connected, vault_key):
    with host.database.read() as session:
        before = session.get_one(Credential, connected.id).sealed
    new = Vault.new_key()
    with pytest.raises(Misconfigured, match="None of the encryption keys"):
        Vault([new]).open(before)
    with host.database.write() as session:
        assert reseal_everything(session, Vault([new, vault_key])) == 1
    with host.database.read() as session:
        assert "access-1" in Vault([new]).open(session.get_one(Credential, connected.id).sealed)


def test_a_running_process_follows_a_rotated_key_file():
    old, new = Vault.new_key(), Vault.new_key()
    keys = [old]
    running = Vault(keys, lambda: keys)
    keys.insert(0, new)
    assert running.open(Vault([new, old]).seal("text")) == "text"
