"""The families of metrics that this package reads itself: of connections and their health, links, jobs, the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core import __version__
from helpdesk_core.connections.models import Connection, ConnectionState, Contact, Credential
from helpdesk_core.health import repairs
from helpdesk_core.health.examining import is_looked_after
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.host import Host
from helpdesk_core.sync.models import DeliveryState, Link, LinkState, Listening, StoredDelivery
from helpdesk_core.values import Severity, Standing

BY_CONNECTION: Final = ("integration", "connection")
STATE: Final = "state"


def connections(_host: Host, session: Session) -> Iterator[Metric]:
    """Tell each connection's state, and whether somebody paused it."""
    state = GaugeMetricFamily(
        "helpdesk_connection_state", "1 for the state that a connection is in.", labels=(*BY_CONNECTION, STATE)
    )
    paused = GaugeMetricFamily("helpdesk_connection_paused", "1 where a person paused it.", labels=BY_CONNECTION)
    query = select(Connection.integration, Connection.id, Connection.state, Connection.paused_at)
    for integration, id_, present, paused_at in session.execute(query.order_by(Connection.id)):
        for each in ConnectionState:
            state.add_metric((integration, str(id_), each.value), each == present)
        paused.add_metric((integration, str(id_)), paused_at is not None)
    yield state
    yield paused


def links(host: Host, session: Session) -> Iterator[Metric]:
    """Tell how the links of each connection stand, and how long the oldest has waited for a look."""
    standing = GaugeMetricFamily(
        "helpdesk_links",
        "Links between tickets and issues; stopped, conflict and gone need a person.",
        labels=(*BY_CONNECTION, STATE),
    )
    lag = GaugeMetricFamily(
        "helpdesk_sync_lag_seconds", "How long the oldest wanted look at a link has waited.", labels=BY_CONNECTION
    )
    counts = _links_by_state(session)
    waiting_since = _waiting_since(session)
    for labels, id_ in _connections(session):
        for state in LinkState:
            standing.add_metric((*labels, state.value), counts.get((id_, state), 0))
        lag.add_metric(labels, _age(waiting_since.get(id_), host.now()))
    yield standing
    yield lag


def deliveries(_host: Host, session: Session) -> Iterator[Metric]:
    """Tell what became of the deliveries that are kept; those that are done are deleted after a week."""
    metric = GaugeMetricFamily(
        "helpdesk_deliveries",
        "Deliveries that are kept; unroutable ones belong to no connection.",
        labels=("integration", STATE),
    )
    query = select(StoredDelivery.integration, StoredDelivery.state, func.count()).group_by(
        StoredDelivery.integration, StoredDelivery.state
    )
    found = {(integration, DeliveryState(state)): number for integration, state, number in session.execute(query)}
    for integration in sorted({integration for integration, _ in found}):
        for state in DeliveryState:
            metric.add_metric((integration, state.value), found.get((integration, state), 0))
    yield metric


def listening(_host: Host, session: Session) -> Iterator[Metric]:
    """Tell when each connection last heard of changes and asked for them, and until when its subscription lasts."""
    heard = _gauge("helpdesk_connection_last_delivery_timestamp_seconds", "When the last delivery arrived.")
    polled = _gauge("helpdesk_connection_last_poll_timestamp_seconds", "Up to when was asked for changes.")
    expiry = _gauge("helpdesk_subscription_expiry_timestamp_seconds", "Until when the subscription lasts.")
    query = select(Listening.connection_id, Listening.heard_at, Listening.polled_at, Listening.expires_at)
    rows = {id_: moments for id_, *moments in session.execute(query)}
    for labels, id_ in _connections(session):
        for metric, moment in zip((heard, polled, expiry), rows.get(id_, ()), strict=False):
            _add(metric, labels, moment)
    yield from (heard, polled, expiry)


def credentials(_host: Host, session: Session) -> Iterator[Metric]:
    """Tell when a person last consented, and when the credentials were last renewed."""
    consented = _gauge("helpdesk_credential_consented_timestamp_seconds", "When a person last authorized it.")
    refreshed = _gauge("helpdesk_credential_refreshed_timestamp_seconds", "When its credentials were last renewed.")
    query = select(Credential.connection_id, Credential.consented_at, Credential.refreshed_at)
    rows = {id_: moments for id_, *moments in session.execute(query)}
    for labels, id_ in _connections(session):
        for metric, moment in zip((consented, refreshed), rows.get(id_, ()), strict=False):
            _add(metric, labels, moment)
    yield from (consented, refreshed)


def calls(_host: Host, session: Session) -> Iterator[Metric]:
    """Tell what each connection has cost; 0 where nothing was asked, so that a first call is seen as a rise."""
    counters = (
        _counter("helpdesk_calls", "Calls that were answered."),
        _counter("helpdesk_budget_points_spent", "Points of the remote system's budget that calls have cost."),
        _counter("helpdesk_credential_refreshes", "Renewals of credentials."),
    )
    query = select(Contact.connection_id, Contact.calls, Contact.points, Contact.refreshes)
    rows = {id_: numbers for id_, *numbers in session.execute(query)}
    for labels, id_ in _connections(session):
        for metric, number in zip(counters, rows.get(id_, (0, 0, 0)), strict=True):
            metric.add_metric(labels, number)
    yield from counters


