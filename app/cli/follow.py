"""`amends promises | work-orders | grants list`: what is promised, ordered and granted, for those who follow it from a shell."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Table

from app.cli.base import run
from app.cli.usage import wrong
from app.commitments.compensation import in_yuan
from app.commitments.grants_queries import page as grants_page
from app.commitments.grants_tables import STATUSES as GRANTS
from app.commitments.ordering import OPEN, STEPS
from app.commitments.queries import Row, Wanted, page
from app.commitments.tables import promise, work_order
from app.desk.desk import Desk

PROMISES = ("open", "kept", "kept_late", "broken", "withdrawn")
promises = typer.Typer(help="Promises to customers. / 对客户的承诺。", no_args_is_help=True)
work_orders = typer.Typer(help="Work orders to departments. / 协同工单。", no_args_is_help=True)
grants = typer.Typer(help="Compensation. / 补偿。", no_args_is_help=True)
Limit = Annotated[int, typer.Option(min=1, max=200, help="How many at most.")]
Team = Annotated[str | None, typer.Option(help="Only of this team.")]


@promises.callback()
@work_orders.callback()
@grants.callback()
def group() -> None:
    """Keep `list` a command of its own."""


@promises.command("list")
def list_promises(
    likely: Annotated[bool, typer.Option("--likely-to-break", help="Only those that will probably be broken.")] = False,
    status: Annotated[str, typer.Option(help="open, kept, kept_late, broken or withdrawn")] = "open",
    team: Team = None,
    limit: Limit = 50,
) -> None:
    """Promises, those due first: complaint, when due, status, kind, team, department, and `!` where it will probably be broken."""
    _known(status, PROMISES)

    async def work(desk: Desk) -> None:
        wanted = Wanted(desk.runtime.clock.now(), status=[status], team=team, likely_break=True if likely else None)
        rows, zone = await _rows(desk, promise, wanted, limit)
        for row in rows:
            mark = "!" if row["likely_break"] else ""
            _line(row["number"], _moment(row["due_at"], zone), row["status"], row["kind"], row["team"], row["department"], mark)

    run(work)


@work_orders.command("list")
def list_work_orders(
    department: Annotated[str | None, typer.Option(help="Only of this department.")] = None,
    status: Annotated[str | None, typer.Option(help="Such as returned or fed_back; by default all that are open.")] = None,
    limit: Limit = 50,
) -> None:
    """Work orders, those due first: complaint, when due, status, department, kind of work, team, and `!` once it is late."""
    if status is not None:
        _known(status, STEPS)

    async def work(desk: Desk) -> None:
        now = desk.runtime.clock.now()
        wanted = Wanted(now, status=sorted(OPEN) if status is None else [status], department=department)
        rows, zone = await _rows(desk, work_order, wanted, limit)
        for row in rows:
            late = "!" if row["status"] in OPEN and row["due_at"] is not None and row["due_at"] <= now else ""
            _line(row["number"], _moment(row["due_at"], zone), row["status"], row["department"], row["kind"], row["team"], late)

    run(work)


@grants.command("list")
def list_grants(
    status: Annotated[str | None, typer.Option(help="Such as asked, which waits for approval.")] = None,
    team: Team = None,
    limit: Limit = 50,
) -> None:
    """Grants, the newest first: complaint, when, status, kind, yuan, at, above or below what is due, by whom, team."""
    if status is not None:
        _known(status, GRANTS)

    async def work(desk: Desk) -> None:
        zone = (await desk.terms()).service.zone
        async with desk.runtime.db.read() as conn:
            rows = await grants_page(conn, {"status": status, "team": team}, None, limit)
        for row in rows:
            amount = in_yuan(row["amount_fen"])
            when = _moment(row["at"], zone)
            _line(row["number"], when, row["status"], row["kind"], amount, row["position"], row["by"], row["team"])

    run(work)


async def _rows(desk: Desk, table: Table, wanted: Wanted, limit: int) -> tuple[list[Row], ZoneInfo]:
    async with desk.runtime.db.read() as conn:
        rows, _ = await page(conn, table, wanted, None, limit)
    return rows, (await desk.terms()).service.zone


def _known(status: str, known: Collection[str]) -> None:
    if status not in known:
        raise wrong("field_choice", "--status", known=", ".join(known))


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    """By the wall clock of the service calendar."""
    return "-" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _line(*cells: object) -> None:
    print(*("-" if cell is None else cell for cell in cells), sep="\t")
