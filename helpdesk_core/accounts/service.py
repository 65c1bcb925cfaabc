"""Making, finding and checking people. Knows no Flask."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.values import Secret

MIN_PASSWORD_LENGTH: Final = 10


def create_user(session: Session, *, email: str, name: str, password: Secret, role: Role, now: datetime) -> User:
    """Add a person.

    Raises:
        Refused: the address is taken, or the password is too short.
    """
    email = email.strip().lower()
    if session.scalar(select(User).where(User.email == email)):
        msg = f"Somebody with the address {email} exists already. Choose another address."
        raise Refused(msg)
    user = User(email=email, name=name.strip(), password_hash=_hashed(password), role=role, active=True, created_at=now)
    session.add(user)
    session.flush()
    return user


def authenticate(session: Session, *, email: str, password: Secret) -> User | None:
    """Return the active person with this address and password; an unknown address takes as long as a known one."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    nobody = _nobodys_hash()
    fits = check_password_hash(user.password_hash if user else nobody, password.reveal())
    return user if user and fits and user.active else None


@cache
def _nobodys_hash() -> str:
    """Return what an unknown address is checked against. Made when first needed: most commands sign nobody in."""
    return generate_password_hash("nobody signs in with this")


def get_user(session: Session, user_id: int) -> User:
    """Return the person with this id.

    Raises:
        NotFound: there is none.
    """
    if user := session.get(User, user_id):
        return user
    msg = f"There is no person with the id {user_id}."
    raise NotFound(msg)


def list_users(session: Session) -> list[User]:
    """Return everybody, by name."""
    return list(session.scalars(select(User).order_by(User.name, User.id)))


def set_password(session: Session, user: User, password: Secret) -> None:
    """Give a person a new password."""
    user.password_hash = _hashed(password)
    session.flush()


def change_user(session: Session, user: User, *, name: str, role: Role, active: bool) -> None:
    """Change a person's name, role or access.

    Raises:
        Refused: nobody could change settings afterwards.
    """
    if user.is_admin and user.active and not (role == Role.ADMIN and active) and active_admins(session) == 1:
        msg = f"{user.name} is the only active admin. Make somebody else an admin first."
        raise Refused(msg)
    user.name, user.role, user.active = name.strip(), role, active
    session.flush()


def active_admins(session: Session) -> int:
    """Count the people who can change settings."""
    count = select(func.count()).select_from(User).where(User.role == Role.ADMIN, User.active)
    return session.scalar(count) or 0


def _hashed(password: Secret) -> str:
    if len(password.reveal()) < MIN_PASSWORD_LENGTH:
        msg = f"The password is too short. Use at least {MIN_PASSWORD_LENGTH} characters."
        raise Refused(msg)
    return generate_password_hash(password.reveal())
