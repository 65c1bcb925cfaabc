"""A real Roundup server in a directory of its own: the classic template, sqlite, served on a loopback port.

`Template` makes an initialised tracker once; `serving` copies it, so that each test has its own in a moment. What other
people do in the tracker goes through Roundup's back end and not through REST, as its web and mail do it.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundup import configuration, date, init, instance, password
from roundup.cgi.wsgi_handler import RequestDispatcher
from werkzeug.serving import WSGIRequestHandler, make_server

BOT, BOT_PASSWORD = "helpdesk", "bot-password-7"
PERSON = "ann"
STATUSES = ("unread", "deferred", "chatting", "need-eg", "in-progress", "testing", "done-cbb", "resolved")
# Roundup's wheel puts its templates beside the environment's lib
CLASSIC = next(
    path / "share/roundup/templates/classic"
    for path in Path(init.__file__).parents
    if (path / "share/roundup/templates/classic").is_dir()
)
Wsgi = Callable[[dict[str, Any], Any], Any]


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        """Keep requests out of the tests' output."""


@dataclass(frozen=True)
class Template:
    """An initialised tracker with two people and the helpdesk's account, to be copied."""

    home: Path

    @classmethod
    def make(cls, home: Path) -> Template:
        """Initialise a tracker in `home`, which must not exist."""
        init.install(str(home), str(CLASSIC))
        for page in (home / "html").glob("[!_]*.html"):
            if page.stem not in {"home", "page"}:  # each is compiled whenever a tracker starts, and REST needs none
                page.unlink()
        config = configuration.CoreConfig()
        config["RDBMS_BACKEND"] = "sqlite"
        config["TRACKER_NAME"] = "Acme bugs"
        config["TRACKER_WEB"] = "http://127.0.0.1:1/"  # `serving` puts its own in
        config["MAIL_DOMAIN"] = "acme.example"
        config["MAIL_HOST"] = "localhost"
        config["MAIL_DEBUG"] = "mail.log"
        config["PASSWORD_PBKDF2_DEFAULT_ROUNDS"] = "1000"  # each REST call proves the password anew
        config["WEB_API_FAILED_LOGIN_LIMIT"] = "0"  # tests mistype more often than people
        config["WEB_SECRET_KEY"] = "a-key-for-etags-in-tests"
        config.save(str(home / "config.ini"))
        tracker = instance.open(str(home))
        tracker.init(password.Password("admin-password", config=tracker.config))
        db = tracker.open("admin")
        for name, realname in ((PERSON, "Ann Lee"), ("bob", "Bob Ray"), (BOT, "Acme Helpdesk")):
            db.user.create(
                username=name,
                realname=realname,
                roles="User",
                address=f"{name}@acme.example",
                password=password.Password(BOT_PASSWORD, config=tracker.config),
            )
        db.commit()
        db.close()
        return cls(home)


class Tracker:
    """One running tracker. `url` is its address, with a slash at the end."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        self._instance = instance.open(str(home))

    @contextmanager
    def acting(self, name: str = PERSON) -> Iterator[Any]:
        """Open the back end as somebody, and commit at the end."""
        db = self._instance.open(name)
        db.tx_Source = "web"
        try:
            yield db
            db.commit()
        finally:
            db.close()

    def add_issue(self, title: str, status: str = "unread", text: str = "", *, by: str = PERSON) -> str:
        """Create an issue as a person; its text is its first message, as in Roundup's web."""
        with self.acting(by) as db:
            messages = [self._message(db, text)] if text else []
            made: str = db.issue.create(title=title, status=db.status.lookup(status), messages=messages)
            return made

    def say(self, issue_id: str, text: str, *, by: str = PERSON, **more: str) -> str:
        """Add a message to an issue as a person; Roundup's detectors may move the issue."""
        with self.acting(by) as db:
            made = self._message(db, text, **more)
            db.issue.set(issue_id, messages=[*db.issue.get(issue_id, "messages"), made])
            return made

    def move_issue(self, issue_id: str, status: str, *, by: str = PERSON) -> None:
        """Set an issue's status as a person."""
        with self.acting(by) as db:
            db.issue.set(issue_id, status=db.status.lookup(status))

    def retitle(self, issue_id: str, title: str, *, by: str = PERSON) -> None:
        """Set an issue's title as a person."""
        with self.acting(by) as db:
            db.issue.set(issue_id, title=title)

    def status_of(self, issue_id: str) -> str:
        """Return the name of an issue's status; empty where it has none."""
        with self.acting("admin") as db:
            status = db.issue.get(issue_id, "status")
            return str(db.status.get(status, "name")) if status else ""

    def messages(self, issue_id: str) -> list[str]:
        """Return the texts of an issue's messages, oldest first."""
        with self.acting("admin") as db:
            return [db.msg.get(one, "content") for one in sorted(db.issue.get(issue_id, "messages"), key=int)]

    def all_messages(self) -> list[str]:
        """Return the ids of all messages that are not retired, attached to an issue or not."""
        with self.acting("admin") as db:
            return sorted(db.msg.list(), key=int)

    def issues(self) -> dict[str, str]:
        """Return all issues that are not retired: id → title."""
        with self.acting("admin") as db:
            return {one: db.issue.get(one, "title") for one in db.issue.list()}

    def delete_issue(self, issue_id: str) -> None:
        """Retire an issue, which is how Roundup deletes."""
        with self.acting("admin") as db:
            db.issue.retire(issue_id)

    def set_user(self, name: str = BOT, **values: str) -> None:
        """Change an account: its `roles`, `timezone`, `password`, …"""
        with self.acting("admin") as db:
            if "password" in values:
                secret = password.Password(values.pop("password"), config=self._instance.config)
                db.user.set(db.user.lookup(name), password=secret)
            db.user.set(db.user.lookup(name), **values)

    def disable(self, name: str = BOT) -> None:
        """Retire an account, so that nobody can log in with it."""
        with self.acting("admin") as db:
            db.user.retire(db.user.lookup(name))

    def mail(self) -> str:
        """Return all mail that Roundup sent."""
        log = self.home / "mail.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    @staticmethod
    def _message(db: Any, text: str, **more: str) -> str:
        made: str = db.msg.create(author=db.getuid(), content=text, date=date.Date("."), **more)
        return made


@contextmanager
def serving(
    template: Template, home: Path, wrap: Callable[[Wsgi], Wsgi] | None = None, **config: str
) -> Iterator[Tracker]:
    """Copy the template to `home` and serve it until the block ends.

    Args:
        template: what to copy.
        home: the new tracker's directory, which must not exist.
        wrap: puts something around the server's WSGI application, such as what loses answers.
        config: settings of ``config.ini``, such as ``WEB_API_CALLS_PER_INTERVAL="5"``.
    """
    shutil.copytree(template.home, home)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=_Silent)
    url = f"http://127.0.0.1:{server.server_port}/"
    settings = configuration.CoreConfig(str(home))
    for name, value in {"TRACKER_WEB": url, **config}.items():
        settings[name] = value
    settings.save(str(home / "config.ini"))
    application: Wsgi = RequestDispatcher(str(home))
    server.app = wrap(application) if wrap else application
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Tracker(home, url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