def contacts(host: Host, session: Session) -> Iterator[Metric]:
    """Tell whether each connection is answered, and what is left of its budget, where that is still true."""
    left = _gauge("helpdesk_budget_points_left", "Points that are left of the budget, until it is whole again.")
    limit = _gauge("helpdesk_budget_points_limit", "Points of the whole budget.")
    answered = _gauge("helpdesk_connection_answered_timestamp_seconds", "When a question was last answered.")
    failing = _gauge("helpdesk_connection_failing", "1 where no question is answered: an outage, or a refusal of all.")
    examined = _gauge("helpdesk_connection_examined_timestamp_seconds", "When its plugin was last asked how it stands.")
    for labels, id_ in _looked_after(host, session):
        contact = session.get(Contact, id_)
        failing.add_metric(labels, contact is not None and contact.failing_since is not None)
        if contact is None:
            continue
        _add(answered, labels, contact.answered_at)
        _add(examined, labels, contact.examined_at)
        if contact.budget_until is not None and contact.budget_until > host.now():
            for metric, points in ((left, contact.budget_left), (limit, contact.budget_limit)):
                if points is not None:
                    metric.add_metric(labels, points)
    yield from (left, limit, answered, failing, examined)


def health(host: Host, session: Session) -> Iterator[Metric]:
    """Tell how many checks of each connection stand how, and how many repair items it has."""
    checks = GaugeMetricFamily(
        "helpdesk_health_checks", "Checks by how they stand.", labels=(*BY_CONNECTION, "standing")
    )
    items = GaugeMetricFamily(
        "helpdesk_repair_items", "What Settings asks an admin to mend.", labels=(*BY_CONNECTION, "severity")
    )
    counts = _checks_by_standing(session)
    open_ = {connection.id: rows for connection, rows in repairs.open_rows(host, session)}
    for labels, id_ in _looked_after(host, session):
        for standing in Standing:
            checks.add_metric((*labels, standing.value), counts.get((id_, standing), 0))
        for severity in Severity:
            number = sum(row.severity == severity for row in open_.get(id_, ()))
            items.add_metric((*labels, severity.value), number)
    yield from (checks, items)


def jobs(host: Host, session: Session) -> Iterator[Metric]:
    """Tell what the job engine holds."""
    held = GaugeMetricFamily("helpdesk_jobs", "Jobs that are not done; broken must be 0.", labels=(STATE,))
    counts = host.jobs.counts(session)
    for state in ("waiting", "delayed", "running", "broken"):
        held.add_metric((state,), getattr(counts, state))
    yield held
    yield GaugeMetricFamily(
        "helpdesk_oldest_job_age_seconds",
        "How long the oldest waiting job could have run: grows where no worker works.",
        value=_age(host.jobs.oldest(session), host.now()),
    )


def program(host: Host, _session: Session) -> Iterator[Metric]:
    """Tell which version answers, and how many plugins could not be loaded."""
    yield InfoMetricFamily("helpdesk_build", "The version of the process that answers.", {"version": __version__})
    yield GaugeMetricFamily(
        "helpdesk_integrations_quarantined",
        "Plugins that could not be loaded by the process that answers.",
        value=len(host.registry.quarantined),
    )


def _connections(session: Session) -> list[tuple[tuple[str, str], int]]:
    query = select(Connection.integration, Connection.id).order_by(Connection.id)
    return [((integration, str(id_)), id_) for integration, id_ in session.execute(query)]


def _looked_after(host: Host, session: Session) -> list[tuple[tuple[str, str], int]]:
    """Return those of which something is to be said: of others it would be told for ever how they stood in the end."""
    found = session.scalars(select(Connection).order_by(Connection.id))
    return [((each.integration, str(each.id)), each.id) for each in found if is_looked_after(host, session, each)]


def _checks_by_standing(session: Session) -> dict[tuple[int, Standing], int]:
    by = (HealthCheck.connection_id, HealthCheck.standing)
    query = select(*by, func.count()).group_by(*by)
    return {(id_, Standing(standing)): number for id_, standing, number in session.execute(query)}


def _links_by_state(session: Session) -> dict[tuple[int, LinkState], int]:
    query = select(Link.connection_id, Link.state, func.count()).group_by(Link.connection_id, Link.state)
    return {(id_, LinkState(state)): number for id_, state, number in session.execute(query)}


def _waiting_since(session: Session) -> dict[int, datetime]:
    query = (
        select(Link.connection_id, func.min(Link.wanted_at)).where(Link.wanted > Link.done).group_by(Link.connection_id)
    )
    return dict(iter(session.execute(query)))


def _counter(name: str, words: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, words, labels=BY_CONNECTION)


def _gauge(name: str, words: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=BY_CONNECTION)


def _add(metric: GaugeMetricFamily, labels: tuple[str, str], moment: datetime | None) -> None:
    """Add a point in time; what never happened has no sample, since 0 would be 1970."""
    if moment is not None:
        metric.add_metric(labels, moment.timestamp())


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
