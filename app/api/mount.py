"""The API on an application: its routes, its document, its frame."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.api.admission import Admission
from app.api.frame import Frame
from app.api.v1.all import OPERATIONS
from app.api.v1.door import path_of, routes, send_answer
from app.api.v1.language import language_of
from app.api.v1.pages import pages
from app.api.v1.problems import problem
from app.desk.desk import Desk
from app.errors import NotFound


def mount(app: FastAPI, desk: Desk) -> None:
    """Hang the API into `app`, outermost its frame."""
    known = (*OPERATIONS, *pages.all)
    app.router.routes.extend(routes(desk, known))
    app.add_middleware(Admission, desk=desk)
    app.add_middleware(Frame, metrics=desk.runtime.metrics)

    async def nowhere(scope: Scope, _receive: Receive, send: Send) -> None:
        lang = language_of(dict(scope["headers"]).get(b"accept-language"), desk.runtime.settings.language)
        await send_answer(send, problem(NotFound(what="address"), lang, scope["amends.request_id"], path_of(scope)))

    app.router.default = nowhere
