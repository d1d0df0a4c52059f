"""Words of this room in both languages, from `texts` under `workflow.`; bilingual parameters are told in each."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from app.errors import Reason
from app.texts import Lang, Words, say


def tell(key: str, /, **params: object) -> Words:
    """The text `workflow.<key>`; a parameter that is `Words` is filled in language by language."""
    return Words(_say("zh", key, params), _say("en", key, params))


def _say(lang: Lang, key: str, params: dict[str, object]) -> str:
    return say(lang, f"workflow.{key}", **{n: p.in_(lang) if isinstance(p, Words) else p for n, p in params.items()})


def listed(items: Iterable[Words | str]) -> Words:
    """`items` as an enumeration: 、 in Chinese, commas in English."""
    both = [item if isinstance(item, Words) else Words(item, item) for item in items]
    return Words("、".join(w.zh for w in both), ", ".join(w.en for w in both))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    close = get_close_matches(name[:200], list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def unknown(code: str, where: str, name: str, known: Iterable[str]) -> Reason:
    """The reason that there is no `name`: `code`, or `code_near` where a known name is like it; `known` are all that there are."""
    names = sorted(known)
    near = nearest(name, names)
    params = {"name": cut(name), "known": ", ".join(names) or "-"}
    return Reason(code, where, params) if near is None else Reason(f"{code}_near", where, {**params, "near": near})


def cut(text: str, length: int = 60) -> str:
    """`text` short enough to be quoted in a message, its control characters made visible."""
    shown = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in shown)
