"""What can go wrong, as classes with a stable code and typed reasons.

The words of each code stand in `texts/` under `problems.<code>`; the HTTP status in `api/v1/problems.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from app.texts import Lang, Words, has, say

_PLACE: Final = re.compile(r":[0-9]+:[0-9]+( |$)")
"""A place in a file: line and column, in files of several parts with the field after them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a refusal: a stable code, the field or place it is about, and its words."""

    code: str
    where: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    words: Words | None = None

    def message(self, lang: Lang) -> str:
        """The reason in `lang`: its own words (a guard's), else those of the catalogue."""
        if self.words is not None:
            return self.words.in_(lang)
        for key in (f"reasons.{self.code}", f"problems.{self.code}"):
            if has(key):
                return say(lang, key, **{"where": self.where or "", **self.params})
        return self.code

    def told(self, lang: Lang) -> str:
        """The reason for a terminal: one about a place in a file begins with it, as editors jump to it."""
        message = self.message(lang)
        placed = self.where is not None and _PLACE.search(self.where) and self.where not in message
        return f"{self.where}: {message}" if placed else message


class AmendsError(Exception):
    """Base of all errors that are told to a caller."""

    code: ClassVar[str] = "internal"

    def __init__(self, *reasons: Reason, code: str | None = None, **params: Any) -> None:
        super().__init__(code or type(self).code)
        self.problem = code or type(self).code
        self.reasons: tuple[Reason, ...] = reasons
        self.params: Mapping[str, Any] = params

    def message(self, lang: Lang) -> str:
        """The problem in `lang`, with its remedy."""
        return say(lang, f"problems.{self.problem}", **self.params)

    def full(self, lang: Lang) -> str:
        """The problem and each of its reasons, for a terminal."""
        return "\n".join([self.message(lang), *(f"  - {r.told(lang)}" for r in self.reasons)])

    @classmethod
    def of(cls, reasons: Iterable[Reason], **params: Any) -> AmendsError:
        """This error with `reasons`."""
        return cls(*reasons, **params)


class Invalid(AmendsError):
    """What was sent is not of the right form; each reason names a field and its remedy."""

    code = "invalid"


class NotFound(AmendsError):
    """There is no such object, or the caller may not know of it."""

    code = "not_found"


class Refused(AmendsError):
    """The rules do not admit this now: a guard, a state, an end."""

    code = "transition_refused"

    def __init__(self, *reasons: Reason, code: str | None = None, **params: Any) -> None:
        super().__init__(*reasons, code=code, **params)


class StaleVersion(AmendsError):
    """If-Match named a version that is no longer the current one."""

    code = "stale_version"


class PreconditionRequired(AmendsError):
    """A change of an existing object came without If-Match."""

    code = "precondition_required"


class Conflict(AmendsError):
    """Others kept changing the object while this was decided, or it exists already."""

    code = "conflict"


class KeyReused(AmendsError):
    """An Idempotency-Key came again with another body."""

    code = "key_reused"


class Unauthenticated(AmendsError):
    """No token, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(AmendsError):
    """The caller's roles do not admit this."""

    code = "forbidden"


class Busy(AmendsError):
    """The service cannot take the request now; it is safe to repeat it with the same Idempotency-Key."""

    code = "busy"


class TooLarge(AmendsError):
    """The body is larger than the limit."""

    code = "too_large"


class UnsupportedMedia(AmendsError):
    """The body is not of a content type that this operation takes."""

    code = "unsupported_media_type"
