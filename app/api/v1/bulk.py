"""One command for many complaints, as a job: previewed, begun, stopped, its results read and fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import StreamingResponse

from app.access.answers import Answer
from app.access.vault import DataKey
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok, picked
from app.api.v1.schemas import bulk as shapes
from app.api.v1.schemas.queries import filters_of
from app.desk import bulk_orders as desk
from app.desk.once import once
from app.texts import Lang, Words

bulk = Operations("bulk")
_ID: Final = {"id": "$response.body#/id"}
_FILE: Final[dict[str, dict[str, Any]]] = {
    media: {"schema": {"type": "string", "contentMediaType": media}}
    for media in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/x-ndjson")
}
_ROW: Final = picked(shapes.BulkRow)
Row = Mapping[str, Any]


@bulk.post(
    "/v1/bulk",
    {
        201: Gives(
            "Ordered.",
            shapes.BulkState,
            {"Location": "Address of the bulk work."},
            leads_to={"read_bulk": _ID, "begin_bulk": _ID, "stop_bulk": _ID, "list_bulk_results": _ID, "fetch_bulk_results": _ID},
        )
    },
    body=shapes.BulkOrderBody,
    examples={
        "all of a tag": {
            "command": {"kind": "assignment", "team": "network", "reason": "One cause for all."},
            "filter": {"tag": "net.area", "final": False},
        }
    },
)
async def order_bulk(call: Call, body: shapes.BulkOrderBody) -> Sent:
    """Order one command for many complaints, and have it previewed.

    A worker looks for what matches and tries each without storing; read it until it is `previewed`: how many, a sample, how many
    would be refused and why. Nothing is changed before it is begun.
    """
    named = "ids" in body.model_fields_set
    filters = None if named else await filters_of(call.desk, body.filter)
    asked = desk.Order(body.command.kind, _given(body.command), body.ids if named else None, filters)
    return await ordered(call, asked)


async def ordered(call: Call, asked: desk.Order) -> Sent:
    """Keep an order, and answer how it stands."""

    async def work(conn: AsyncConnection) -> Row:
        return await desk.order(call.desk, conn, call.actor, call.by, asked)

    return await _once(call, work, 201)


@bulk.get("/v1/bulk", {200: Gives("A page.", shapes.BulkPage)}, query=shapes.BulkListQuery)
async def list_bulk(call: Call, query: shapes.BulkListQuery) -> Sent:
    """List bulk work, the newest first."""
    async with call.desk.runtime.db.read() as conn:
        rows = await desk.latest(conn, query.cursor, query.limit + 1)
    return ok({"items": [_ROW(row) for row in rows[: query.limit]], "next_cursor": _cursor(rows, query.limit)})


@bulk.get("/v1/bulk/{id:uuid}", {200: Gives("How it stands.", shapes.BulkState)})
async def read_bulk(call: Call) -> Sent:
    """See how bulk work stands: its preview, then its progress."""
    async with call.desk.runtime.db.read() as conn:
        return ok(_shown(await desk.look(conn, call.id), call.lang))


@bulk.post("/v1/bulk/{id:uuid}/begin", {200: Gives("Begun.", shapes.BulkState)}, problems=frozenset({409}))
async def begin_bulk(call: Call) -> Sent:
    """Begin what was previewed, or go on with what was stopped.

    Each complaint of the snapshot is taken at most once, with your rights and the same guards as one by one.
    """

    async def work(conn: AsyncConnection) -> Row:
        return await desk.begin(call.desk, conn, call.actor, call.by, call.id)

    return await _once(call, work)


@bulk.post("/v1/bulk/{id:uuid}/stop", {200: Gives("Stopping.", shapes.BulkState)}, problems=frozenset({409}))
async def stop_bulk(call: Call) -> Sent:
    """Stop bulk work before its next complaint; what was done stays done."""

    async def work(conn: AsyncConnection) -> Row:
        return await desk.stop(call.desk, conn, call.by, call.id)

    return await _once(call, work)


@bulk.get("/v1/bulk/{id:uuid}/results", {200: Gives("A page.", shapes.BulkResults)}, query=shapes.BulkResultsQuery)
async def list_bulk_results(call: Call, query: shapes.BulkResultsQuery) -> Sent:
    """List what became of each complaint."""
    async with call.desk.runtime.db.read() as conn:
        rows = await desk.results(conn, call.id, query.cursor, query.limit + 1)
    return ok({"items": [_item(row, call.lang) for row in rows[: query.limit]], "next_cursor": _cursor(rows, query.limit)})


@bulk.get(
    "/v1/bulk/{id:uuid}/results/file",
    {200: Gives("The file.", headers={"Content-Disposition": "A name for the file."}, media=_FILE)},
    query=shapes.BulkFileQuery,
)
async def fetch_bulk_results(call: Call, query: shapes.BulkFileQuery) -> Sent:
    """Fetch what became of each complaint as a file."""
    from app.integrations.feeds.export import MEDIA, Column, export

    async with call.desk.runtime.db.read() as conn:
        first = await desk.results(conn, call.id, None, _PAGE)
    columns = tuple(Column(name, Words(zh, en)) for name, zh, en in _COLUMNS)
    folder = call.desk.runtime.settings.var / "exports" if query.format == "xlsx" else None
    parts = export(_walk(call, first), columns, query.format, lang=call.lang, folder=folder, bom=query.bom)
    headers = {"Content-Disposition": f'attachment; filename="bulk.{query.format}"'}
    return StreamingResponse(parts, media_type=MEDIA[query.format], headers=headers)


_PAGE: Final = 500
_COLUMNS: Final = (
    ("number", "投诉编号", "Number"),
    ("complaint_id", "内部编号", "Id"),
    ("status", "结果", "Result"),
    ("code", "原因代码", "Code"),
    ("message", "原因", "Reason"),
    ("state", "之后的环节", "Stage after it"),
    ("version", "之后的版本", "Version after it"),
    ("ended_at", "时间", "Time"),
)


async def _walk(call: Call, rows: list[Row]) -> AsyncIterator[Row]:
    while rows:
        for row in rows:
            yield _item(row, call.lang)
        if len(rows) < _PAGE:
            return
        async with call.desk.runtime.db.read() as conn:
            rows = await desk.results(conn, call.id, rows[-1]["id"], _PAGE)


def _given(command: Any) -> dict[str, Any]:
    """The parameters as JSON keeps them."""
    match command:
        case shapes.TransitionCommand():
            return {"steps": [step.model_dump() for step in command.steps]}
        case shapes.AssignmentCommand():
            named = [name for name in ("owner", "assignee", "team") if name in command.model_fields_set]
            values = {name if name == "team" else f"{name}_id": getattr(command, name) for name in named}
            return {"values": {n: str(v) if isinstance(v, UUID) else v for n, v in values.items()}, "reason": command.reason}
        case _:
            found: dict[str, Any] = command.model_dump(mode="json", exclude={"kind"})
            return found


async def _once(call: Call, work: Callable[[AsyncConnection], Awaitable[Row]], status: int = 200) -> Sent:
    async def done(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row = await work(conn)
        headers = {"Location": f"/v1/bulk/{row['id']}"} if status == 201 else {}
        return Answer(status, headers, dumps(_shown(await desk.look(conn, row["id"]), call.lang))), None

    return await once(call.desk, call.same, done)


def _shown(row: Row, lang: Lang) -> dict[str, Any]:
    refused = [
        {"code": one["code"], "message": _message(one, lang) or "", "count": one["count"], "example": one["number"]}
        for one in row["refused"]
    ]
    return {**_ROW(row), "counts": row["counts"], "refused": refused, "sample": [_item(one, lang) for one in row["sample"]]}


def _item(row: Row, lang: Lang) -> dict[str, Any]:
    names = ("id", "complaint_id", "number", "status", "code", "state", "version", "ended_at")
    return {**{name: row[name] for name in names}, "message": _message(row, lang)}


def _message(row: Row, lang: Lang) -> str | None:
    return " ".join(reason[lang] for reason in row["reasons"]) if row["reasons"] else None


def _cursor(rows: list[Row], limit: int) -> UUID | None:
    return rows[limit - 1]["id"] if len(rows) > limit else None
