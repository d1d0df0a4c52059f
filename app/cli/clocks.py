"""`amends clock …`: why a clock says what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import select

from app.cli.base import run, settings
from app.cli.usage import wrong
from app.complaints.tables import complaint
from app.desk.asking import as_of, one
from app.desk.clock_view import working
from app.desk.desk import Desk
from app.errors import NotFound
from app.texts import Lang, say

app = typer.Typer(help="Clocks of complaints. / 投诉的时限。", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep `explain` a command of its own."""


@app.command()
def explain(
    which: Annotated[str, typer.Argument(metavar="ID|NUMBER", help="The complaint: its id or its number.")],
    at: Annotated[str | None, typer.Option(help="As the record stood then, such as 2026-03-12T18:00.")] = None,
    lang: Annotated[str | None, typer.Option(help="zh or en")] = None,
) -> None:
    """Show the working of every clock: what it goes by, the row of the policy, the stretches that counted, its levels."""
    language: Lang = "zh" if (lang or settings().language) == "zh" else "en"

    async def work(desk: Desk) -> None:
        own = await _id(desk, which)
        zone = (await desk.terms()).service.zone
        found = await (one(desk, own) if at is None else as_of(desk, own, _moment(at, zone)))
        told = working(found.complaint, found.customer, found.terms, found.at, language)
        for line in lines(told, zone, language):
            print(line)

    run(work)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A time; without an offset by the wall clock of the service calendar."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong("value_time", "--at") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


async def _id(desk: Desk, which: str) -> UUID:
    """The complaint's id. NotFound."""
    try:
        return UUID(which)
    except ValueError:
        pass
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(complaint.c.id).where(complaint.c.number == which.strip().upper()))).scalar()
    if found is None:
        raise NotFound(what="complaint")
    return UUID(str(found))


def lines(told: Mapping[str, Any], zone: ZoneInfo, lang: Lang) -> Iterator[str]:
    """The working as text."""

    def said(key: str, **params: object) -> str:
        return say(lang, f"cli.clocks.{key}", **params)

    def moment(at: datetime | None) -> str:
        return "-" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    head = {"number": told["complaint"]["number"], "at": moment(told["at"]), "zone": zone.key}
    yield said("head", **head, policy=told["policy_version"], calendars=told["calendars_version"])
    yield said("marks")
    for mark in told["marks"]:
        yield f"  {moment(mark['at'])}  {mark['what']}"
    for clock in told["items"]:
        yield ""
        yield said("clock", title=clock["title"], name=clock["name"], round=clock["round"], state=clock["state_in_words"])
        yield f"  {clock['why']}"
        if clock["started_at"] is None:
            continue
        for part in clock["stretches"]:
            counted = _length(part["counted_seconds"])
            yield "  " + said("stretch", start=moment(part["from"]), end=moment(part["to"]), counted=counted)
        figures = {name: _length(clock[f"{name}_seconds"]) for name in ("target", "elapsed", "remaining")}
        yield "  " + said("figures", **figures, due=moment(clock["due_at"]))
        for level in clock["levels"]:
            params = {"name": level["name"], "due": moment(level["due_at"]), "told": moment(level["told_at"])}
            yield "  " + said("level", **params)


def _length(seconds: int) -> str:
    """Seconds as 26:05:00, with its sign."""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
