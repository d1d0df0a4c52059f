"""Before a launch: what was complained about similar products, so that its owner does not repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select

from app.catalogue.answers_tables import good_case
from app.commitments.causes import cause
from app.commitments.feedback import feedback_item
from app.commitments.suggestions import suggestion
from app.complaints.tables import complaint
from app.db.engine import as_dict, json_has
from app.desk.desk import Desk
from app.desk.suggesting import with_words
from app.reports.causes import shown_examples

BACK: Final = timedelta(days=365)
MOST: Final = 50
EXAMPLES: Final = 10


@dataclass(frozen=True, slots=True)
class Launch:
    """What is known of similar products since `start`: causes, complaints in words, what was fed back, suggested and learnt."""

    start: Any
    causes: Sequence[Mapping[str, Any]]
    tagged: Mapping[str, int]
    examples: Sequence[Mapping[str, Any]]
    feedback: Sequence[Mapping[str, Any]]
    suggestions: Sequence[Mapping[str, Any]]
    models: Sequence[Mapping[str, Any]]


async def launch(desk: Desk, product: str | None, tags: Sequence[str]) -> Launch:
    """Of the last year: complaints with a confirmed cause of these tags (a group counts for its leaves) or of this product."""
    start = desk.runtime.clock.now() - BACK
    db = desk.runtime.db

    def about(tag: Any, own: Any) -> ColumnElement[bool]:
        leaves = [name for name in tags if "." in name]
        parts = [tag.in_(leaves)] if leaves else []
        parts += [tag.startswith(f"{name}.", autoescape=True) for name in tags if "." not in name]
        if product is not None:
            parts.append(own == product)
        return or_(*parts)

    async with db.read() as conn:
        here = (about(cause.c.tag, cause.c.product), cause.c.opened_at >= start, cause.c.ended_at.is_(None))
        query = select(cause.c.tag, cause.c.product, func.count().label("count")).where(*here)
        query = query.group_by(cause.c.tag, cause.c.product).order_by(func.count().desc(), cause.c.tag).limit(MOST)
        causes = [dict(row) for row in (await conn.execute(query)).mappings()]
        ids = list(
            (
                await conn.execute(select(cause.c.complaint_id).where(*here).order_by(cause.c.opened_at.desc()).limit(EXAMPLES))
            ).scalars()
        )
        tagged: dict[str, int] = {}
        for name in tags:
            has = select(func.count()).select_from(complaint).where(json_has(db.dialect, complaint.c.tags, name))
            tagged[name] = int((await conn.execute(has.where(complaint.c.opened_at >= start))).scalar_one())
        fed = feedback_item.c
        items = await conn.execute(select(feedback_item).where(about(fed.cause, fed.product)).order_by(fed.id.desc()).limit(MOST))
        said = suggestion.c
        made = await conn.execute(select(suggestion).where(about(said.tag, said.product)).order_by(said.id.desc()).limit(EXAMPLES))
        suggestions = await with_words(desk, conn, [as_dict(row) for row in made])
        models: list[Mapping[str, Any]] = []
        if tags:
            same = or_(*(json_has(db.dialect, good_case.c.tags, name) for name in tags))
            found = select(good_case).where(good_case.c.ended_at.is_(None), same).order_by(good_case.c.id.desc()).limit(EXAMPLES)
            models = [as_dict(row) for row in await conn.execute(found)]
        examples = await shown_examples(desk, conn, ids)
        return Launch(start, causes, tagged, examples, [as_dict(row) for row in items], suggestions, models)
