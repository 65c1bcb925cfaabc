"""The forms of signing in and of Settings › People."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import InputRequired, Length, Optional

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import MIN_PASSWORD_LENGTH

ROLES = [
    SelectChoice(Role.AGENT.value, "Agent: works on tickets"),
    SelectChoice(Role.ADMIN.value, "Admin: changes settings too"),
]


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Address and password."""

    email = EmailField("E-mail address", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    submit = SubmitField("Sign in")


class NewUserForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Add a person."""

    name = StringField("Name", [InputRequired("Enter a name."), Length(max=100)])
    email = EmailField("E-mail address", [InputRequired("Enter an e-mail address."), Length(max=254)])
    role = SelectField("Role", choices=ROLES)
    password = PasswordField(
        "First password",
        [InputRequired("Enter a first password."), Length(min=MIN_PASSWORD_LENGTH)],
        description=f"At least {MIN_PASSWORD_LENGTH} characters.",
    )
    submit = SubmitField("Add person")


class ChangeUserForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Change a person."""

    name = StringField("Name", [InputRequired("Enter a name."), Length(max=100)])
    role = SelectField("Role", choices=ROLES)
    active = BooleanField("May sign in")
    password = PasswordField(
        "New password",
        [Optional(), Length(min=MIN_PASSWORD_LENGTH)],
        description="Leave empty to keep the present one.",
    )
    submit = SubmitField("Save")
