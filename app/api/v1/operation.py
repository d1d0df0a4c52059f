"""An operation as data: method and address, what it takes, what it answers. Routing and the OpenAPI document both read it.

FastAPI's own parsing is not used: measured, its dependencies, body model and response model cost as much as the two
SELECTs of a step, and its documents could not say what ours must (headers, problems, one body of two forms).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from app.access.answers import Answer
from app.access.roles import Role
from app.api.v1.permissions import allowed
from app.texts import say

Sent = tuple[Answer, bool] | Response
"""An answer and whether it repeats one given before; or a response of its own kind (a page, a stream)."""
Endpoint = Callable[..., Awaitable[Sent]]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Gives:
    """A successful answer: what it says, its JSON model or media types, its headers (name → description).

    `leads_to`: operations that take what it says, each with the parameters and where they stand in the answer.
    """

    description: str
    model: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    leads_to: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `if_match`: whether the version must be sent. `keyed`: an Idempotency-Key is honoured. `raw`: the endpoint reads the
    body itself. `problems`: statuses beyond those that follow from the rest. `public`: no token.
    """

    method: str
    path: str
    endpoint: Endpoint
    tag: str
    answers: Mapping[int, Gives]
    body: TypeAdapter[Any] | None = None
    query: type[BaseModel] | None = None
    path_params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    if_match: Literal["required", "optional", "no"] = "no"
    keyed: bool = False
    raw: Mapping[str, Mapping[str, Any]] | None = None
    problems: frozenset[int] = frozenset()
    public: bool = False
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def delegable(self) -> bool:
        """Whether a program may do it on behalf of a person, whom the events then name beside it."""
        return self.method != "GET" and Role.INTEGRATION in allowed(self.method, self.template)

    @property
    def template(self) -> str:
        """The address without convertors: `/v1/complaints/{id}`."""
        return template_of(self.path)

    @property
    def name(self) -> str:
        """The operation's id in the OpenAPI document."""
        return self.endpoint.__name__

    @property
    def summary(self) -> str:
        """What it does, in a line; the words of all operations stand in the texts."""
        return say("en", f"api.operations.{self.name}")

    @property
    def description(self) -> str:
        """The endpoint's docstring."""
        return "\n".join(line.strip() for line in (self.endpoint.__doc__ or "").strip().splitlines())


def template_of(path: str) -> str:
    """`/v1/x/{id:uuid}` as `/v1/x/{id}`."""
    parts = path.split("{")
    return parts[0] + "".join("{" + part.partition("}")[0].partition(":")[0] + "}" + part.partition("}")[2] for part in parts[1:])


class Operations:
    """Collects the operations of a file: `@operations.post("/v1/…", …)` above each endpoint."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Operation] = []

    def _add(self, method: str, path: str, answers: Mapping[int, Gives], body: Any, **more: Any) -> Callable[[Endpoint], Endpoint]:
        adapter = None if body is None else TypeAdapter(body)

        def keep(endpoint: Endpoint) -> Endpoint:
            self.all.append(Operation(method, path, endpoint, self.tag, answers, adapter, **more))
            return endpoint

        return keep

    def get(self, path: str, answers: Mapping[int, Gives], **more: Any) -> Callable[[Endpoint], Endpoint]:
        """An operation that changes nothing."""
        return self._add("GET", path, answers, None, **more)

    def post(
        self, path: str, answers: Mapping[int, Gives], *, body: Any = None, keyed: bool = True, **more: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """An operation that creates or moves; it may be repeated under an Idempotency-Key."""
        return self._add("POST", path, answers, body, keyed=keyed, **more)

    def put(self, path: str, answers: Mapping[int, Gives], *, body: Any, **more: Any) -> Callable[[Endpoint], Endpoint]:
        """An operation that stores a whole thing under its name; a repeat changes nothing."""
        return self._add("PUT", path, answers, body, **more)

    def patch(self, path: str, answers: Mapping[int, Gives], *, body: Any, **more: Any) -> Callable[[Endpoint], Endpoint]:
        """An operation that changes parts of a thing."""
        return self._add("PATCH", path, answers, body, **more)
