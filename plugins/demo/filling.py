"""Fills forms as people do: by the words that stand beside a field, on top of what the page filled in already."""

from __future__ import annotations

from typing import Final

from bs4 import BeautifulSoup, Tag

Field = str | bool
"""What goes into a field: text, an option's words or value, or whether it is ticked."""

WITHOUT_VALUE: Final = frozenset({"submit", "button", "reset", "image", "file"})


class PageError(Exception):
    """The page is not what it should be. The message says what was looked for and what is there."""


class Form:
    """A form as it will be sent.

    Args:
        form: its element.
        page: the page that it stands on.
        place: the page's address, for errors.
    """

    def __init__(self, form: Tag, page: BeautifulSoup, place: str) -> None:
        self._page, self._place = page, place
        own = form.select("input, select, textarea")
        if name := form.get("id"):  # fields may stand elsewhere and name their form
            own += page.select(f'input[form="{name}"], select[form="{name}"], textarea[form="{name}"]')
        named = {id(tag): tag for tag in own if tag.get("name") and not tag.has_attr("disabled")}
        self._controls = list(named.values())
        self._values = {key: _present(tag) for key, tag in named.items()}

    def fill(self, label: str, value: Field) -> None:
        """Enter something into the field with this label, or the only one whose label begins so."""
        control = self._labelled(label)
        if isinstance(value, bool):
            self._tick(control, ticked=value)
        elif control.name == "select":
            self._values[id(control)] = [self._option(control, label, value)]
        else:
            self._values[id(control)] = [value]

    def tick(self, box: Tag) -> None:
        """Tick a box."""
        if id(box) not in self._values:
            raise PageError(f"{self._place}: the box “{box.get('id')}” does not belong to the form that is sent")
        self._tick(box, ticked=True)

    def data(self, button: Tag) -> list[tuple[str, str]]:
        """Return what a browser sends when `button` is pressed."""
        pairs = [(str(tag["name"]), value) for tag in self._controls for value in self._values[id(tag)]]
        if name := button.get("name"):
            pairs.append((str(name), str(button.get("value", ""))))
        return pairs

    def _tick(self, box: Tag, *, ticked: bool) -> None:
        if box.get("type") == "radio":
            for other in self._controls:
                if other.get("name") == box.get("name"):
                    self._values[id(other)] = []
        self._values[id(box)] = [str(box.get("value", "on"))] if ticked else []

    def _labelled(self, label: str) -> Tag:
        labelled = [(name, control) for control in self._controls for name in self._names_of(control)]
        exact = [control for name, control in labelled if name == label]
        fitting = exact or [control for name, control in labelled if name.startswith(label)]
        if len(fitting) == 1:
            return fitting[0]
        there = ", ".join(sorted({f"“{name}”" for name, _ in labelled})) or "none"
        what = "more than one field begins" if fitting else "no field begins"
        raise PageError(f"{self._place}: {what} with “{label}”; there are {there}")

    def _names_of(self, control: Tag) -> list[str]:
        names = [text_of(label) for label in control.find_parents("label")]
        if identity := control.get("id"):
            names += [text_of(label) for label in self._page.select(f'label[for="{identity}"]')]
        if spoken := control.get("aria-label"):
            names.append(str(spoken))
        return names

    def _option(self, select: Tag, label: str, words: str) -> str:
        options = [(text_of(option), str(option.get("value", text_of(option)))) for option in select.select("option")]
        for said, value in options:
            if words in (said, value):
                return value
        there = ", ".join(f"“{said}”" for said, _ in options)
        raise PageError(f"{self._place}: “{label}” offers no “{words}”; there are {there}")


def text_of(tag: Tag) -> str:
    """Return the words of a part of a page, with single blanks."""
    return " ".join(tag.get_text().split())


def _present(control: Tag) -> list[str]:
    """Return what a browser would send for a control that nobody touches."""
    if control.name == "textarea":
        return [control.get_text().removeprefix("\n")]
    if control.name == "select":
        options = [option for option in control.select("option") if not option.has_attr("disabled")]
        chosen = [option for option in options if option.has_attr("selected")]
        if not chosen and not control.has_attr("multiple"):
            chosen = options[:1]
        return [str(option.get("value", text_of(option))) for option in chosen]
    kind = str(control.get("type", "text"))
    if kind in {"checkbox", "radio"}:
        return [str(control.get("value", "on"))] if control.has_attr("checked") else []
    return [] if kind in WITHOUT_VALUE else [str(control.get("value", ""))]
