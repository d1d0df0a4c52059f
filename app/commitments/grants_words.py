"""Reasons about grants in both languages: what a policy calls things is told in the reader's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import Reason
from app.texts import Lang, Words, say


def reason(code: str, where: str, **params: object) -> Reason:
    """The reason `reasons.<code>`; parameters that are `Words` are told in each language."""
    return Reason(code, where, words=Words(_said("zh", code, params), _said("en", code, params)))


def _said(lang: Lang, code: str, params: Mapping[str, object]) -> str:
    return say(lang, f"reasons.{code}", **{name: p.in_(lang) if isinstance(p, Words) else p for name, p in params.items()})


def role_titles(roles: Iterable[str]) -> Words:
    """The names of roles as people call them."""
    names = sorted(roles)
    zh = "、".join(say("zh", f"access.roles.{name}") for name in names)
    en = ", ".join(say("en", f"access.roles.{name}") for name in names)
    return Words(zh or "-", en or "-")


def named(choices: Mapping[str, Words]) -> Words:
    """Names that may be sent, each with what it means."""
    zh = "、".join(f"{name}（{title.zh}）" for name, title in choices.items())
    en = ", ".join(f"{name} ({title.en})" for name, title in choices.items())
    return Words(zh or "-", en or "-")


def kept(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as a row keeps them."""
    return [{"code": one.code, "zh": one.message("zh"), "en": one.message("en")} for one in reasons]
