"""What stands around the API for people and programs: its document, and a page that reads it out without any script."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from starlette.types import Scope

from app.access.answers import Answer
from app.api.v1.deps import Headers
from app.api.v1.docs_page import page
from app.api.v1.operation import Gives, Operations, Sent
from app.desk.desk import Desk
from app.texts import Lang

pages = Operations("service")
_HTML = {"text/html": {"schema": {"type": "string"}}}
_STYLED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@lru_cache(maxsize=1)
def api() -> dict[str, Any]:
    """The OpenAPI document; made when it is first asked for, since hardly any process is."""
    from app.api.v1.all import OPERATIONS
    from app.api.v1.openapi import document

    return document(OPERATIONS)


@lru_cache(maxsize=1)
def _api_bytes() -> bytes:
    return orjson.dumps(api())


@lru_cache(maxsize=2)
def _page(lang: Lang) -> bytes:
    return page(api(), lang).encode()


@pages.get("/openapi.json", {200: Gives("The OpenAPI document.")}, public=True)
async def read_document(_desk: Desk, _scope: Scope, _headers: Headers, _lang: Lang) -> Sent:
    """The OpenAPI document."""
    return Answer(200, {}, _api_bytes()), False


@pages.get("/docs", {200: Gives("The page.", media=_HTML)}, public=True)
async def read_page(_desk: Desk, scope: Scope, _headers: Headers, lang: Lang) -> Sent:
    """The API to read; `?lang=zh` or `?lang=en` chooses the language."""
    chosen: Lang = {b"lang=zh": "zh", b"lang=en": "en"}.get(scope["query_string"], lang)  # type: ignore[assignment]
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _STYLED, "Content-Language": chosen}
    return Answer(200, headers, _page(chosen)), False


@pages.get("/", {307: Gives("To the page.")}, public=True)
async def root(_desk: Desk, _scope: Scope, _headers: Headers, _lang: Lang) -> Sent:
    """The way to the page."""
    return Answer(307, {"Location": "/docs"}, b""), False
