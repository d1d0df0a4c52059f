"""What is like the complaint at hand: good cases with their lesson, and closed complaints by their number; each with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.sealed import open_texts
from app.catalogue.answers_tables import good_case, good_case_gram
from app.complaints import likeness
from app.complaints.likeness import Places
from app.complaints.queries import load
from app.complaints.search_tokens import fold
from app.complaints.similar_sql import closed_like
from app.complaints.tables import complaint as complaint_table
from app.db.engine import as_dict, json_has
from app.desk.amend import LEADS
from app.desk.desk import Desk
from app.errors import NotFound

CANDIDATES: Final = 50
MODELS: Final = 30
LEAST: Final = 0.05
"""Below this two cases are not alike."""


@dataclass(frozen=True, slots=True)
class Alike:
    """One case that is alike: its row, how much (0 to 1), which words and tags both have."""

    row: Mapping[str, Any]
    score: float
    words: Sequence[str]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The complaint at hand."""

    folded: str
    own: Places
    weights: Mapping[int, float]
    tags: frozenset[str]

    def score(self, grams: frozenset[int], tags: Sequence[str]) -> float:
        return likeness.likeness(likeness.words_like(self.weights, grams), likeness.tags_like(self.tags, tags))

    def best(self, cases: Sequence[_Case], most: int) -> list[Alike]:
        """The most alike, told why."""
        ranked = sorted(((self.score(grams, tags), n) for n, (_, grams, tags) in enumerate(cases)), reverse=True)[:most]
        return [
            Alike(
                cases[n][0],
                score,
                likeness.shared_words(self.folded, self.own, self.weights, cases[n][1]),
                sorted(self.tags & set(cases[n][2])),
            )
            for score, n in ranked
            if score >= LEAST
        ]


_Case = tuple[Mapping[str, Any], frozenset[int], Sequence[str]]
"""Its row, the grams of its words, its tags."""


async def similar(
    desk: Desk, actor: Actor, complaint_id: UUID, models: int = 5, others: int = 10
) -> tuple[list[Alike], list[Alike]]:
    """(good cases, closed complaints), the most alike first. Sensitive complaints are shown to those who lead alone."""
    db = desk.runtime.db
    found = await load(db, complaint_id, None)
    if found is None:
        raise NotFound(what="complaint")
    present = found.complaint
    async with db.read() as conn:
        rarity = await desk.rarity.now(conn, desk.runtime.clock.now())
        texts = await open_texts(conn, desk.vault, [present["text_id"]])
        words = next(iter(texts.values()), None) or ""
        own = desk.tokens.telling(words)
        asked = _Asked(fold(words), own, likeness.weights_of(own, rarity), frozenset(_tags(present)))
        where = [] if actor.roles & LEADS else [complaint_table.c.sensitive.is_(False)]
        near = await closed_like(conn, db.dialect, likeness.probes(own, rarity), complaint_id, where, CANDIDATES)
        lessons = await _lessons(conn, db.dialect, asked, [c.complaint["id"] for c in near], complaint_id)
    originals = {c.complaint["id"]: c.grams for c in near}
    good = [_model(desk, asked, row, originals.get(row["complaint_id"], frozenset())) for row in lessons]
    return asked.best(good, models), asked.best([(c.complaint, c.grams, _tags(c.complaint)) for c in near], others)


def _tags(complaint: Mapping[str, Any]) -> list[str]:
    """What was supposed, and what was found."""
    return [*complaint["tags"], *([complaint["cause"]] if complaint["cause"] else [])]


def _model(desk: Desk, asked: _Asked, row: Mapping[str, Any], original: frozenset[int]) -> _Case:
    """By the lesson's own words, or by those of the complaint that it was, whichever is more alike."""
    words = "\n".join(row[name] or "" for name in ("title", "situation", "done", "why"))
    lesson = desk.rarity.lesson(row["id"], lambda: desk.tokens.telling(words))
    return row, max(lesson, original, key=lambda grams: likeness.words_like(asked.weights, grams)), row["tags"]


async def _lessons(conn: AsyncConnection, dialect: str, asked: _Asked, near: Sequence[UUID], but: UUID) -> list[dict[str, Any]]:
    """Good cases that may be alike: their lesson shares rare words, their complaint was found, or a tag is the same."""
    own = good_case.c
    rare = sorted(asked.weights, key=lambda gram: -asked.weights[gram])[:40]
    ids: list[UUID] = []
    if rare:
        shared = func.count()
        query = select(good_case_gram.c.case_id).where(good_case_gram.c.gram.in_(rare)).group_by(good_case_gram.c.case_id)
        ids = list((await conn.execute(query.order_by(shared.desc()).limit(MODELS))).scalars())
    may = [own.id.in_(ids), own.complaint_id.in_(near)]
    rows = [
        as_dict(r) for r in await conn.execute(select(good_case).where(own.ended_at.is_(None), own.complaint_id != but, or_(*may)))
    ]
    if asked.tags:
        same = or_(*(json_has(dialect, own.tags, tag) for tag in sorted(asked.tags)))
        query = select(good_case).where(own.ended_at.is_(None), own.complaint_id != but, same).order_by(own.id.desc()).limit(MODELS)
        rows += [as_dict(r) for r in await conn.execute(query)]
    return list({row["id"]: row for row in rows}.values())
