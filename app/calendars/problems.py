"""What is wrong with a file of calendars: every problem with its place, the field it is about, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

import yaml

from app.errors import Invalid, Reason
from app.texts import Lang, Words, words


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. `line` and `column` count from 1; `field` is a path such as `office.hours.mon-fri`."""

    line: int
    column: int
    field: str
    code: str
    words: Words
    nearest: str | None = None

    def told(self, source: str, lang: Lang) -> str:
        """The problem as one line that an editor can jump to."""
        field = f"{self.field}: " if self.field else ""
        return f"{source}:{self.line}:{self.column}: {field}{self.words.in_(lang)}"


class CalendarsError(Invalid):
    """A file of calendars cannot be taken; `problems` holds all that was found, in the order of the file."""

    code: ClassVar[str] = "calendars_invalid"

    def __init__(self, problems: Iterable[Problem], source: str) -> None:
        self.problems = tuple(sorted(problems))
        self.source = source
        reasons = (Reason(p.code, f"{source}:{p.line}:{p.column} {p.field}".rstrip(), words=p.words) for p in self.problems)
        super().__init__(*reasons, source=source, count=len(self.problems))

    def __str__(self) -> str:
        """All problems in English, one a line."""
        return "\n".join(p.told(self.source, "en") for p in self.problems)


class Problems:
    """Collects problems while the reading goes on; one of a kind for each place."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, str], Problem] = {}

    def add(self, node: yaml.Node | None, field: str, code: str, **params: object) -> None:
        """Note a problem at `node`, at the head of the file if None; its words stand under `calendars.<code>`."""
        self._note(node, field, code, words(f"calendars.{code}", **params), None)

    def unknown(self, node: yaml.Node, field: str, code: str, name: str, known: Iterable[str]) -> None:
        """Note a name that is not among `known`, with the nearest of them or, if they are few, all of them."""
        names = sorted(known)
        lower = {each.lower(): each for each in names}
        close = get_close_matches(name.lower()[:80], lower, n=1, cutoff=0.6)
        told = words(f"calendars.{code}", name=name[:80])
        if close:
            near = lower[close[0]]
            hint = words("calendars.did_you_mean", near=near)
        elif len(names) <= 12:
            near = None
            hint = words("calendars.known_are", known=", ".join(names))
        else:
            near, hint = None, Words("", "")
        self._note(node, field, code, Words(told.zh + hint.zh, told.en + (hint.en and " " + hint.en)), near)

    def _note(self, node: yaml.Node | None, field: str, code: str, told: Words, near: str | None) -> None:
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        self._found.setdefault((line, column, code), Problem(line, column, field, code, told, near))

    def place(self, line: int, column: int, code: str, **params: object) -> None:
        """Note a problem of the file as such at a line and column."""
        self._found.setdefault((line, column, code), Problem(line, column, "", code, words(f"calendars.{code}", **params)))

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Problem, ...]:
        """All problems."""
        return tuple(self._found.values())
