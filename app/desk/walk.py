"""All complaints that match, newest first, page by page: for exports. Nothing is held but one page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.access.sealed import open_texts, references
from app.complaints.pages import MAX_LIMIT, Filters, page
from app.desk.desk import Desk
from app.desk.view import complaint_view
from app.texts import Lang


async def walk(desk: Desk, filters: Filters, lang: Lang, *, words: bool = True) -> AsyncIterator[Mapping[str, Any]]:
    """Each complaint as people see it, the customer masked; with `words` also what was said."""
    cursor: str | None = None
    db = desk.runtime.db
    terms, at = await desk.terms(), desk.runtime.clock.now()
    while True:
        async with db.read() as conn:
            rows, cursor = await page(conn, db.dialect, filters, "-opened_at", cursor, MAX_LIMIT)
            texts: Mapping[str, str | None] | None = None
            if words:
                named = references([[own["remedy_sought"], own["remedy"], own["recorded"], own["network"]] for own, _ in rows])
                texts = await open_texts(conn, desk.vault, named | {str(own["text_id"]) for own, _ in rows})
        for own, person in rows:
            key = desk.vault.unwrap(person["wrapped"]) if person["wrapped"] is not None else None
            yield complaint_view(own, person, key, texts, lang, terms, at)
        if cursor is None:
            return
