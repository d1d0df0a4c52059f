"""The imports there are, and the one function that command line and API call for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.access.actor import Actor
from app.audit.events import By
from app.desk.desk import Desk
from app.errors import NotFound, Reason
from app.integrations.feeds.complaints import ComplaintImporter
from app.integrations.feeds.customers import CustomerImporter
from app.integrations.feeds.map_loader import load
from app.integrations.feeds.reader import open_source
from app.integrations.feeds.rejects import beside
from app.integrations.feeds.report import Progress, Report
from app.integrations.feeds.run import run_import
from app.integrations.feeds.targets import Importer
from app.texts import Lang

KINDS: Mapping[str, Callable[[Desk, Actor, By], Importer[Any]]] = MappingProxyType(
    {
        "customers": lambda desk, _actor, by: CustomerImporter(desk.vault, desk.runtime.clock, by),
        "complaints": ComplaintImporter,
    }
)
"""Everything that can be imported, by the name that stands in a map under `target`."""


def importer_of(kind: str, desk: Desk, actor: Actor, by: By) -> Importer[Any]:
    """The importer of `kind`. Raises NotFound naming those that there are."""
    make = KINDS.get(kind)
    if make is None:
        raise NotFound(Reason("import_kind", "kind", {"known": ", ".join(KINDS)}), what=f"import {kind}")
    return make(desk, actor, by)


async def import_file(
    desk: Desk,
    actor: Actor,
    by: By,
    kind: str,
    file: Path,
    map_text: str,
    *,
    map_name: str = "map.yaml",
    lang: Lang = "en",
    rejects: Path | None = None,
    dry_run: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Import `file` under the map in `map_text`; refused rows stand in `rejects` (beside the file when None).

    Raises NotFound for an unknown kind, MapError and FileRefused with all that is to be mended, before anything is
    stored; ImportRunning when another process imports the same file. Repeating the call after any other end goes on
    where it stood.
    """
    target = importer_of(kind, desk, actor, by)
    made = load(map_text, target, source=map_name)
    source = await asyncio.to_thread(open_source, file, made.file)
    return await run_import(
        desk.runtime,
        target,
        source,
        made,
        by=by,
        lang=lang,
        rejects=rejects or beside(file),
        dry_run=dry_run,
        on_progress=on_progress,
    )
