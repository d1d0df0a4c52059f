"""What can be wrong with a map, a file or a row, in words that say where and what to do instead.

The words stand in `texts` under `feeds.`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.errors import Conflict, Invalid, Reason
from app.texts import Lang, Words, say


def tell(key: str, /, **params: object) -> Words:
    """The text `feeds.<key>` in both languages; a parameter that is `Words` is filled in language by language."""
    return Words(_say("zh", key, params), _say("en", key, params))


def _say(lang: Lang, key: str, params: dict[str, object]) -> str:
    return say(lang, f"feeds.{key}", **{n: p.in_(lang) if isinstance(p, Words) else p for n, p in params.items()})


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be; letter case and blanks do not matter."""
    plain = {_plain(k): k for k in known}
    close = get_close_matches(_plain(name)[:200], list(plain), n=1, cutoff=0.6)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def meant(name: str | None) -> Words:
    """“; did you mean “name”?”, or nothing."""
    return tell("did_you_mean", nearest=name) if name else Words("", "")


def listed(items: Iterable[str], most: int = 12) -> Words:
    """`items` as an enumeration: 、 in Chinese, commas in English; at most `most` of them."""
    names = list(items)
    dots = ["…"] if len(names) > most else []
    return Words("、".join(names[:most] + dots), ", ".join(names[:most] + dots))


def cut(text: str, length: int = 60) -> str:
    """`text` short enough to be quoted in a message, its control characters made visible."""
    shown = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in shown)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a map; line and column count from 1."""

    line: int
    column: int
    code: str
    words: Words
    nearest: str | None = None


class MapError(Invalid):
    """The map cannot be used: it is not of the right form, or names what the file or the target does not have."""

    code = "map_invalid"

    def __init__(self, problems: Sequence[Problem], source: str = "map.yaml") -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.column)))
        self.source = source
        super().__init__(*(_reason(p, source) for p in self.problems), source=source, count=len(problems))


def _reason(problem: Problem, source: str) -> Reason:
    where = f"{source}:{problem.line}:{problem.column}"
    words = Words(f"{where}: {problem.words.zh}", f"{where}: {problem.words.en}")
    return Reason(problem.code, where, {"nearest": problem.nearest}, words)


class FileRefused(Invalid):
    """The file cannot be read without guessing: encoding, delimiter, quotes, size, a date whose format is open.

    Nothing of it was stored.
    """

    code = "import_file_refused"

    def __init__(self, *found: tuple[str, Words], file: str) -> None:
        super().__init__(*(Reason(code, file, words=words) for code, words in found), file=file)


def refused(file: str, code: str, /, **params: object) -> FileRefused:
    """The refusal of `file` for one reason."""
    return FileRefused((code, tell(code, **params)), file=file)


class ImportRunning(Conflict):
    """Another process is importing the same file, or the file was changed while it was read."""

    code = "import_running"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was refused: the field and its column, a stable code, and words without personal values."""

    field: str
    column: str | None
    code: str
    words: Words
