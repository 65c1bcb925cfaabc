"""All that the doctor's own checks can find, with the cure: in one place, so that docs/operations.md shows just this.

In braces stands what a check fills in. Nothing of it may be a secret.
"""

from __future__ import annotations

from typing import Final

from helpdesk_core.grades import Grade
from helpdesk_core.operations.results import Finding

OK, WARNING, TROUBLE, UNKNOWN = Grade.OK, Grade.WARNING, Grade.TROUBLE, Grade.UNKNOWN
AGAIN: Final = "Correct it, and run `helpdesk doctor` again."

NOT_LOOKED_AT: Final = Finding("{check}", UNKNOWN, "Not looked at, because of what stands above.")
BROKE: Final = Finding("{check}", UNKNOWN, "This check could not be made ({fault}).", "Mend what stands above first.")

SETTINGS_OK: Final = Finding("settings", OK, "The variables can be read.")
SETTINGS_WRONG: Final = Finding("settings", TROUBLE, "{error}", AGAIN)
NOTHING_YET: Final = Finding(
    "installation",
    TROUBLE,
    "Nothing is set up here yet: {directory} holds neither keys nor a database.",
    "Run `helpdesk init` first: it makes both, and the first admin. If this helpdesk was set up before, "
    "HELPDESK_DATA_DIR or HELPDESK_DATABASE_URL leads elsewhere.",
)

DIRECTORY_OK: Final = Finding("data directory", OK, "{directory} can be written.")
DIRECTORY_UNNEEDED: Final = Finding("data directory", OK, "None is needed: variables name the database and the keys.")
DIRECTORY_MISSING: Final = Finding(
    "data directory",
    TROUBLE,
    "There is no directory {directory}.",
    "Set HELPDESK_DATA_DIR to where this helpdesk's data lies, or run `helpdesk init`, which makes it.",
)
DIRECTORY_UNWRITABLE: Final = Finding(
    "data directory",
    TROUBLE,
    "This user may not write into {directory}.",
    "Give the directory to the user that runs the helpdesk, or run this command as that user.",
)

KEY_FILE_OK: Final = Finding("key files", OK, "Nobody but their owner may read them.")
KEY_FILE_MISSING: Final = Finding(
    "key files",
    TROUBLE,
    "{file} is missing.",
    "Put it back from a backup. If there is none, run `helpdesk init`: it makes a new one, which opens nothing old.",
)
KEY_FILE_UNREADABLE: Final = Finding(
    "key files",
    TROUBLE,
    "{file} is empty, or this user may not read it.",
    "Run this command as the user that runs the helpdesk; an empty file put back from a backup.",
)
KEY_FILE_OPEN: Final = Finding("key files", WARNING, "Others may read {file} ({mode}).", "Run: chmod 600 {file}")

