"""The people who sign in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base


class Role(StrEnum):
    """What a person may do."""

    ADMIN = "admin"
    """Settings, and all that an agent may."""
    AGENT = "agent"
    """Work on tickets."""


class User(Base):
    """One person. Flask-Login asks it the four questions at its end."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case: people sign in with it."""
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(256))
    role: Mapped[Role] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    @property
    def is_admin(self) -> bool:
        """Whether this person may change settings."""
        return self.role == Role.ADMIN

    @property
    def is_authenticated(self) -> bool:
        """Flask-Login: a loaded user is signed in."""
        return True

    @property
    def is_active(self) -> bool:
        """Flask-Login: a deactivated user is not let in."""
        return self.active

    @property
    def is_anonymous(self) -> bool:
        """Flask-Login: a loaded user is somebody."""
        return False

    def get_id(self) -> str:
        """Flask-Login: what the session cookie remembers."""
        return str(self.id)
