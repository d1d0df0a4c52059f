"""Closed complaints whose words are like those of one at hand: a few candidates by the inverted index, then their grams.

No probe reads more than PROBE rows, so that a common word costs no more than a rare one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Float, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.likeness import Probes, Rarity
from app.complaints.tables import complaint, search_text
from app.db.fulltext import candidates

PROBE: Final = 200
"""Texts that one probe gives at most."""
SAMPLE: Final = 2_000
_UNSEEN: Final = 6.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A closed complaint that shares words: its row's plain columns and the grams of its best text."""

    complaint: Mapping[str, Any]
    grams: frozenset[int]


async def rarity_of(conn: AsyncConnection) -> Rarity:
    """How rare each gram is, by the newest SAMPLE texts: counted in a thread, to be kept for a while by the caller."""
    query = select(search_text.c.grams).order_by(search_text.c.text_id.desc()).limit(SAMPLE)
    sample = list((await conn.execute(query)).scalars())
    return await asyncio.to_thread(Rarity.of, sample)


async def closed_like(
    conn: AsyncConnection, dialect: str, asked: Probes, but: UUID, where: Sequence[ColumnElement[bool]], limit: int
) -> list[Candidate]:
    """Up to `limit` closed complaints that share the most of what was asked, for which `where` holds, without `but`."""
    columns = [search_text.c.text_id, search_text.c.complaint_id]
    parts = [
        candidates(dialect, search_text, [*columns, literal(weight, Float()).label("weight")], all_of=grams).limit(PROBE).subquery()
        for grams, weight in asked.all_of
    ]
    if asked.any_of:
        unseen = [*columns, literal(_UNSEEN, Float()).label("weight")]
        parts.append(candidates(dialect, search_text, unseen, all_of=(), any_of=asked.any_of).limit(PROBE).subquery())
    if not parts:
        return []
    hits = union_all(*(select(part) for part in parts)).subquery("hits")
    weight = func.sum(hits.c.weight)
    best = select(hits.c.text_id, hits.c.complaint_id, weight.label("weight")).group_by(hits.c.text_id, hits.c.complaint_id)
    ranked = best.order_by(weight.desc()).limit(3 * limit).subquery("ranked")
    own = complaint.c
    shown = (own.id, own.number, own.tags, own.cause, own.closed_at, own.closed_as, own.sensitive)
    query = (
        select(*shown, ranked.c.text_id)
        .join(ranked, ranked.c.complaint_id == own.id)
        .where(own.final.is_(True), own.id != but, own.merged_into.is_(None), *where)
        .order_by(ranked.c.weight.desc())
        .limit(limit)
    )
    found: dict[UUID, tuple[Mapping[str, Any], UUID]] = {}
    for row in (await conn.execute(query)).mappings():
        found.setdefault(row["id"], (dict(row), row["text_id"]))
    grams = await _grams(conn, [text for _, text in found.values()])
    return [Candidate(row, grams.get(text, frozenset())) for row, text in found.values()]


async def _grams(conn: AsyncConnection, texts: Sequence[UUID]) -> dict[UUID, frozenset[int]]:
    query = select(search_text.c.text_id, search_text.c.grams).where(search_text.c.text_id.in_(texts))
    return {text: frozenset(grams) for text, grams in await conn.execute(query)}