DATABASE_OK: Final = Finding("database", OK, "{kind} answers at {place}.")
DATABASE_ADDRESS: Final = Finding("database", TROUBLE, "{error}", AGAIN)
DATABASE_IN_MEMORY: Final = Finding(
    "database",
    TROUBLE,
    "HELPDESK_DATABASE_URL names no file: what is stored is lost with the process.",
    "Set HELPDESK_DATABASE_URL to sqlite:///path/to/file, or leave it out.",
)
DATABASE_NO_DIRECTORY: Final = Finding(
    "database",
    TROUBLE,
    "The directory {directory}, where the SQLite file belongs, is not there.",
    "Correct HELPDESK_DATABASE_URL, mount what is missing, or run `helpdesk init`, which makes the directory.",
)
DATABASE_NO_FILE: Final = Finding(
    "database",
    TROUBLE,
    "There is no SQLite file {file}.",
    "Run `helpdesk init`, which makes it. If there was one, HELPDESK_DATABASE_URL or HELPDESK_DATA_DIR leads "
    "elsewhere.",
)
DATABASE_UNWRITABLE: Final = Finding(
    "database",
    TROUBLE,
    "This user may not write {file}, or not beside it.",
    "Give the file and its directory to the user that runs the helpdesk, or run this command as that user.",
)
DATABASE_REFUSED: Final = Finding(
    "database",
    TROUBLE,
    "Nothing listens at {place}.",
    "Start PostgreSQL, or correct host and port in HELPDESK_DATABASE_URL.",
)
DATABASE_NO_HOST: Final = Finding(
    "database", TROUBLE, "The host of {place} has no address.", "Correct the host in HELPDESK_DATABASE_URL."
)
DATABASE_SILENT: Final = Finding(
    "database",
    TROUBLE,
    "{place} does not answer within {seconds} seconds.",
    "See whether a firewall stands between, or correct host and port in HELPDESK_DATABASE_URL.",
)
DATABASE_SIGN_IN: Final = Finding(
    "database",
    TROUBLE,
    "PostgreSQL at {place} does not let {user} in.",
    "Correct user and password in HELPDESK_DATABASE_URL.",
)
DATABASE_NO_NAME: Final = Finding(
    "database",
    TROUBLE,
    "PostgreSQL at {place} has no such database or no such user.",
    "Make the database (createdb {name}), or correct its name and the user in HELPDESK_DATABASE_URL.",
)
DATABASE_BROKEN: Final = Finding(
    "database",
    TROUBLE,
    "What is at {place} cannot be used as a database: {error}.",
    "Mend that, or correct HELPDESK_DATABASE_URL.",
)

SCHEMA_OK: Final = Finding("schema", OK, "It is of this version ({revision}).")
SCHEMA_MISSING: Final = Finding(
    "schema",
    TROUBLE,
    "The database is empty.",
    "Run `helpdesk init`. If it should not be empty, HELPDESK_DATABASE_URL leads elsewhere.",
)
SCHEMA_BEHIND: Final = Finding(
    "schema",
    TROUBLE,
    "{missing} of {all} migrations have not run (it is at {revision}).",
    "Stop the helpdesk, make a backup, and run `helpdesk init`.",
)
SCHEMA_AHEAD: Final = Finding(
    "schema",
    TROUBLE,
    "A later version of the helpdesk has been here (it is at {revision}; this version ends at {last}).",
    "Update the program to that version. The way back leads through a backup only.",
)

JOBS_OK: Final = Finding("job engine", OK, "Its tables are there.")
JOBS_MISSING: Final = Finding("job engine", TROUBLE, "Its tables are missing: {tables}.", "Run `helpdesk init`.")

KEYS_OK: Final = Finding("encryption keys", OK, "{count} in {place}.")
KEYS_NONE: Final = Finding(
    "encryption keys",
    TROUBLE,
    "There is none in {place}.",
    "Put back the keys that were used before. A new helpdesk gets one by `helpdesk init`.",
)
KEY_UNUSABLE: Final = Finding(
    "encryption keys",
    TROUBLE,
    "Number {number} of {count} in {place} is no encryption key.",
    "Copy it again, whole, or take it out. `helpdesk keys new` prints a new one, which opens nothing old.",
)

SECRETS_OK: Final = Finding("stored secrets", OK, "The keys open all {count}.")
SECRETS_SHUT: Final = Finding(
    "stored secrets",
    TROUBLE,
    "No key opens {shut} of {count}: {kinds}.",
    "Put the key that encrypted them back into {place}. If it is lost, enter the set-up again and re-authorize each "
    "connection, in Settings › Integrations.",
)

SESSION_KEY_OK: Final = Finding("session key", OK, "It is in {place}.")
SESSION_KEY_NONE: Final = Finding(
    "session key", TROUBLE, "There is none in {place}.", "Run `helpdesk init`, or set HELPDESK_SESSION_KEY."
)
SESSION_KEY_SHORT: Final = Finding(
    "session key",
    WARNING,
    "It has only {length} characters and could be guessed.",
    "Put at least {least} random characters into {place} and restart all processes. Everybody has to sign in again.",
)

