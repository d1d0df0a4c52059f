"""The language of an answer, from Accept-Language."""

from __future__ import annotations

from functools import lru_cache

from app.texts import Lang

_LONGEST = 200


def language_of(header: bytes | None, default: Lang) -> Lang:
    """The language that the header prefers among zh and en; `default` when it names neither, or is no such header."""
    return _preferred((header or b"")[:_LONGEST], default)


@lru_cache(maxsize=512)
def _preferred(header: bytes, default: Lang) -> Lang:
    best: tuple[float, Lang] = (0.0, default)
    for part in header.decode("latin-1").split(","):
        tag, _, rest = part.strip().partition(";")
        weight = 1.0
        if rest:
            name, _, value = rest.partition("=")
            try:
                weight = float(value) if name.strip() == "q" else 0.0
            except ValueError:
                weight = 0.0
        lang: Lang | None = None
        primary = tag.lower().split("-")[0]
        if primary == "zh":
            lang = "zh"
        elif primary == "en":
            lang = "en"
        elif primary == "*":
            lang = default
        if lang is not None and weight > best[0]:
            best = (weight, lang)
    return best[1]
