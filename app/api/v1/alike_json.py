"""What is likely about the same thing, as JSON: each with why, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.desk.incident_members import agreed
from app.texts import Lang, say


def alike_json(found: Mapping[str, list[dict[str, Any]]], lang: Lang) -> dict[str, Any]:
    """The shape `Alike`."""
    named = {name: [_complaint(one, lang) for one in found[name]] for name in ("duplicates", "earlier")}
    incidents = [{"id": one["id"], **agreed(one, lang), "why": _why(one["why"], lang)} for one in found["incidents"]]
    return {**named, "incidents": incidents}


def _complaint(one: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    stage = one["stage"]
    return {**one, "stage": None if stage is None else stage.in_(lang), "why": _why(one["why"], lang)}


def _why(reasons: list[dict[str, Any]], lang: Lang) -> list[dict[str, Any]]:
    between = "、" if lang == "zh" else ", "
    return [{**one, "message": say(lang, f"alike.{one['code']}", values=between.join(one["values"]))} for one in reasons]
