"""What an operation is handed: one `Call`, made of the request by one SELECT (whose token is it?) and plain checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from starlette.types import Receive, Scope

from app.access.actor import Actor
from app.access.answers import Request, request_of
from app.access.roles import Role
from app.access.tokens import authenticate
from app.api.v1.permissions import allowed
from app.api.v1.reading import as_text, check_media, read_body
from app.audit.events import By
from app.desk.desk import Desk
from app.desk.outcome import Render, Reply
from app.errors import Forbidden, Invalid, PreconditionRequired, Reason, Unauthenticated
from app.texts import Lang

Headers = Mapping[bytes, bytes]
_ETAG: Final = re.compile(rb'"([1-9][0-9]{0,8})"')
PERSON: Final = "[A-Za-z0-9][A-Za-z0-9._@-]{0,99}"
_PERSON: Final = re.compile(PERSON.encode())
_KEY: Final = re.compile(rb"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated request. `expected` is the version of If-Match; `key` the Idempotency-Key with which it may be repeated."""

    desk: Desk
    actor: Actor
    by: By
    lang: Lang
    scope: Scope
    receive: Receive
    headers: Headers
    path: Mapping[str, Any]
    expected: int | None = None
    same: Request | None = None

    @property
    def id(self) -> UUID:
        """The id in the path."""
        found: UUID = self.path["id"]
        return found

    async def text(self, *media: str) -> str:
        """The body as text of one of the content types `media`. Raises UnsupportedMedia, TooLarge, Invalid."""
        check_media(self.headers, media)
        return as_text(await read_body(self.headers, self.receive, self.desk.runtime.settings.body_limit))

    def same_as(self, body: bytes) -> Request | None:
        """The identity of a request whose body the operation read itself."""
        return same_request(self.desk, self.actor, self.scope, self.headers, self.scope["amends.route"], body)

    def reply(self, render: Render) -> Reply:
        """How a use case answers this call."""
        return Reply(render, self.same)


async def signed_in(desk: Desk, headers: Headers, method: str, template: str) -> Actor:
    """Who calls, if the table of permissions lets in one of the roles. Raises Unauthenticated, Forbidden."""
    actor = await authenticate(desk.runtime.db, token_of(headers), desk.runtime.clock.now())
    open_to = allowed(method, template)
    if actor.roles.isdisjoint(open_to):
        raise Forbidden(roles=", ".join(sorted(actor.roles)) or "-", allowed=", ".join(sorted(open_to)))
    return actor


def token_of(headers: Headers) -> str:
    """The bearer token shown. Raises Unauthenticated when there is none."""
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if not token:
        raise Unauthenticated(Reason("token_missing", "Authorization"))
    if scheme.lower() != b"bearer":
        raise Unauthenticated(Reason("token_scheme", "Authorization"))
    return token.strip().decode("latin-1")


def expected_version(headers: Headers, *, required: bool) -> int | None:
    """The version in If-Match. Raises PreconditionRequired when it is missing or is not one strong ETag as we give it."""
    sent = headers.get(b"if-match")
    if sent is None:
        if required:
            raise PreconditionRequired(Reason("if_match_missing", "If-Match"))
        return None
    found = _ETAG.fullmatch(sent.strip())
    if found is None:
        raise PreconditionRequired(Reason("if_match_form", "If-Match"))
    return int(found[1])


def acts_for(headers: Headers, actor: Actor) -> str | None:
    """The person named in On-Behalf-Of, for whom a program acts. Raises Forbidden for others than programs, Invalid."""
    sent = headers.get(b"on-behalf-of")
    if sent is None:
        return None
    if Role.INTEGRATION not in actor.roles:
        reason = Reason("on_behalf_role", "On-Behalf-Of")
        raise Forbidden(reason, roles=", ".join(sorted(actor.roles)), allowed=Role.INTEGRATION.value)
    if not _PERSON.fullmatch(sent):
        raise Invalid(Reason("on_behalf_form", "On-Behalf-Of"))
    return sent.decode("ascii")


def same_request(desk: Desk, actor: Actor, scope: Scope, headers: Headers, template: str, body: bytes) -> Request | None:
    """The identity of a request that may be repeated; None without an Idempotency-Key. Raises Invalid for a bad key."""
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid(Reason("key_form", "Idempotency-Key"))
    content = b"\0".join((scope["raw_path"], scope["query_string"], headers.get(b"if-match", b""), body))
    return request_of(
        desk.vault, user_id=actor.id, method=scope["method"], template=template, key=key.decode("ascii"), body=content
    )
