"""The doctor's checks of what lies around the database: settings, directory, key files, keys. They make nothing.

Settings are read here a second time beside the program's start, because a start makes key files where they are missing,
and a fresh directory must stay empty while it is only looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from helpdesk_core.config import Settings, is_missing
from helpdesk_core.errors import Misconfigured
from helpdesk_core.operations import findings
from helpdesk_core.operations.results import Result
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault

SHORTEST_SESSION_KEY: Final = 32
OTHERS: Final = 0o077
BASE_URL: Final = "HELPDESK_BASE_URL"


def read_settings() -> tuple[Settings | None, Result]:
    """Read the variables. Where one is wrong the rest is read without it, so that more can be looked at."""
    try:
        return Settings.look(), findings.SETTINGS_OK.result()
    except Misconfigured as error:
        wrong = findings.SETTINGS_WRONG.result(error=error)
    try:
        return Settings.look(ignoring={BASE_URL}), wrong
    except Misconfigured:
        return None, wrong


def is_new(settings: Settings, database_file: Path | None) -> bool:
    """Tell whether nothing was ever set up here: neither the keys nor the SQLite file that are expected are there."""
    files = key_files(settings)
    return bool(files and database_file) and all(file is None or is_missing(file) for file in (*files, database_file))


def key_files(settings: Settings) -> list[Path]:
    """Return the files in which keys are expected: those that no variable holds."""
    return [file for file in (settings.key_file, settings.session_key_file) if file]


def check_directory(settings: Settings, database_file: Path | None) -> Iterator[Result]:
    """Look at the data directory, if anything is expected in it."""
    directory = settings.data_dir
    if not key_files(settings) and (database_file is None or directory not in database_file.absolute().parents):
        yield findings.DIRECTORY_UNNEEDED.result()
    elif not directory.is_dir():
        yield findings.DIRECTORY_MISSING.result(directory=directory)
    elif not os.access(directory, os.W_OK | os.X_OK):
        yield findings.DIRECTORY_UNWRITABLE.result(directory=directory)
    else:
        yield findings.DIRECTORY_OK.result(directory=directory)


def check_key_files(settings: Settings) -> Iterator[Result]:
    """Look whether the key files are there, and private."""
    contents = {settings.key_file: bool(settings.keys), settings.session_key_file: bool(settings.session_key)}
    files = key_files(settings)
    found = [result for file in files for result in _check_key_file(file, readable=contents[file])]
    yield from found
    if files and not found:
        yield findings.KEY_FILE_OK.result()


def check_keys(settings: Settings) -> Iterator[Result]:
    """Look whether each key is one."""
    place, count = _place(settings.key_file, "HELPDESK_KEYS"), len(settings.keys)
    bad = [number for number, key in enumerate(settings.keys, 1) if not is_key(key)]
    for number in bad:
        yield findings.KEY_UNUSABLE.result(number=number, count=count, place=place)
    if not count:
        yield findings.KEYS_NONE.result(place=place)
    elif not bad:
        yield findings.KEYS_OK.result(count=count, place=place)


def check_session_key(settings: Settings) -> Iterator[Result]:
    """Look whether the session key is there, and long enough not to be guessed."""
    place, length = _place(settings.session_key_file, "HELPDESK_SESSION_KEY"), len(settings.session_key.reveal())
    if not length:
        yield findings.SESSION_KEY_NONE.result(place=place)
    elif length < SHORTEST_SESSION_KEY:
        yield findings.SESSION_KEY_SHORT.result(length=length, least=SHORTEST_SESSION_KEY, place=place)
    else:
        yield findings.SESSION_KEY_OK.result(place=place)


def is_key(key: Secret) -> bool:
    """Tell whether a text is an encryption key."""
    try:
        Vault([key])
    except Misconfigured:
        return False
    return True


def place_of_keys(settings: Settings) -> str:
    """Say where the encryption keys are."""
    return _place(settings.key_file, "HELPDESK_KEYS")


def _place(file: Path | None, variable: str) -> str:
    return variable if file is None else str(file)


def _check_key_file(file: Path, *, readable: bool) -> Iterator[Result]:
    if is_missing(file):
        yield findings.KEY_FILE_MISSING.result(file=file)
        return
    if not readable:
        yield findings.KEY_FILE_UNREADABLE.result(file=file)
        return
    mode = file.stat().st_mode & 0o777
    if os.name == "posix" and mode & OTHERS:
        yield findings.KEY_FILE_OPEN.result(file=file, mode=f"{mode:o}")
