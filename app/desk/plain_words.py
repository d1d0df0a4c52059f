"""Words that are kept in plain and read by many must name nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.catalogue.anonymise import personal
from app.errors import Invalid, Reason


def personal_reasons(fields: Mapping[str, str | None], known: Iterable[str | None] = ()) -> list[Reason]:
    """A reason for each place in `fields` (name → words) that names a person, with its position from 1."""
    found: list[Reason] = []
    known = list(known)
    for where, text in fields.items():
        found += [Reason(f"personal_{one.kind}", where, {"at": one.start + 1}) for one in personal(text or "", known)]
    return found


def refuse_personal(fields: Mapping[str, str | None]) -> None:
    """Raise Invalid naming every place that names a person."""
    reasons = personal_reasons(fields)
    if reasons:
        raise Invalid(*reasons)
