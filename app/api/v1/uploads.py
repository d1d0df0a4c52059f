"""A file and its map out of a request: received in pieces into a folder that nobody else may read, gone when it is done."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from app.api.v1.deps import Call
from app.errors import Invalid, NotFound, Reason, TooLarge, UnsupportedMedia

MULTIPART: Final = "multipart/form-data"
RAW: Final = {
    "text/csv": "upload.csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "upload.xlsx",
    "application/octet-stream": "upload",
}
"""Content types of a bare file, with the name that it is given; what it is, its content tells."""
MAP_LIMIT: Final = 262_144
_NAME: Final = re.compile(r"[\w.-]{1,80}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file, and the text of the map that says which column fills which field."""

    file: Path
    map_text: str
    map_name: str


@asynccontextmanager
async def received(call: Call, map_name: str | None) -> AsyncIterator[Upload]:
    """The file of the request, and its map: a part of the form, or the delivered one called `map_name`.

    Raises TooLarge, UnsupportedMedia, Invalid (no file, no map, a form that cannot be read), NotFound (no such map).
    """
    if call.headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMedia(allowed=", ".join((MULTIPART, *RAW)))
    media = call.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if media != MULTIPART and media not in RAW:
        raise UnsupportedMedia(allowed=", ".join((MULTIPART, *RAW)))
    text = None if map_name is None else await asyncio.to_thread(_delivered, call, map_name)
    if media != MULTIPART and text is None:
        raise Invalid(Reason("import_map_missing", "map"))
    folder = await asyncio.to_thread(_folder, call.desk.runtime.settings.var / "imports")
    receive = _limited(call.receive, call.desk.runtime.settings.import_limit)
    try:
        if media == MULTIPART:
            yield await _from_form(call, receive, folder, text, map_name)
        else:
            file = folder / RAW[media]
            await _store(receive, file)
            yield Upload(file, text or "", f"{map_name}.yaml")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folder(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(prefix="incoming-", dir=parent))


def _delivered(call: Call, name: str) -> str:
    """The text of a map that lies in `workflows/maps`."""
    maps = Path(call.desk.runtime.settings.workflows) / "maps"
    file = maps / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in maps.glob("*.yaml"))) or "-"
        raise NotFound(Reason("import_map_unknown", "map", {"name": name, "known": known}), what="import map")
    return file.read_text("utf-8")


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive`, refusing to go on beyond `limit` bytes and when the sender has gone."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] != "http.request":
            raise Invalid(Reason("body_cut", "body"))
        size += len(message.get("body", b""))
        if size > limit:
            raise TooLarge(limit=limit)
        return message

    return counted


async def _store(receive: Receive, file: Path) -> None:
    with file.open("wb") as out:
        while True:
            message = await receive()
            await asyncio.to_thread(out.write, message.get("body", b""))
            if not message.get("more_body"):
                return


async def _from_form(call: Call, receive: Receive, folder: Path, text: str | None, map_name: str | None) -> Upload:
    try:
        form = await Request(call.scope, receive).form(max_files=2, max_fields=2, max_part_size=MAP_LIMIT)
    except HTTPException as error:
        raise Invalid(Reason("multipart_unreadable", "body")) from error
    try:
        sent = form.get("file")
        if not isinstance(sent, UploadFile):
            raise Invalid(Reason("import_file_missing", "file"))
        text = text or await _map_of(form)
        file = folder / _safe(sent.filename)
        await asyncio.to_thread(_copy, sent.file, file)
    finally:
        await form.close()
    return Upload(file, text, f"{map_name or 'map'}.yaml")


async def _map_of(form: FormData) -> str:
    sent = form.get("map")
    if isinstance(sent, str):
        return sent
    if sent is None:
        raise Invalid(Reason("import_map_missing", "map"))
    raw = await sent.read(MAP_LIMIT + 1)
    if len(raw) > MAP_LIMIT:
        raise TooLarge(limit=MAP_LIMIT)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(Reason("text_not_utf8", "map", {"at": error.start + 1})) from error


def _copy(source: IO[bytes], file: Path) -> None:
    with file.open("wb") as out:
        shutil.copyfileobj(source, out)


def _safe(name: str | None) -> str:
    """The last part of the name that was sent, if it is a plain one: it is only told, never trusted."""
    last = Path((name or "").replace("\\", "/")).name
    return last if _NAME.fullmatch(last) and last.strip(".") else "upload"
