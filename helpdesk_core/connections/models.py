"""Connections, their credentials, running connect attempts, and what an admin decided about each integration."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base
from helpdesk_core.values import Account, Workspace


class ConnectionState(StrEnum):
    """What a connection can do now."""

    CONNECTED = "connected"
    REAUTHORIZE = "reauthorize"
    """The credentials were refused: work waits, nothing is dropped, a person must authorize again."""
    DISCONNECTED = "disconnected"
    """An admin ended it. Mapping and history are kept for the day it is connected again."""


class IntegrationSetting(Base):
    """What an admin decided about one installed integration. No row: enabled, nothing entered."""

    __tablename__ = "integration_setting"

    key: Mapped[str] = mapped_column(String(31), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    sealed: Mapped[str | None] = mapped_column(Text)
    """The set-up form's values, encrypted."""


class Connection(Base):
    """One authorized workspace of one integration."""

    __tablename__ = "connection"
    __table_args__ = (UniqueConstraint("integration", "workspace_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration: Mapped[str] = mapped_column(String(31))
    workspace_id: Mapped[str] = mapped_column(String(255))
    """The remote system's stable id: names and addresses change, so they are only shown."""
    workspace_name: Mapped[str] = mapped_column(Text)
    workspace_url: Mapped[str] = mapped_column(Text)
    state: Mapped[ConnectionState] = mapped_column(String(20))
    state_since: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(Text, default="")
    """Why the state is not `connected`, in one sentence."""
    account_id: Mapped[str] = mapped_column(String(255))
    account_name: Mapped[str] = mapped_column(Text)
    account_email: Mapped[str | None] = mapped_column(Text)
    settings_sealed: Mapped[str | None] = mapped_column(Text)
    paused_at: Mapped[datetime | None]
    """Since when a person has paused it: deliveries and changes are stored, nothing is written on either side. Beside
    the state, because a pause outlives re-authorizing."""
    paused_by_name: Mapped[str] = mapped_column(String(100), default="")
    connected_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    connected_at: Mapped[datetime]

    @property
    def works(self) -> bool:
        """Whether its work may be done: not while it is paused, ended or waits for authorization."""
        return self.state == ConnectionState.CONNECTED and self.paused_at is None

    @property
    def workspace(self) -> Workspace:
        """The workspace as plugins see it."""
        return Workspace(id=self.workspace_id, name=self.workspace_name, url=self.workspace_url)

    @property
    def account(self) -> Account:
        """The remote account that this connection acts as."""
        return Account(id=self.account_id, name=self.account_name, email=self.account_email)


class Credential(Base):
    """A connection's credentials, encrypted, with the lease that lets one caller at a time renew them."""

    __tablename__ = "credential"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int] = mapped_column(default=1)
    """Grows with every saved pair: a caller sees by it that another one has renewed meanwhile."""
    sealed: Mapped[str] = mapped_column(Text)
    scopes: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime | None]
    consented_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]


class Contact(Base):
    """How it went to ask the remote system on behalf of a connection: when it answered, why not, and what that cost.

    Written by `contact` from what each process has counted, so a moment behind. No row: it was never asked.
    """

    __tablename__ = "contact"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    answered_at: Mapped[datetime | None]
    """When a question was last answered."""
    failing_since: Mapped[datetime | None]
    """Since when none was; None: the last one was."""
    failure: Mapped[str] = mapped_column(String(50), default="")
    """Why not: `contact.OUTAGE`, or the code of a `Rejected` that concerns the whole connection."""
    sentence: Mapped[str] = mapped_column(Text, default="")
    cure: Mapped[str] = mapped_column(Text, default="")
    refused_at: Mapped[datetime | None]
    """When a single question was last refused: a reason to look what the account may do."""
    calls: Mapped[int] = mapped_column(BigInteger, default=0)
    points: Mapped[int] = mapped_column(BigInteger, default=0)
    refreshes: Mapped[int] = mapped_column(BigInteger, default=0)
    budget_left: Mapped[int | None] = mapped_column(BigInteger)
    budget_limit: Mapped[int | None] = mapped_column(BigInteger)
    budget_until: Mapped[datetime | None]
    """When the budget is whole again."""
    examined_at: Mapped[datetime | None]
    """When the plugin's health checks were last asked."""


class ConnectAttempt(Base):
    """One click on Connect, until it ends. Its state is single-use, expires, and belongs to one admin."""

    __tablename__ = "connect_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Only a hash is kept, so that a database dump lets nobody finish somebody's consent."""
    integration: Mapped[str] = mapped_column(String(31))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    """Set when an existing connection is re-authorized."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    kept_sealed: Mapped[str | None] = mapped_column(Text)
    """What the plugin asked to keep for the way back."""
    arrived_sealed: Mapped[str | None] = mapped_column(Text)
    """The callback's parameters, while the admin signs in again."""
    authorized_sealed: Mapped[str | None] = mapped_column(Text)
    """Credentials and workspaces, while the admin chooses one."""
    failure: Mapped[str | None] = mapped_column(String(40))
    """How it ended, if it failed: a `FailureCode`."""
    failure_detail: Mapped[str] = mapped_column(Text, default="")
