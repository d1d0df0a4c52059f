"""What comes in, from bytes to values: size, content type, JSON, model; every refusal names the field and the remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import Receive

from app.api.v1.json_keys import perhaps_repeated, repeated_key
from app.api.v1.refusals import reasons_of
from app.errors import Invalid, Reason, TooLarge, UnsupportedMedia

MAX_DEPTH: Final = 32
JSON: Final = "application/json"
_QUERY_LIMIT: Final = 8192


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLarge beyond `limit` bytes, before they are read where the length is told."""
    told = headers.get(b"content-length")
    if told is not None and told.isdigit() and int(told) > limit:
        raise TooLarge(limit=limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Invalid(Reason("body_cut", "body"))
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit=limit)
        if not message.get("more_body"):
            return chunk if not chunks else b"".join([*chunks, chunk])
        chunks.append(chunk)


def check_json(headers: Mapping[bytes, bytes]) -> None:
    """Raise UnsupportedMedia unless the body is said to be JSON, in UTF-8 and not compressed."""
    media, _, rest = headers.get(b"content-type", b"").decode("latin-1").partition(";")
    charset = rest.strip().lower().replace('"', "")
    plain = headers.get(b"content-encoding", b"identity").lower() == b"identity"
    if media.strip().lower() != JSON or charset not in ("", "charset=utf-8", "charset=utf8") or not plain:
        raise UnsupportedMedia(allowed=JSON)


def check_media(headers: Mapping[bytes, bytes], admitted: tuple[str, ...]) -> None:
    """Raise UnsupportedMedia unless the body is one of `admitted`, not compressed."""
    media = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if media not in admitted or headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMedia(allowed=", ".join(admitted))


def as_text(raw: bytes) -> str:
    """A body of text. Raises Invalid unless it is UTF-8 and not empty."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(Reason("text_not_utf8", "body", {"at": error.start + 1})) from error
    if not text.strip():
        raise Invalid(Reason("text_nothing", "body"))
    return text


def parse_json(raw: bytes) -> Any:
    """The JSON value of `raw`. Raises Invalid: json_empty, json_invalid, json_deep, json_surrogate, json_repeated."""
    if not raw:
        raise Invalid(Reason("json_empty", "body"))
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid(_unread(raw, error)) from error
    # Counting brackets settles nearly every body without a walk: it cannot be deeper than it has of them.
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(value, MAX_DEPTH) > MAX_DEPTH:
        raise Invalid(Reason("json_deep", "body", {"max": MAX_DEPTH}))
    if perhaps_repeated(raw, value) and (path := repeated_key(raw)) is not None:
        raise Invalid(Reason("json_repeated", path))
    return value


def validated(adapter: TypeAdapter[Any], value: Any) -> Any:
    """`value` as the body that `adapter` describes. Raises Invalid with a reason for each field."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise Invalid.of(reasons_of(error)) from None


def read_query(model: type[BaseModel], query: bytes) -> Any:
    """The query string as `model`. Parameters that it does not know, and repeated ones that are no list, are refused."""
    return _modelled(model, _pairs(query))


def no_query(query: bytes) -> None:
    """Refuse parameters where none is known: a misspelt one would be left out in silence."""
    refused = [Reason("query_unknown_none", name[:80], {"name": name[:80]}) for name, _ in _pairs(query)] if query else ()
    if refused:
        raise Invalid(*refused)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    if len(query) > _QUERY_LIMIT:
        raise Invalid(Reason("query_too_long", "query", {"max": _QUERY_LIMIT}))
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=100)
    except ValueError:
        raise Invalid(Reason("query_unreadable", "query")) from None


def _modelled(model: type[BaseModel], pairs: list[tuple[str, str]]) -> Any:
    values: dict[str, Any] = {}
    repeated: list[Reason] = []
    lists = _list_fields(model)
    for name, value in pairs:
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            repeated.append(Reason("query_repeated", name, {"name": name}))
        else:
            values[name] = value
    if repeated:
        raise Invalid(*repeated)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid.of(reasons_of(error, query=tuple(f.alias or name for name, f in model.model_fields.items()))) from None


_LISTS: dict[type[BaseModel], frozenset[str]] = {}


def _list_fields(model: type[BaseModel]) -> frozenset[str]:
    """The parameters of `model` that may come several times."""
    known = _LISTS.get(model)
    if known is None:
        shapes = model.model_json_schema()["properties"]
        known = frozenset(n for n, s in shapes.items() if "array" in {s.get("type"), *(a.get("type") for a in s.get("anyOf", ()))})
        _LISTS[model] = known
    return known


def _depth(value: Any, limit: int) -> int:
    """How many objects and lists stand within each other; stops to count above `limit`."""
    if limit < 0 or not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(v, limit - 1) for v in inner), default=0)


def _unread(raw: bytes, error: orjson.JSONDecodeError) -> Reason:
    """Why `raw` is no JSON; the standard parser, which admits halves of characters, tells in which field one stands."""
    params = {"line": error.lineno, "column": error.colno}
    if "depth limit" in error.msg:
        return Reason("json_deep", "body", {"max": MAX_DEPTH})
    if b"\\u" in raw:
        try:
            where = _half(json.loads(raw, parse_constant=_no_constant), "")
        except (ValueError, RecursionError):
            where = None
        if where is not None:
            return Reason("json_surrogate", where or "body")
    return Reason("json_invalid", "body", params)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _half(value: Any, path: str) -> str | None:
    """The dotted path of the first string with half of a surrogate pair."""
    if isinstance(value, str):
        return path if any("\ud800" <= c <= "\udfff" for c in value) else None
    if isinstance(value, dict):
        for name, inner in value.items():
            if _half(name, path) is not None:
                return path
            found = _half(inner, f"{path}.{name}" if path else name)
            if found is not None:
                return found
    if isinstance(value, list):
        for number, inner in enumerate(value):
            found = _half(inner, f"{path}[{number}]")
            if found is not None:
                return found
    return None
