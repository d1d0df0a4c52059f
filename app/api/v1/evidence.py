"""The evidence pack of a complaint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.responses import StreamingResponse

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.schemas.queries import Flag, Query
from app.desk.evidence import evidence as gather

evidence = Operations("audit")
ZIP: Final = "application/zip"
_FILE: Final[dict[str, dict[str, Any]]] = {ZIP: {"schema": {"type": "string", "contentMediaType": ZIP}}}
_CHUNK: Final = 65_536


class EvidenceQuery(Query):
    """What is to be in it."""

    personal: Annotated[Flag, Field(description="The customer's name and numbers, not masked; for supervisors.")] = False


@evidence.get(
    "/v1/complaints/{id:uuid}/evidence",
    {200: Gives("The pack.", headers={"Content-Disposition": "A name for the file."}, media=_FILE)},
    query=EvidenceQuery,
)
async def read_evidence(call: Call, query: EvidenceQuery) -> Sent:
    """Take the whole record of a complaint as a zip.

    `record.json` and `record.html` (to read, in both languages) hold the history with its words, contacts, promises, work orders,
    appeals, messages and all else that belongs to it; beside them the text of the workflow's version and `SHA256SUMS`. That it was
    taken, by whom, and whether with personal data, is an event of the complaint.
    """
    number, packed = await gather(call.desk, call.actor, call.by, call.id, personal=query.personal)
    headers = {"Content-Disposition": f'attachment; filename="evidence-{number}.zip"'}
    return StreamingResponse(_parts(packed), media_type=ZIP, headers=headers)


async def _parts(packed: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(packed), _CHUNK):
        yield packed[start : start + _CHUNK]
