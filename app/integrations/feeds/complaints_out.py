"""Complaints as a file: masked as everywhere, read page by page, and on record before the first byte leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.audit.events import By, Event
from app.complaints.pages import Filters
from app.desk.desk import Desk
from app.desk.walk import walk
from app.integrations.feeds.complaint_columns import COLUMNS, flat
from app.integrations.feeds.export import Format, export
from app.texts import Lang


async def export_complaints(
    desk: Desk,
    by: By,
    filters: Filters,
    form: Format,
    *,
    lang: Lang = "en",
    words: bool = True,
    bom: bool = True,
    folder: Path | None = None,
) -> AsyncIterator[bytes]:
    """The complaints that `filters` admit as the bytes of a file in `form`; with `words` also what was said.

    The event `exported` (who, what, which filters) is stored before this returns: were it written at the end, who
    breaks off the download would leave no trace. Complaints that are opened meanwhile may or may not be among them;
    none is there twice.
    """
    await _on_record(desk, by, filters, form, words=words)
    rows = flat(_in_yuan(desk, walk(desk, filters, lang, words=words)))
    return export(rows, COLUMNS, form, lang=lang, folder=folder, bom=bom)


async def _in_yuan(desk: Desk, rows: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[Mapping[str, Any]]:
    """What the forms recorded, with the amounts among it as decimal yuan: in a cell of its own no title tells the unit."""
    async for row in rows:
        if not row.get("recorded"):
            yield row
            continue
        name, version = row["workflow"]["name"], row["workflow"]["version"]
        definition = await desk.workflow(name, version)
        money = {f.name for f in definition.fields.values() if f.type == "money"}
        recorded = {n: f"{Decimal(v) / 100:.2f}" if n in money and isinstance(v, int) else v for n, v in row["recorded"].items()}
        yield {**row, "recorded": recorded}


async def _on_record(desk: Desk, by: By, filters: Filters, form: Format, *, words: bool) -> None:
    """Who takes out what. A search text may name a person, so only that there was one is kept."""
    asked = {f.name: value for f in fields(filters) if (value := getattr(filters, f.name)) is not None}
    if "q" in asked:
        asked["q"] = True
    data = {"kind": "complaints", "format": form, "filters": asked, "words": words}
    async with desk.runtime.db.write() as conn:
        for insert in Event("exported", desk.runtime.clock.now(), by, data=data).rows():
            await conn.execute(insert.table.insert().values(**insert.row))
