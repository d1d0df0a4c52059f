"""Answers (口径) and briefings: drafted, published, withdrawn; read, doubted, and, for a briefing, passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer, Request
from app.access.users import find_user
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.record import record
from app.catalogue.answers import Row, versions
from app.catalogue.answers_tables import article, article_doubt, article_reading, briefing_try
from app.catalogue.briefings import score, shown_status
from app.db.ids import new_id
from app.desk.amend import LEADS
from app.desk.desk import Desk
from app.desk.once import once
from app.desk.plain_words import refuse_personal
from app.errors import Invalid, NotFound, Reason, Refused
from app.people.notices import notice_row

Render = Any


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version says: titles and texts as (zh, en), whose it is, when it holds, why it is as it is."""

    kind: str
    title: tuple[str, str]
    text: tuple[str, str]
    why: str
    owner: str
    valid_from: datetime | None
    expires_at: datetime
    tags: Sequence[str] = ()
    product: str | None = None
    questions: Sequence[Mapping[str, Any]] | None = None
    pass_percent: int | None = None


def same_as(row: Row, draft: Draft) -> bool:
    """Whether a version that is drafted or published says what `draft` says."""
    titles, texts = (row["title_zh"], row["title_en"]), (row["text_zh"], row["text_en"])
    said = (titles, texts, row["why"], row["owner"], row["expires_at"], list(row["tags"]), row["product"], row["questions"])
    mine = (*(draft.title, draft.text), draft.why, draft.owner, draft.expires_at, list(draft.tags), draft.product, draft.questions)
    # Publishing moves a beginning that is past to that moment.
    starts = draft.valid_from is None or row["valid_from"] == max(draft.valid_from, row["published_at"] or draft.valid_from)
    passes = draft.pass_percent is None or row["pass_percent"] == draft.pass_percent
    return row["status"] in ("draft", "published") and said == mine and starts and passes


