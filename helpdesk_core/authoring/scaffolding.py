"""`helpdesk plugins new`: writes a sibling distribution that installs at once, and says what to write next.

The templates stand in `scaffold/`, as a tree of Jinja files; `package` in a path becomes the plugin's package.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined

from helpdesk_core import __version__
from helpdesk_core.errors import Refused
from helpdesk_core.integrations import KEY_PATTERN

SUFFIX: Final = ".jinja"
PACKAGE: Final = "package"


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What a new plugin and its parts are called."""

    key: str

    @property
    def distribution(self) -> str:
        """As packages are called in an index."""
        return f"helpdesk-{self.key}"

    @property
    def package(self) -> str:
        """As it is imported."""
        return f"helpdesk_{self.key.replace('-', '_')}"

    @property
    def title(self) -> str:
        """As people call it, until the author writes it better."""
        return self.key.replace("-", " ").title()

    @property
    def prefix(self) -> str:
        """With what its classes begin."""
        return self.title.replace(" ", "")

    @property
    def requires(self) -> str:
        """The oldest helpdesk for which it is written."""
        return ".".join(__version__.split(".")[:2])


def write_scaffold(key: str, into: Path) -> Path:
    """Write the distribution of a new plugin.

    Args:
        key: the integration's key.
        into: the folder in which the distribution gets a folder of its own.

    Returns:
        The distribution's folder.

    Raises:
        Refused: the key is none, or there is something already. Nothing is written then.
    """
    names = _names(key)
    folder = into / names.distribution
    if folder.exists():
        msg = f"{folder} exists already. Nothing was written: move it away, or choose another name."
        raise Refused(msg)
    jinja = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - it writes Python, not HTML
    for path, template in _templates(files(__package__) / "scaffold"):
        file = folder / path.replace(PACKAGE, names.package, 1)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(jinja.from_string(template).render(names=names), encoding="utf-8")
    return folder


def _names(key: str) -> Names:
    if not KEY_PATTERN.fullmatch(key):
        msg = (
            f"{key!r} cannot be the key of an integration: 2 to 31 lower-case letters, digits or hyphens, beginning "
            "with a letter. It stands in addresses and in the database, so choose it once; an example: acme-tracker"
        )
        raise Refused(msg)
    return Names(key=key)


def _templates(folder: Traversable, under: str = "") -> list[tuple[str, str]]:
    """Return each template's path, without the suffix, and its text."""
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{under}{entry.name}"
        if entry.is_dir():
            found += _templates(entry, f"{path}/")
        elif path.endswith(SUFFIX):
            found.append((path.removesuffix(SUFFIX), entry.read_text(encoding="utf-8")))
    return found
