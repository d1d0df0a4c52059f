"""Files out: complaints that match, streamed."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import StreamingResponse

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.schemas.feeds import ExportQuery
from app.api.v1.schemas.queries import filters_of

exports = Operations("feeds")
_FILE: Final[dict[str, dict[str, Any]]] = {
    media: {"schema": {"type": "string", "contentMediaType": media}}
    for media in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/x-ndjson")
}


@exports.get(
    "/v1/exports/complaints",
    {200: Gives("The file.", headers={"Content-Disposition": "A name for the file."}, media=_FILE)},
    query=ExportQuery,
)
async def export_complaints(call: Call, query: ExportQuery) -> Sent:
    """Export the complaints that match, customers masked.

    The filters are those of the list. No cell of a table can be taken for a formula. Who exported what is on record before
    the first byte leaves.
    """
    from app.integrations.feeds import complaints_out
    from app.integrations.feeds.export import MEDIA

    folder = call.desk.runtime.settings.var / "exports" if query.format == "xlsx" else None
    chosen = await filters_of(call.desk, query)
    parts = await complaints_out.export_complaints(
        call.desk, call.by, chosen, query.format, lang=call.lang, bom=query.bom, folder=folder
    )
    headers = {"Content-Disposition": f'attachment; filename="complaints.{query.format}"'}
    return StreamingResponse(parts, media_type=MEDIA[query.format], headers=headers)
