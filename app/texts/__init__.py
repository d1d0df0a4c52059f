"""Every word shown to people, in Chinese and English, looked up by key.

The words stand in `zh.yaml` and `en.yaml`; a house test holds both to the same keys and placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        """The text in `lang`."""
        return self.zh if lang == "zh" else self.en


@cache
def catalogue(lang: Lang) -> Mapping[str, str]:
    """All texts of one language, flattened to dotted keys."""
    tree = yaml.load((_HERE / f"{lang}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    flat: dict[str, str] = {}
    _flatten("", tree, flat)
    return flat


def _flatten(prefix: str, tree: Mapping[str, object], into: dict[str, str]) -> None:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}{key}.", value, into)
        else:
            into[f"{prefix}{key}"] = str(value)


def say(lang: Lang, key: str, /, **params: object) -> str:
    """The text of `key` in `lang` with `{name}` placeholders filled; the key itself when it is unknown."""
    text = catalogue(lang).get(key)
    if text is None:
        return key
    return text.format_map(_Lenient(params)) if params or "{" in text else text


def has(key: str) -> bool:
    """Whether the catalogue knows `key`."""
    return key in catalogue("en")


def words(key: str, /, **params: object) -> Words:
    """`key` in both languages."""
    return Words(say("zh", key, **params), say("en", key, **params))


class _Lenient(dict[str, object]):
    """A missing placeholder shows its own name rather than failing in the middle of an error."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
