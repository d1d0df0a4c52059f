"""`amends bulk …`: how bulk work stands, and stopping it. It is ordered and begun over the API, with the rights of a person."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from app.cli.base import operator, run, show_json, tell
from app.desk import bulk_orders
from app.desk.desk import Desk

app = typer.Typer(help="Bulk work. / 批量处理。", no_args_is_help=True)
Which = Annotated[UUID, typer.Argument(metavar="ID", help="The bulk work; `amends bulk list` tells its id.")]
_SHOWN = ("id", "kind", "status", "why_stopped", "by", "created_at", "matched_at", "started_at", "ended_at", "counts")


@app.command("list")
def list_(limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20) -> None:
    """Bulk work, the newest first: id, when ordered, status, command, by whom."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            for row in await bulk_orders.latest(conn, None, limit):
                print(row["id"], f"{row['created_at']:%Y-%m-%d %H:%M}", row["status"], row["kind"], row["by"], sep="\t")

    run(work)


@app.command()
def show(which: Which) -> None:
    """How it stands: counts, and who was or would be refused for which reason."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            row = await bulk_orders.look(conn, which)
        refused = [{name: one[name] for name in ("code", "count", "number")} for one in row["refused"]]
        show_json({**{name: row[name] for name in _SHOWN}, "refused": refused})

    run(work)


@app.command()
def stop(which: Which) -> None:
    """Stop it before its next complaint; what was done stays done, and it can be begun again over the API."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.write() as conn:
            await bulk_orders.stop(desk, conn, operator(), which)

    run(work)
    tell("bulk_stopping", id=which)
