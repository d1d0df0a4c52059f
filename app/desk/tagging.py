"""The titles of tags for people: by the current library, a retired one by the last version that had it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from app.catalogue.definitions import listed
from app.catalogue.tags import TAGS, load_tags
from app.desk.desk import Desk
from app.texts import Lang


async def titles(desk: Desk, names: Iterable[str], lang: Lang) -> dict[str, str]:
    """{tag: title}; a tag that no version ever had (it came with an import) is its own title."""
    wanted = dict.fromkeys(names)
    library = (await desk.terms()).tags
    found = {name: words.in_(lang) for name in wanted if library is not None and (words := library.title_of(name)) is not None}
    missing = [name for name in wanted if name not in found]
    if missing and library is not None and library.version > 1:
        async with desk.runtime.db.read() as conn:
            versions = await listed(conn, TAGS, TAGS)
        for version in versions:
            if not missing:
                break
            if not any(name in version.text for name in missing):
                continue
            older = await asyncio.to_thread(load_tags, version.text, version=version.version)
            found |= {name: words.in_(lang) for name in missing if (words := older.title_of(name)) is not None}
            missing = [name for name in missing if name not in found]
    return {name: found.get(name, name) for name in wanted}