async def store_draft(
    desk: Desk, actor: Actor, by: By, article_id: UUID | None, draft: Draft, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Keep a draft: of a new article, or as the next version of one; a draft that is there already is replaced."""
    terms = await desk.terms()
    if terms.tags is not None and (strange := terms.tags.refused(draft.tags)):
        raise Invalid(*strange)

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        starts = draft.valid_from or at
        if draft.expires_at <= max(at, starts):
            raise Invalid(Reason("expires_too_early", "expires_at"))
        user = await find_user(conn, draft.owner)
        if user is None or not user.active:
            raise Invalid(Reason("user_unknown", "owner", {"name": draft.owner}))
        there = [] if article_id is None else await _versions(conn, article_id)
        if there and there[0]["kind"] != draft.kind:
            raise Invalid(Reason("article_kind", "kind", {"kind": there[0]["kind"]}))
        _own(actor, there)
        head = there[0] if there and there[0]["status"] == "draft" else None
        row = _row(draft, by, at, starts, terms.policy.answers.pass_percent)
        if head is not None:
            row |= {"id": head["id"], "article_id": head["article_id"], "version": head["version"]}
            await conn.execute(update(article).where(article.c.id == head["id"]).values(**row))
        else:
            own = new_id(at)
            row |= {"id": own, "article_id": article_id or own, "version": there[0]["version"] + 1 if there else 1}
            await conn.execute(article.insert().values(**row))
        await record(conn, _stored(row, by, at))
        return render(row), None

    return await once(desk, request, work)


async def publish_article(
    desk: Desk, actor: Actor, by: By, article_id: UUID, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Publish the draft; the version published before is replaced. Raises Refused when there is no draft."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        there, at = await _versions(conn, article_id), desk.runtime.clock.now()
        _own(actor, there)
        draft = there[0]
        if draft["status"] != "draft":
            raise Refused(Reason("no_draft", "id", {"status": shown_status(draft, at)}), code="change_refused")
        if draft["expires_at"] <= at:
            raise Invalid(Reason("expires_too_early", "expires_at"))
        replaced = {"status": "replaced", "ended_by": by.name, "ended_at": at}
        mine = article.c.article_id == article_id
        await conn.execute(update(article).where(mine, article.c.status == "published").values(**replaced))
        changed = {
            "status": "published",
            "published_by": by.name,
            "published_at": at,
            "valid_from": max(draft["valid_from"], at),
        }
        row = {**draft, **changed}
        await conn.execute(update(article).where(article.c.id == row["id"]).values(**changed))
        await record(conn, _stored(row, by, at))
        return render(row), None

    return await once(desk, request, work)


async def withdraw(
    desk: Desk, actor: Actor, by: By, article_id: UUID, why: str, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Take the published version (or the draft, where nothing is published) out of use, with the reason."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        there, at = await _versions(conn, article_id), desk.runtime.clock.now()
        _own(actor, there)
        found = next((v for v in there if v["status"] == "published"), None) or next(
            (v for v in there if v["status"] == "draft"), None
        )
        if found is None:
            raise Refused(Reason("nothing_to_withdraw", "id"), code="change_refused")
        changed = {"status": "withdrawn", "ended_by": by.name, "ended_at": at, "ended_why": why}
        row = {**found, **changed}
        await conn.execute(update(article).where(article.c.id == row["id"]).values(**changed))
        await record(conn, _stored(row, by, at))
        return render(row), None

    return await once(desk, request, work)


async def confirm_read(desk: Desk, by: By, article_id: UUID, request: Request | None, render: Render) -> tuple[Answer, bool]:
    """This person has read the version that holds; a second time changes nothing."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        row = await _holding(conn, article_id, at)
        key = (article_reading.c.version_id == row["id"]) & (article_reading.c.user_id == by.id)
        if (await conn.execute(article_reading.select().where(key))).first() is None:
            values = {"id": new_id(at), "version_id": row["id"], "user_id": by.id, "user": by.name, "at": at}
            await conn.execute(article_reading.insert().values(**values))
            await record(conn, _noticed("read", row, by, at))
        return render(row), None

    return await once(desk, request, work)


async def doubt(desk: Desk, by: By, article_id: UUID, words: str, request: Request | None, render: Render) -> tuple[Answer, bool]:
    """Say "this is wrong" in one call: counted, shown with the version, and told to its owner."""
    refuse_personal({"words": words})

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        row = await _holding(conn, article_id, at)
        values = {"id": new_id(at), "version_id": row["id"], "words": words, "by_id": by.id, "by": by.name, "at": at}
        await conn.execute(article_doubt.insert().values(**values))
        user = await find_user(conn, row["owner"])
        known = user.id if user is not None and user.active else None
        data = {"title": f"{row['title_zh']} / {row['title_en']}", "version": row["version"], "by": by.name}
        told = notice_row(at, "answer_doubted", user=known, role=None if known else "supervisor", data=data)
        await conn.execute(told.table.insert().values(**told.row))
        await record(conn, _noticed("doubted", row, by, at))
        return render(row), None

    return await once(desk, request, work)


async def take_test(
    desk: Desk, by: By, article_id: UUID, answers: Sequence[int], request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Answer the questions of a briefing; every try is kept. render(row, percent, passed). Raises Refused before it was read."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        row = await _holding(conn, article_id, at)
        if row["kind"] != "briefing":
            raise NotFound(what="briefing")
        key = (article_reading.c.version_id == row["id"]) & (article_reading.c.user_id == by.id)
        if (await conn.execute(article_reading.select().where(key))).first() is None:
            raise Refused(Reason("briefing_unread", "id"), code="change_refused")
        questions = row["questions"]
        if len(answers) != len(questions):
            raise Invalid(Reason("answers_count", "answers", {"count": len(questions)}))
        strange = [n for n, (q, a) in enumerate(zip(questions, answers, strict=True)) if a >= len(q["options"])]
        if strange:
            raise Invalid(
                *(Reason("answer_no_option", f"answers[{n}]", {"most": len(questions[n]["options"]) - 1}) for n in strange)
            )
        percent = score(questions, answers)
        passed = percent >= row["pass_percent"]
        tried = {"id": new_id(at), "version_id": row["id"], "user_id": by.id, "user": by.name, "answers": list(answers)}
        await conn.execute(briefing_try.insert().values(**tried, percent=percent, passed=passed, at=at))
        await record(conn, _noticed("passed" if passed else "not_passed", row, by, at, percent=percent))
        return render(row, percent, passed), None

    return await once(desk, request, work)


async def _versions(conn: AsyncConnection, article_id: UUID) -> list[Row]:
    found = await versions(conn, article_id, lock=True)
    if not found:
        raise NotFound(what="answer")
    return found


async def _holding(conn: AsyncConnection, article_id: UUID, at: datetime) -> Row:
    """The version that holds now. NotFound where none does."""
    for row in await versions(conn, article_id):
        if row["status"] == "published" and row["valid_from"] <= at < row["expires_at"]:
            return row
    raise NotFound(what="answer that holds now")


def _own(actor: Actor, there: Sequence[Row]) -> None:
    """Only the owner and those who lead change an article that is there."""
    if there and actor.name not in {there[0]["owner"], there[0]["by"]} and not actor.roles & LEADS:
        raise Refused(Reason("not_the_owner", "id", {"owner": there[0]["owner"]}), code="change_refused")


def _row(draft: Draft, by: By, at: datetime, starts: datetime, percent: int) -> dict[str, Any]:
    ended = dict.fromkeys(("published_by", "published_at", "ended_by", "ended_at", "ended_why", "reminded_at"))
    return {
        "kind": draft.kind,
        "status": "draft",
        "tags": list(draft.tags),
        "product": draft.product,
        "title_zh": draft.title[0],
        "title_en": draft.title[1],
        "text_zh": draft.text[0],
        "text_en": draft.text[1],
        "why": draft.why,
        "owner": draft.owner,
        "valid_from": starts,
        "expires_at": draft.expires_at,
        "questions": None if draft.questions is None else [dict(q) for q in draft.questions],
        "pass_percent": None if draft.kind == "answer" else draft.pass_percent or percent,
        "by": by.name,
        "at": at,
        **ended,
    }


def _stored(row: Row, by: By, at: datetime) -> Event:
    data = {"article": row["article_id"], "version": row["version"], "kind": row["kind"], "status": row["status"]}
    if row["status"] == "withdrawn":
        data["why"] = row["ended_why"]
    return Event("article_stored", at, by, data={**data, "product": row["product"], "tags": row["tags"], "owner": row["owner"]})


def _noticed(what: str, row: Row, by: By, at: datetime, **more: Any) -> Event:
    return Event("article_read", at, by, data={"article": row["article_id"], "version": row["version"], "what": what, **more})
