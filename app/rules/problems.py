"""What can be wrong with a rule: when it is compiled, when it is evaluated, when it is turned into SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.errors import AmendsError, Invalid, Reason
from app.texts import Words, say


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the text of a rule; `line` and `column` count characters from 1 within that text.

    `unknown` is the name that nothing declares, `nearest` the declared name most like it.
    """

    code: str
    line: int
    column: int
    words: Words
    unknown: str | None = None
    nearest: str | None = None


class ExpressionError(Invalid):
    """The text of a rule does not compile; `problems` holds all that was found, in the order of the text.

    `words`, `line`, `column`, `unknown` and `nearest` are those of the first.
    """

    def __init__(self, text: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(*(Reason(p.code, f"{p.line}:{p.column}", words=p.words) for p in problems))
        first = problems[0]
        self.text = text
        self.problems = problems
        self.words, self.line, self.column = first.words, first.line, first.column
        self.unknown, self.nearest = first.unknown, first.nearest

    def __str__(self) -> str:
        """All problems in English, one a line, each with its place."""
        return "\n".join(f"{p.line}:{p.column}: {p.words.en}" for p in self.problems)


class EvaluationError(AmendsError):
    """A rule met values it cannot work with, such as a division by zero or a fact of the wrong type; never a missing fact."""

    code: ClassVar[str] = "rule_failed"

    def __init__(self, text: str, detail: str) -> None:
        super().__init__(text=text, detail=detail)
        self.text, self.detail = text, detail

    def __str__(self) -> str:
        """The rule and what went wrong."""
        return f"{self.text!r}: {self.detail}"


class NotSearchable(Invalid):
    """A rule is sound but names a fact or uses a construct that has no equal in SQL."""

    def __init__(self, code: str, **params: object) -> None:
        self.words = _told(code, params)
        super().__init__(Reason(code, words=self.words))

    def __str__(self) -> str:
        """What cannot be searched, and what to write instead."""
        return self.words.en


def problem(
    code: str, line: int, column: int, *, unknown: str | None = None, nearest: str | None = None, **params: object
) -> Problem:
    """A problem whose words are those of `rules.<code>`."""
    return Problem(code, line, column, _told(code, params), unknown, nearest)


def _told(code: str, params: Mapping[str, object]) -> Words:
    """The words of `rules.<code>`; a parameter that is itself Words is told in the language of the text."""
    zh = {key: value.zh if isinstance(value, Words) else value for key, value in params.items()}
    en = {key: value.en if isinstance(value, Words) else value for key, value in params.items()}
    return Words(say("zh", f"rules.{code}", **zh), say("en", f"rules.{code}", **en))
