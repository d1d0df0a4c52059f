"""`amends answers …`: answers and briefings (口径) in from a file, and listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.roles import Role
from app.boot import read_text
from app.catalogue.answers import Row, Wanted, listed, titled
from app.catalogue.briefings import shown_status
from app.cli.base import operator, run, settings, tell
from app.desk.answering import Draft, publish_article, same_as, store_draft
from app.desk.desk import Desk
from app.errors import AmendsError, Reason

app = typer.Typer(help="Answers and briefings. / 口径与产品通报。", no_args_is_help=True)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="YAML: a list of answers.")]
MOST: Final = 1_000_000


class AnswersInvalid(AmendsError):
    """A file of answers cannot be taken; each reason names the answer and the field."""

    code = "answers_invalid"


@app.command("import")
def import_(
    file: File,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish what is new or changed, so that it is shown at once.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
) -> None:
    """Bring answers in, each with the fields of `POST /v1/answers`; the same file again changes nothing.

    An answer is known by its kind and Chinese title: with another text it becomes the next version. All of a file is checked first.
    """
    drafts = _read(file)
    if dry_run:
        tell("answers_fine", count=len(drafts))
        return

    async def work(desk: Desk) -> Mapping[str, int]:
        counts = {"created": 0, "changed": 0, "unchanged": 0}
        for number, draft in enumerate(drafts):
            try:
                counts[await _store(desk, draft, publish=publish)] += 1
            except AmendsError as error:
                raise AnswersInvalid(*(_at(number, r) for r in error.reasons), file=file, done=sum(counts.values())) from error
        return counts

    tell("answers_imported", **run(work))


@app.command("list")
def list_(
    expiring: Annotated[
        bool, typer.Option("--expiring", help="Only those that end within the days that the policy names.")
    ] = False,
    drafts: Annotated[bool, typer.Option("--drafts", help="Drafts, instead of those that hold now.")] = False,
) -> None:
    """Answers that hold now, the newest first: id, version, kind, status, when it ends, owner, tags, title."""
    lang = settings().language

    async def work(desk: Desk) -> None:
        now, db = desk.runtime.clock.now(), desk.runtime.db
        soon: timedelta = (await desk.terms()).policy.answers.expiring
        wanted = Wanted(
            status="draft" if drafts else None, expires_before=now + soon if expiring else None, holding=None if drafts else now
        )
        async with db.read() as conn:
            for row in await listed(conn, db.dialect, wanted, None, 10_000):
                print(*_cells(row, now), row[f"title_{lang}"], sep="\t")

    run(work)


def _cells(row: Row, now: datetime) -> Sequence[object]:
    ends, tags = f"{row['expires_at']:%Y-%m-%d}", ",".join(row["tags"]) or "-"
    return (row["article_id"], f"v{row['version']}", row["kind"], shown_status(row, now), ends, row["owner"], tags)


def _read(file: Path) -> list[Draft]:
    """The drafts of a file. Raises AnswersInvalid with every reason and its place."""
    import yaml
    from pydantic import TypeAdapter, ValidationError

    from app.api.v1.answers import drafted  # the whole API, which other commands need not wait for
    from app.api.v1.refusals import reasons_of
    from app.api.v1.schemas.knowledge import ArticleBody

    text = read_text(file)
    if len(text) > MOST:
        raise AnswersInvalid(Reason("field_long", str(file), {"limit": MOST}), file=file, done=0)
    try:
        found = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = str(file) if mark is None else f"{file}:{mark.line + 1}:{mark.column + 1}"
        raise AnswersInvalid(Reason("answers_not_yaml", place), file=file, done=0) from error
    try:
        return [drafted(body) for body in TypeAdapter(list[ArticleBody]).validate_python(_plain(found))]
    except ValidationError as error:
        raise AnswersInvalid(*reasons_of(error), file=file, done=0) from None


def _plain(value: Any) -> Any:
    """YAML reads times by itself; the fields take them as they are written."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case datetime():
            return value.isoformat()
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return str(value)


async def _store(desk: Desk, draft: Draft, *, publish: bool) -> str:
    """created, changed or unchanged."""
    by = operator()
    actor = Actor(UUID(int=0), by.name, by.name, frozenset({Role.ADMIN.value}))
    async with desk.runtime.db.read() as conn:
        there = await titled(conn, draft.kind, draft.title[0])
    done = "created" if there is None else "unchanged" if same_as(there, draft) else "changed"
    own: UUID | None = None if there is None else there["article_id"]
    if done != "unchanged":
        own = await _made(desk, actor, own, draft)
    if publish and own is not None and (there is None or done == "changed" or there["status"] == "draft"):
        await publish_article(desk, actor, by, own, None, lambda _: Answer(200, {}, b""))
    return done


async def _made(desk: Desk, actor: Actor, own: UUID | None, draft: Draft) -> UUID:
    made: dict[str, UUID] = {}

    def keep(row: Row) -> Answer:
        made["id"] = row["article_id"]
        return Answer(201, {}, b"")

    await store_draft(desk, actor, operator(), own, draft, None, keep)
    return made["id"]


def _at(number: int, reason: Reason) -> Reason:
    return Reason(reason.code, f"[{number}].{reason.where}", reason.params, reason.words)
