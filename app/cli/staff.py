"""`amends people …`: people and teams in from a file, and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.calendars.time import local_date
from app.cli.base import operator, run, settings, show_json, tell
from app.desk.desk import Desk
from app.integrations.feeds.rejects import beside
from app.integrations.staff.importing import StaffReport, import_staff, write_rejects
from app.people.staff import find_people, list_teams

app = typer.Typer(help="People, teams and skills. / 人员、班组与技能。", no_args_is_help=True)
File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, XLSX, or YAML with teams: and people:.")
]


@app.command("import")
def import_(
    file: File,
    teams: Annotated[bool, typer.Option("--teams", help="The rows of the table are teams, not people.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but store.")] = False,
) -> None:
    """Bring people (or teams) in; the same file again changes nothing, refused rows stand beside it with their reasons."""

    async def work(desk: Desk) -> StaffReport:
        return await import_staff(desk, operator(), file, "teams" if teams else "people", dry_run=dry_run)

    report = run(work)
    lang = settings().language
    show_json(report.as_json(lang))
    if not dry_run and (rejects := write_rejects(report, beside(file), lang)) is not None:
        tell("rejects", path=rejects)


@app.command("list")
def list_() -> None:
    """All people: name, team, presence, skills that count today, deputy."""

    async def work(desk: Desk) -> None:
        now = desk.runtime.clock.now()
        today = local_date((await desk.terms()).service, now)
        async with desk.runtime.db.read() as conn:
            for one in await find_people(conn):
                skills = ",".join(f"{name}:{level}" for name, level in sorted(one.able(today).items())) or "-"
                print(one.name, one.team or "-", one.presence, skills, one.deputy or "-", sep="\t")

    run(work)


@app.command()
def teams() -> None:
    """All teams: name, phase, unit, whether active."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            for one in await list_teams(conn):
                state = "active" if one.active else "inactive"
                print(one.name, one.phase, one.unit or "-", state, sep="\t")

    run(work)
