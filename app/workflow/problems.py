"""What is wrong with a workflow file: every problem with its place, its words, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import Invalid, Reason
from app.texts import Lang, Words
from app.workflow.telling import cut, listed, nearest, tell

MOST = 500
_READABLE = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file; both count from 1, as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    line: int
    column: int
    code: str
    message: Words
    nearest: str | None = None

    def told(self, source: str, lang: Lang) -> str:
        """The problem as one line that an editor can jump to."""
        return f"{source}:{self.line}:{self.column}: {self.message.in_(lang)}"


class DefinitionError(Invalid):
    """A workflow file cannot be taken; `problems` holds all that was found, in the order of the file."""

    code = "definition_invalid"

    def __init__(self, problems: Iterable[Problem], source: str) -> None:
        self.problems = tuple(problems)
        self.source = source
        reasons = (Reason(p.code, f"{source}:{p.line}:{p.column}", words=p.message) for p in self.problems)
        super().__init__(*reasons, source=source, count=len(self.problems))

    def __str__(self) -> str:
        return "\n".join(p.told(self.source, "en") for p in self.problems)


class TooMany(Exception):
    """So much is wrong that reading on would help nobody; ends the reading."""


class Problems:
    """Collects problems while the reading goes on; raises TooMany when there are MOST of them."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, str], Problem] = {}

    def add(self, mark: Mark, code: str, /, near: str | None = None, **params: object) -> None:
        """Note a problem; the words stand in `texts` under `workflow.load.<code>`. One of a kind per place."""
        words = tell(f"load.{code}", **params)
        if near is not None:
            words = tell("load.did_you_mean", before=words, near=near)
        self._note(Problem(mark.line, mark.column, code, words, near))

    def unknown(self, mark: Mark, code: str, name: str, known: Iterable[str], **params: object) -> None:
        """Note a name that is not among `known`; the nearest of them is told, or all of them if they are few."""
        near = nearest(name, known)
        if near is None:
            self.choose(mark, code, known, name=cut(name), **params)
        else:
            self.add(mark, code, near, name=cut(name), **params)

    def choose(self, mark: Mark, code: str, known: Iterable[str], /, **params: object) -> None:
        """Note a problem and tell what could stand there instead, unless it is too much to read."""
        words, names = tell(f"load.{code}", **params), sorted(known)
        if 0 < len(names) <= _READABLE:
            words = tell("load.known_are", before=words, known=listed(names))
        self._note(Problem(mark.line, mark.column, code, words))

    def tell(self, mark: Mark, code: str, words: Words) -> None:
        """Note what somebody else found, in its own words."""
        self._note(Problem(mark.line, mark.column, code, words))

    def _note(self, problem: Problem) -> None:
        self._found.setdefault((problem.line, problem.column, problem.code), problem)
        if len(self._found) >= MOST:
            words = tell("load.too_many_problems", most=MOST)
            last = Problem(problem.line, problem.column, "too_many_problems", words)
            self._found.setdefault((last.line, last.column, last.code), last)
            raise TooMany

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> list[Problem]:
        """All problems in the order of the file."""
        return sorted(self._found.values(), key=lambda p: (p.line, p.column, p.code))
