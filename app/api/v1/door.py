"""From a request to an operation and back to bytes: one door an address, one shape of errors, nothing in between."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.access.answers import Answer
from app.api.v1 import deps
from app.api.v1.language import language_of
from app.api.v1.operation import JSON, Operation
from app.api.v1.problems import MethodNotAllowed, problem
from app.api.v1.reading import check_json, no_query, parse_json, read_body, read_query, validated
from app.db.engine import passing
from app.desk.desk import Desk, by_of
from app.errors import AmendsError, Busy, NotFound
from app.texts import Lang

log = structlog.get_logger()
_JSON_TYPE = (b"content-type", JSON.encode())
_REPLAYED = (b"idempotency-replayed", b"true")


class Door:
    """An ASGI application: all operations of one address."""

    def __init__(self, desk: Desk, template: str, operations: Sequence[Operation]) -> None:
        self.desk, self.template = desk, template
        self.operations = {operation.method: operation for operation in operations}
        self.allow = ", ".join(sorted({*self.operations, *(["HEAD"] if "GET" in self.operations else [])}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["amends.route"] = self.template
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        lang = language_of(headers.get(b"accept-language"), self.desk.runtime.settings.language)
        method = scope["method"]
        repeated = False
        try:
            sent = await self._carry_out(self._operation(method), scope, receive, headers, lang)
            if isinstance(sent, Response):
                await sent(scope, receive, send)
                return
            answer, repeated = _still_there(sent)
        except AmendsError as error:
            answer = _told(error, scope, lang)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller hears of it in our own words
            answer = _failed(error, scope, lang)
        await send_answer(send, answer, repeated=repeated)

    def _operation(self, method: str) -> Operation:
        found = self.operations.get("GET" if method == "HEAD" else method)
        if found is None:
            raise MethodNotAllowed(method=method[:20], allowed=self.allow)
        return found

    async def _carry_out(
        self, operation: Operation, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes], lang: Lang
    ) -> tuple[Answer, bool] | Response:
        desk, given = self.desk, {}
        if operation.public:
            return await operation.endpoint(desk, scope, headers, lang)
        actor = await deps.signed_in(desk, headers, operation.method, self.template)
        scope["amends.actor"] = actor.id
        expected = None
        if operation.if_match != "no":
            expected = deps.expected_version(headers, required=operation.if_match == "required")
        query = scope["query_string"]
        if operation.query is not None:
            given["query"] = read_query(operation.query, query)
        elif query:
            no_query(query)
        raw = b""
        if operation.body is not None:
            check_json(headers)
            raw = await read_body(headers, receive, desk.runtime.settings.body_limit)
            given["body"] = validated(operation.body, parse_json(raw))
        same = (
            deps.same_request(desk, actor, scope, headers, self.template, raw)
            if operation.keyed and operation.raw is None
            else None
        )
        person = deps.acts_for(headers, actor) if operation.delegable else None
        by = by_of(actor, scope["amends.request_id"], person)
        call = deps.Call(desk, actor, by, lang, scope, receive, headers, scope["path_params"], expected, same)
        return await operation.endpoint(call, **given)


def routes(desk: Desk, operations: Sequence[Operation]) -> list[Route]:
    """A route an address, in the order in which the addresses first appear."""
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, []).append(operation)
    return [Route(path, Door(desk, found[0].template, found), include_in_schema=False) for path, found in by_path.items()]


async def send_answer(send: Send, answer: Answer, *, repeated: bool = False) -> None:
    """`answer` as it was made; `repeated` says in a header that it was given before."""
    body = answer.body or b""
    headers: list[tuple[bytes, bytes]] = []
    typed = False
    for name, value in answer.headers.items():
        typed = typed or name == "Content-Type"
        headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    if not typed:
        headers.append(_JSON_TYPE)
    headers.append((b"content-length", str(len(body)).encode()))
    if repeated:
        headers.append(_REPLAYED)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _still_there(sent: tuple[Answer, bool]) -> tuple[Answer, bool]:
    """What was answered before about a customer who was erased since is gone with the key."""
    if sent[0].body is None:
        raise NotFound(what="customer (erased)")
    return sent


def path_of(scope: Scope) -> str:
    """The path that was asked for, as a reference that is plain ASCII."""
    raw: bytes = scope.get("raw_path") or b"/"
    return raw.decode("ascii", "replace")[:2000].partition("?")[0]


def _told(error: AmendsError, scope: Scope, lang: Lang) -> Answer:
    return problem(error, lang, scope["amends.request_id"], path_of(scope))


def _failed(error: Exception, scope: Scope, lang: Lang) -> Answer:
    """A database that is away or busy is told so; anything else is a defect of ours."""
    if passing(error):
        log.warning("database_busy", request_id=scope["amends.request_id"], error=type(error).__name__)
        return _told(Busy(), scope, lang)
    return _unexpected(error, scope, lang)


def _unexpected(error: Exception, scope: Scope, lang: Lang) -> Answer:
    """A defect: logged with its trace and the request id, told without either.

    What a database says quotes the values of the statement, so of that only the kind is logged.
    """
    of_database = isinstance(error, DBAPIError) or hasattr(error, "sqlstate")
    said = getattr(getattr(error, "orig", error), "sqlstate", None) if of_database else str(error)[:200]
    trace = "".join(traceback.format_tb(error.__traceback__))
    request_id, route = scope["amends.request_id"], scope["amends.route"]
    log.error("unexpected_error", request_id=request_id, route=route, error=type(error).__name__, said=said, trace=trace)
    return _told(AmendsError(), scope, lang)