ADMINS_OK: Final = Finding("admins", OK, "{count} can change settings.")
ADMINS_NONE: Final = Finding("admins", TROUBLE, "There is no active admin.", "Run `helpdesk init`: it makes one.")

ADDRESS_OK: Final = Finding("public address", OK, "Remote systems can deliver to {url}.")
ADDRESS_ENOUGH: Final = Finding(
    "public address", OK, "{url} is enough while nothing is connected. Remote systems cannot deliver there."
)
ADDRESS_SHUT: Final = Finding(
    "public address",
    WARNING,
    "Remote systems cannot deliver to {url}: {reason}.",
    "Set HELPDESK_BASE_URL to an https address that the internet reaches. Until then the helpdesk asks for changes, "
    "and hears of them minutes later.",
)

ANSWER_OK: Final = Finding("answer", OK, "This helpdesk answers at {url}.")
ANSWER_REFUSED: Final = Finding(
    "answer",
    UNKNOWN,
    "Nothing listens at {url}.",
    "Start the helpdesk: helpdesk run. If it runs, HELPDESK_BASE_URL or the proxy in front of it leads elsewhere.",
)
ANSWER_UNREACHABLE: Final = Finding(
    "answer",
    TROUBLE,
    "{url} cannot be reached from here: {reason}.",
    "Correct HELPDESK_BASE_URL, or what is named.",
)
ANSWER_BEHIND: Final = Finding(
    "answer",
    TROUBLE,
    "At {url} a proxy answers with {status}, and no helpdesk behind it.",
    "Start the helpdesk (helpdesk run), and see where the proxy leads.",
)
ANSWER_ELSEWHERE: Final = Finding(
    "answer",
    TROUBLE,
    "{url} sends its visitors on to {location}.",
    "Set HELPDESK_BASE_URL to the address that answers itself.",
)
ANSWER_STRANGER: Final = Finding(
    "answer",
    TROUBLE,
    "Another program answers at {url}.",
    "Correct HELPDESK_BASE_URL, or have the proxy lead this address, with /healthz, to this helpdesk.",
)
ANSWER_OTHER: Final = Finding(
    "answer",
    TROUBLE,
    "Another helpdesk answers at {url}, or a process that was started with another session key.",
    "Correct HELPDESK_BASE_URL, or restart all processes with the same settings.",
)

PLUGINS_OK: Final = Finding("plugins", OK, "{names}.")
PLUGIN_REFUSED: Final = Finding(
    "plugins",
    WARNING,
    "{key} of {origin} could not be loaded: {reason}",
    "Update or remove {distribution}, and restart.",
)
PLUGIN_NEEDED: Final = Finding(
    "plugins",
    TROUBLE,
    "{connections} to {key}, which is not there.",
    "Install or mend its plugin, and restart. What the connections have is kept.",
)

SET_UP_OK: Final = Finding("set-up", OK, "{title} can connect.")
SET_UP_OFF: Final = Finding("set-up", OK, "{title} is switched off.")
SET_UP_LATER: Final = Finding("set-up", OK, "{title} is not set up yet, and nothing is connected to it.")
SET_UP_OPEN: Final = Finding(
    "set-up",
    TROUBLE,
    "{title} lacks {fields}, and {connections} to it.",
    "Enter that in Settings › Integrations › {title} › Set up, or set {variables}.",
)
SET_UP_UNKNOWN: Final = Finding("set-up", UNKNOWN, "That of {title} cannot be read: {reason}", "Mend that first.")

CONNECTION_OK: Final = Finding("connection", OK, "{name}: nothing needs to be repaired.")
CONNECTION_NEW: Final = Finding("connection", OK, "{name} was not looked at yet.")
CONNECTION_TROUBLE: Final = Finding(
    "connection",
    TROUBLE,
    "{name}: {cause}",
    "{cure} See Settings › Repairs, or run `helpdesk connections check`.",
)
CONNECTION_WARNING: Final = Finding(
    "connection",
    WARNING,
    "{name}: {cause}",
    "{cure} See Settings › Repairs, or run `helpdesk connections check`.",
)
