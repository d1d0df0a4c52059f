"""`amends import | export | db …`: data in and out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from app.access.actor import Actor
from app.access.roles import Role
from app.audit.events import Event
from app.audit.record import record
from app.boot import read_text
from app.cli.base import operator, run, settings, show_json, tell
from app.cli.usage import wrong
from app.complaints.pages import Filters
from app.desk.desk import Desk
from app.desk.known_names import check_filters
from app.desk.walk import walk
from app.integrations.feeds.complaint_columns import COLUMNS, flat
from app.integrations.feeds.complaints import ComplaintImporter
from app.integrations.feeds.customers import CustomerImporter
from app.integrations.feeds.export import check_format, export
from app.integrations.feeds.map_loader import load as load_map
from app.integrations.feeds.reader import open_source
from app.integrations.feeds.rejects import beside
from app.integrations.feeds.report import Progress, Report
from app.integrations.feeds.run import run_import
from app.texts import say

imports = typer.Typer(help="Bring customers and complaints in from files. / 从文件导入客户和投诉。", no_args_is_help=True)
exports = typer.Typer(help="Take complaints out. / 导出投诉。", no_args_is_help=True)
db = typer.Typer(help="The database itself. / 数据库。", no_args_is_help=True)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX.")]
MapFile = Annotated[
    Path, typer.Option("--map", exists=True, dir_okay=False, readable=True, help="The map: which column fills which field.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do all but store.")]


def register(cli: typer.Typer) -> None:
    """Hang the commands into the tree."""
    cli.add_typer(imports, name="import")
    cli.add_typer(exports, name="export")
    cli.command()(seed)


@imports.command()
def customers(file: File, map_: MapFile, dry_run: DryRun = False) -> None:
    """Customers by their id in the CRM; the same file again changes nothing."""
    _import(file, map_, lambda desk: CustomerImporter(desk.vault, desk.runtime.clock, operator()), dry_run)


@imports.command()
def complaints(file: File, map_: MapFile, dry_run: DryRun = False) -> None:
    """Complaints by (source, external_ref); each enters through the intake."""
    actor = Actor(UUID(int=0), operator().name, operator().name, frozenset({Role.INTEGRATION.value}))
    _import(file, map_, lambda desk: ComplaintImporter(desk, actor, operator()), dry_run)


def _import(file: Path, map_: Path, importer_of: Callable[[Desk], Any], dry_run: bool) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    lang = settings().language
    text = read_text(map_)

    async def work(desk: Desk) -> Report:
        importer = importer_of(desk)
        made = load_map(text, importer, source=str(map_))
        source = open_source(file, made.file)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bar(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(file.name, total=None)

            def show(progress: Progress) -> None:
                bar.update(task, completed=progress.done, total=progress.total)

            return await run_import(
                desk.runtime,
                importer,
                source,
                made,
                by=operator(),
                lang=lang,
                rejects=beside(file),
                dry_run=dry_run,
                on_progress=show,
            )

    report = run(work)
    show_json(report.as_json(lang))
    if report.rejects is not None:
        print(say(lang, "cli.rejects", path=report.rejects), file=sys.stderr)


@exports.command("complaints")
def export_complaints(
    form: Annotated[str, typer.Option("--format", help="csv, xlsx or jsonl")] = "csv",
    out: Annotated[Path | None, typer.Option(help="Where to write; by default standard output.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Only these stages.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only this tag.")] = None,
    words: Annotated[bool, typer.Option(help="With what the customers said.")] = True,
) -> None:
    """All complaints, streamed; customers masked, no cell that a spreadsheet would take for a formula."""
    chosen = check_format(form)
    lang = settings().language

    async def work(desk: Desk) -> None:
        chosen_ones = Filters(state=state or None, tag=tag)
        await check_filters(desk, chosen_ones)
        rows = flat(walk(desk, chosen_ones, lang, words=words))
        target = out.open("wb") if out is not None else sys.stdout.buffer
        try:
            async for part in export(rows, COLUMNS, chosen, lang=lang, folder=desk.runtime.settings.var):
                target.write(part)
            target.flush()
        finally:
            if out is not None:
                target.close()
        at = desk.runtime.clock.now()
        filters = {name: value for name, value in (("state", state), ("tag", tag)) if value}
        told = {"kind": "complaints", "format": chosen, "filters": filters, "words": words}
        async with desk.runtime.db.write() as conn:
            await record(conn, Event("exported", at, operator(), data=told))

    run(work)
    if out is not None:
        tell("written", path=out)


def seed(
    complaints_: Annotated[int, typer.Option("--complaints", min=1, max=10_000_000, help="How many.")],
    seed_: Annotated[int, typer.Option("--seed", help="The same seed, the same complaints.")] = 1,
    more: Annotated[bool, typer.Option("--more", help="Add to a database that has complaints already.")] = False,
) -> None:
    """Fill a (migrated) database with synthetic complaints of the last year, to try the product at size."""
    import asyncio

    from rich.console import Console
    from rich.progress import Progress as Bar

    from app.cli.seeding import seed as fill

    with Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task("complaints", total=complaints_)
        asyncio.run(fill(settings(), complaints_, seed_, lambda done, _: bar.update(task, completed=done), more=more))
    tell("seeded", count=complaints_)


@db.command("copy")
def copy_(
    source: Annotated[Path | None, typer.Option(help="The SQLite file; by default amends.db in AMENDS_VAR.")] = None,
) -> None:
    """Move the embedded database into the (migrated, empty) PostgreSQL database of AMENDS_DATABASE_URL; counts are compared."""
    import asyncio

    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TextColumn

    from app.db.copy import copy
    from app.db.engine import Database
    from app.db.migrate import ready, upgrade

    found = settings()
    path = source or found.var / "amends.db"
    if not path.is_file():
        raise wrong("value_file", "--source")
    upgrade(found.database())

    async def work() -> dict[str, int]:
        here, there = Database(f"sqlite+aiosqlite:///{path}", 2), Database(found.database(), 2)
        try:
            await ready(here)
            await ready(there)
            with Bar(TextColumn("{task.description}"), console=Console(stderr=True)) as bar:
                task = bar.add_task("")
                return await copy(here, there, lambda table, rows: bar.update(task, description=f"{table} {rows:,}"))
        finally:
            await here.close()
            await there.close()

    counts = asyncio.run(work())
    for table, rows in counts.items():
        print(f"{table}\t{rows}")
    tell("copied", rows=sum(counts.values()), tables=len(counts))
