"""Webhooks: nothing is read before it is proved, one order for each site, no answer believed by its status alone."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from requests_mock import Mocker

from helpdesk_core.errors import Rejected
from helpdesk_core.values import About, Delivery, Notice, Secret, SettingsMap, SubscribeRequest
from plugins.jira.settings import WebhookTrust
from plugins.jira.webhooks import JiraWebhookReceiver
from tests.jira.atlassian import CLIENT_SECRET, CLOUD_ID, NOW, RECORDED, REST, SETTINGS, connection

receiver = JiraWebhookReceiver()
WEBHOOK = f"{REST}/webhook"
REFRESH = f"{WEBHOOK}/refresh"
URL = "https://helpdesk.example/webhooks/jira"
MOMENT = int(NOW.timestamp())
CLAIMS = {"iss": "client-1", "sub": "5b10:1", "iat": MOMENT, "exp": MOMENT + 180, "jti": "j", "context": {}}
BODY = {
    "timestamp": 1,
    "webhookEvent": "jira:issue_updated",
    "matchedWebhookIds": [7, 8],
    "issue": {
        "id": "10042",
        "key": "SUP-1",
        "self": "https://acme.atlassian.net/rest/api/2/issue/10042",
        "fields": {"status": {"id": "3"}},
    },
}


def token(secret: str = CLIENT_SECRET, algorithm: str = "HS256", **changes: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}
    return jwt.encode({"alg": algorithm}, claims, OctKey.import_key(secret), algorithms=[algorithm])


def receive(
    body: object = BODY,
    authorization: str | None = None,
    settings: SettingsMap = SETTINGS,
    now: datetime = NOW,
    **headers: str,
) -> tuple[Notice, ...]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    bearer = f"Bearer {token()}" if authorization is None else authorization
    sent = {"authorization": bearer, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return receiver.receive(Delivery(headers=sent, body=raw, settings=settings, now=now))


def refused(code: str, **arguments: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        receive(**arguments)
    assert caught.value.code == code
    assert CLIENT_SECRET not in str(caught.value)
    return caught.value


# ── proving ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer  ",
        "Basic abc",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer é.é.é",
        "Bearer a.b.c.d.e",
        f"Bearer {token()}x",
        f"Bearer {token('another-secret-of-somebody')}",
        f"Bearer {token(algorithm='HS512')}",
        f"Bearer {'x' * 100_000}",
        f"Bearer {token(exp=...)}",
        f"Bearer {token(iat=...)}",
        f"Bearer {token(exp=None)}",
        f"Bearer {token(exp='soon')}",
        f"Bearer {token(exp=MOMENT - 91)}",
        f"Bearer {token(iat=MOMENT + 91)}",
        f"Bearer {token(iss='another-client')}",
        f"Bearer {token(iss=['client-1'])}",
        f"Bearer {token(nbf=MOMENT + 500)}",
        # an unsigned token: header {"alg":"none"}
        f"Bearer eyJhbGciOiJub25lIn0.{token().split('.')[1]}.",
    ],
)
def test_a_delivery_that_is_not_proved_is_refused_before_its_body_is_read(authorization: str) -> None:
    error = refused("unverified", authorization=authorization, body=b"not json")
    assert authorization.removeprefix("Bearer ").strip()[:20] not in error.reason or not authorization.strip("Bear ")


def test_a_delivery_without_a_header_is_refused() -> None:
    with pytest.raises(Rejected, match="no token"):
        receiver.receive(Delivery(headers={}, body=b"{}", settings=SETTINGS, now=NOW))


def test_without_a_client_secret_nothing_is_proved() -> None:
    refused("unverified", settings={"client_id": "client-1"})
    refused("unverified", settings={"client_id": "client-1", "client_secret": ""})


@pytest.mark.parametrize("changes", [{"exp": MOMENT - 89}, {"iat": MOMENT + 89}, {"iss": ...}, {"aud": "any"}])
def test_clocks_may_differ_and_an_issuer_may_be_missing(changes: dict[str, Any]) -> None:
    assert receive(authorization=f"bearer {token(**changes)}")


def test_both_secrets_are_good_while_one_replaces_the_other() -> None:
    settings = {**SETTINGS, "client_secret": Secret("the-new-client-secret"), "client_secret_previous": CLIENT_SECRET}
    assert receive(settings=settings)
    assert receive(settings=settings, authorization=f"Bearer {token('the-new-client-secret')}")
    refused("unverified", settings=settings, authorization=f"Bearer {token('a-third-client-secret')}")


@pytest.mark.parametrize("changes", [{"exp": MOMENT - 500}, {"iss": "another-client"}, {"iat": "x"}])
def test_neither_token_nor_secret_is_shown_when_a_delivery_is_refused(changes: dict[str, Any]) -> None:
    sent = token(**changes)
    with pytest.raises(Rejected) as caught:
        receive(authorization=f"Bearer {sent}")
    shown = "\n".join(traceback.format_exception(caught.value))
    assert [part for part in (CLIENT_SECRET, *sent.split(".")) if part in shown] == []
    assert CLIENT_SECRET not in repr(WebhookTrust.read(SETTINGS))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_delivery_becomes_a_notice() -> None:
    assert receive(x_atlassian_webhook_identifier="d-1", x_atlassian_webhook_retry="2") == (
        Notice(
            delivery_id="d-1",
            workspace_hint="https://acme.atlassian.net",
            subscription_ids=("7", "8"),
            issue_id="10042",
            status_id="3",
            event="jira:issue_updated",
        ),
    )


def test_a_delivery_without_a_number_is_known_by_its_body() -> None:
    (one,), (again,), (other,) = receive(), receive(), receive({**BODY, "timestamp": 2})
    assert one.delivery_id == again.delivery_id != other.delivery_id


@pytest.mark.parametrize(
    ("claims", "address", "hint"),
    [
        ({"context": {"cloudId": CLOUD_ID}}, BODY["issue"]["self"], CLOUD_ID),  # type: ignore[index]  # a literal above
        ({"context": "?"}, f"https://api.atlassian.com/ex/jira/{CLOUD_ID}/rest/api/2/issue/1", CLOUD_ID),
        ({"context": None}, "https://acme.atlassian.net/rest/api/2/issue/1", "https://acme.atlassian.net"),
        ({}, "nonsense", ""),
        ({}, "https://[", ""),
        ({}, None, ""),
    ],
)
def test_what_tells_the_workspace(claims: dict[str, Any], address: object, hint: str) -> None:
    body = {**BODY, "issue": {"id": 5, "self": address}}
    (notice,) = receive(body, f"Bearer {token(**claims)}")
    assert (notice.workspace_hint, notice.issue_id, notice.status_id) == (hint, "5", None)


@pytest.mark.parametrize(
    ("event", "about"),
    [
        ("jira:issue_created", About.NEW_ISSUE),
        ("jira:issue_updated", About.ISSUE),
        ("jira:issue_deleted", About.ISSUE),
        ("comment_created", About.COMMENTS),
        ("comment_updated", About.COMMENTS),
        ("comment_deleted", About.COMMENTS),
        ("issue_property_set", About.ISSUE),
        ("", About.ISSUE),
        (None, About.ISSUE),
    ],
)
def test_an_event_tells_what_its_notice_is_about(event: object, about: About) -> None:
    assert receive({**BODY, "webhookEvent": event})[0].about is about


def test_a_comment_whose_issue_is_left_out_is_about_the_issue_of_its_address() -> None:
    """That deliveries of comments hold the issue is not promised (recorded without it)."""
    address = "https://acme.atlassian.net/rest/api/2/issue/10013/comment/10084"
    (notice,) = receive({"webhookEvent": "comment_deleted", "comment": {"id": "10084", "self": address}})
    assert (notice.issue_id, notice.about, notice.status_id) == ("10013", About.COMMENTS, None)


def test_the_last_status_of_a_deleted_issue_is_no_hint_of_where_it_is() -> None:
    (notice,) = receive({**BODY, "webhookEvent": "jira:issue_deleted"})
    assert (notice.status_id, notice.event) == (None, "jira:issue_deleted")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"nul", b"[]", b"null", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    refused("unreadable", body=body)


@pytest.mark.parametrize(
    "body", [{}, {"issue": None}, {"issue": {}}, {"webhookEvent": "sprint_closed"}, {"issue": {"id": None}}]
)
def test_a_delivery_about_no_issue_gives_no_notice(body: object) -> None:
    assert receive(body) == ()


@pytest.mark.parametrize("matched", [None, "7", {}, [None, True, [1]]])
def test_odd_numbers_of_webhooks_are_passed_over(matched: object) -> None:
    assert receive({**BODY, "matchedWebhookIds": matched})[0].subscription_ids == ()


RECORDINGS = sorted(RECORDED.glob("*-webhook-*.json")) if RECORDED.is_dir() else []


@pytest.mark.recorded
@pytest.mark.skipif(not RECORDINGS, reason=f"no recorded deliveries in {RECORDED}")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recorded_delivery_is_understood(path: Path) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))["body"]
    (notice,) = receive(body)
    issue = body.get("issue") or {"id": body["comment"]["self"].split("/issue/")[1].split("/")[0], "fields": {}}
    assert notice.issue_id == str(issue["id"])
    assert notice.event == body["webhookEvent"]
    assert (notice.about is About.COMMENTS) == ("comment_" in notice.event)
    assert (notice.about is About.NEW_ISSUE) == notice.event.endswith("issue_created")
    assert notice.status_id == ((issue["fields"].get("status") or {}).get("id"))
    assert notice.workspace_hint.startswith("http")


# ── ordering ────────────────────────────────────────────────────────────────────────────────────────────────────────

EVENTS = [
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted"),
]
JQL = "project IN (10000, 10001)"
LATER = NOW + timedelta(days=30)


def webhook(number: int, **changes: object) -> dict[str, Any]:
    told = {"id": number, "url": URL, "jqlFilter": JQL, "events": EVENTS, "expirationDate": LATER.timestamp() * 1000}
    return {**told, "expirationDate": int(LATER.timestamp() * 1000), **changes}


def request(*known_ids: str, url: str = URL, projects: tuple[str, ...] = ("10001", "10000")) -> SubscribeRequest:
    return SubscribeRequest(connection=connection(), url=url, project_ids=projects, known_ids=known_ids)


def listed(requests_mock: Mocker, *lists: list[dict[str, Any]]) -> None:
    requests_mock.get(WEBHOOK, [{"json": {"values": values, "isLast": True}} for values in lists])


def creates(requests_mock: Mocker, *results: dict[str, Any]) -> None:
    requests_mock.post(WEBHOOK, json={"webhookRegistrationResult": list(results)})
    requests_mock.delete(WEBHOOK, status_code=202)


def sent(requests_mock: Mocker) -> list[tuple[str, Any]]:
    return [(one.method, one.json() if one.body else None) for one in requests_mock.request_history]


def test_one_webhook_serves_all_projects(requests_mock: Mocker) -> None:
    listed(requests_mock, [], [webhook(9)])
    creates(requests_mock, {"createdWebhookId": 9})
    subscription = receiver.subscribe(request())
    assert (subscription.id, subscription.expires_at) == ("9", LATER)
    assert sent(requests_mock)[1] == ("POST", {"url": URL, "webhooks": [{"events": EVENTS, "jqlFilter": JQL}]})


def test_strays_go_first_and_the_former_one_goes_last(requests_mock: Mocker) -> None:
    """A limit of five, and one address for all (facts §3.1); and between two orders nothing must happen unseen."""
    former, stray, elsewhere = webhook(1, jqlFilter="project IN (1)"), webhook(2), webhook(3, url="https://old.example")
    listed(requests_mock, [former, stray, elsewhere], [webhook(9)])
    creates(requests_mock, {"createdWebhookId": 9})
    assert receiver.subscribe(request("1", "3")).id == "9"
    assert [(method, body) for method, body in sent(requests_mock) if method != "GET"] == [
        ("DELETE", {"webhookIds": [2, 3]}),
        ("POST", {"url": URL, "webhooks": [{"events": EVENTS, "jqlFilter": JQL}]}),
        ("DELETE", {"webhookIds": [1]}),
    ]


def test_one_that_is_what_is_wanted_already_is_kept_and_renewed(requests_mock: Mocker) -> None:
    listed(requests_mock, [webhook(1), webhook(2)])
    requests_mock.put(REFRESH, json={"expirationDate": 1})
    requests_mock.delete(WEBHOOK, status_code=202)
    assert receiver.subscribe(request("1")).id == "1"
    assert [one for one in sent(requests_mock) if one[0] != "GET"] == [
        ("DELETE", {"webhookIds": [2]}),
        ("PUT", {"webhookIds": [1]}),
    ]


@pytest.mark.parametrize(
    "result",
    [
        [{"errors": ["Only a single URL per app is allowed to be registered via REST API."]}],
        [{"createdWebhookId": 9, "errors": ["The clause is unsupported."]}],
        [{}],
        [],
        [{"createdWebhookId": "9"}],
        [{"createdWebhookId": True}],
    ],
)
def test_a_200_without_a_number_is_a_failure_in_jiras_own_words(requests_mock: Mocker, result: list[Any]) -> None:
    listed(requests_mock, [])
    creates(requests_mock, *result)
    with pytest.raises(Rejected) as caught:
        receiver.subscribe(request())
    assert caught.value.code == "webhook_refused"
    for error in (result[0] if result else {}).get("errors", ()):
        assert error.rstrip(".") in caught.value.reason


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://helpdesk.example/webhooks/jira", "https only"),
        ("https://helpdesk.example:5000/webhooks/jira", "port 5000"),
        ("https://localhost/webhooks/jira", "network"),
        ("https://10.0.0.4/webhooks/jira", "network"),
        ("https://[::1]/webhooks/jira", "network"),
        ("https://helpdesk/webhooks/jira", "network"),
        ("https://helpdesk.internal/webhooks/jira", "network"),
        ("https://helpdesk.example:x/", "not an address"),
    ],
)
def test_an_address_that_atlassian_cannot_reach_is_refused_before_jira_is_asked(url: str, why: str) -> None:
    with pytest.raises(Rejected, match=why) as caught:
        receiver.subscribe(request(url=url))
    assert caught.value.code == "address_unsuitable"


@pytest.mark.parametrize("port", [":443", ":8443", ":1885", ""])
def test_ports_to_which_atlassian_delivers(requests_mock: Mocker, port: str) -> None:
    listed(requests_mock, [])
    creates(requests_mock, {"createdWebhookId": 9})
    assert receiver.subscribe(request(url=f"https://helpdesk.example{port}/webhooks/jira")).expires_at is None


def test_the_simulator_reaches_this_machine(requests_mock: Mocker) -> None:
    settings = {**SETTINGS, "api_url": "http://127.0.0.1:9000"}
    rest = f"http://127.0.0.1:9000/ex/jira/{CLOUD_ID}/rest/api/3/webhook"
    requests_mock.get(rest, json={"values": [], "isLast": True})
    requests_mock.post(rest, json={"webhookRegistrationResult": [{"createdWebhookId": 4}]})
    here = SubscribeRequest(
        connection=connection(settings=settings), url="http://127.0.0.1:8070/webhooks/jira", project_ids=("1",)
    )
    assert receiver.subscribe(here).id == "4"


def test_without_a_project_there_is_nothing_to_order(requests_mock: Mocker) -> None:
    listed(requests_mock, [])
    with pytest.raises(Rejected) as caught:
        receiver.subscribe(request(projects=()))
    assert caught.value.code == "no_project"


# ── renewing and removing ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "expires_at"),
    [
        (int(LATER.timestamp() * 1000), LATER),
        (str(int(LATER.timestamp() * 1000)), LATER),
        ("2026-12-24T09:00:00.000+0000", LATER),
        ("2026-12-24T09:00:00", LATER),
        ("2026-12-24T09:00:00Z", LATER),
        (None, datetime(2027, 1, 1, tzinfo=UTC)),
        ("soon", datetime(2027, 1, 1, tzinfo=UTC)),
        (10**30, datetime(2027, 1, 1, tzinfo=UTC)),
        (True, datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_list_says_when_it_ends_and_the_answer_only_where_the_list_does_not(
    requests_mock: Mocker, told: object, expires_at: datetime
) -> None:
    requests_mock.put(REFRESH, json={"expirationDate": "2027-01-01T00:00:00.000+0000"})
    listed(requests_mock, [webhook(3, expirationDate=told)])
    renewed = receiver.renew(request("3"))
    assert renewed is not None
    assert (renewed.id, renewed.expires_at) == ("3", expires_at)


@pytest.mark.parametrize("values", [[], [webhook(4)], [webhook(3, url="https://old.example/")]])
def test_one_that_is_not_listed_any_more_is_not_renewed_whatever_the_answer(
    requests_mock: Mocker, values: list[dict[str, Any]]
) -> None:
    """Jira passes over numbers that it does not know, and answers 200 (facts §3.1)."""
    requests_mock.put(REFRESH, json={"expirationDate": 1_800_000_000_000})
    listed(requests_mock, values)
    assert receiver.renew(request("3")) is None


def test_nothing_known_is_nothing_to_renew() -> None:
    assert receiver.renew(request()) is None
    assert receiver.renew(request("not-a-number")) is None


def test_all_of_ours_at_this_address_are_removed_and_no_others(requests_mock: Mocker) -> None:
    listed(requests_mock, [webhook(1), webhook(2, url="https://old.example/"), webhook(3, url="https://old.example/")])
    requests_mock.delete(WEBHOOK, status_code=202)
    receiver.unsubscribe(request("3"))
    assert sent(requests_mock)[-1] == ("DELETE", {"webhookIds": [1, 3]})


def test_nothing_to_remove_is_no_error(requests_mock: Mocker) -> None:
    listed(requests_mock, [])
    receiver.unsubscribe(request("3"))
    assert requests_mock.call_count == 1
