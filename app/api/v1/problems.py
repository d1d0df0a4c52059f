"""Errors as answers: one table from error to status, one shape (RFC 9457 problem details), in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.access.answers import Answer
from app.db.migrate import NotMigrated
from app.errors import (
    AmendsError,
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    PreconditionRequired,
    Refused,
    StaleVersion,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)
from app.texts import Lang, has, say


class MethodNotAllowed(AmendsError):
    """The address is known, but does not take this method."""

    code = "method_not_allowed"


STATUS: Final[Mapping[type[AmendsError], int]] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Refused: 409,
    Conflict: 409,
    StaleVersion: 412,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Invalid: 422,
    KeyReused: 422,
    PreconditionRequired: 428,
    Busy: 503,
    NotMigrated: 503,
    AmendsError: 500,
}
"""The one place where an error becomes a status; a subclass has the status of its nearest base."""

PLACES: Final[Mapping[type[AmendsError], str]] = {
    Unauthenticated: "Authorization",
    NotFound: "path",
    MethodNotAllowed: "method",
    Forbidden: "Authorization",
    StaleVersion: "If-Match",
    TooLarge: "body",
    UnsupportedMedia: "Content-Type",
    KeyReused: "Idempotency-Key",
}
"""Which part of the request an error is about where its reasons do not say; one without reasons is its own reason."""

PROBLEM: Final = "application/problem+json"
RETRY_AFTER: Final = "1"  # seconds


def status_of(error: AmendsError) -> int:
    """The HTTP status of `error`."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(error: AmendsError, lang: Lang, request_id: str, instance: str) -> Answer:
    """`error` as an answer; `instance` is the path that was asked for."""
    status = status_of(error)
    headers = {"Content-Type": PROBLEM, "Content-Language": lang}
    match error:
        case Unauthenticated():
            headers["WWW-Authenticate"] = 'Bearer realm="amends"'
        case MethodNotAllowed():
            headers["Allow"] = str(error.params["allowed"])
        case Busy() | NotMigrated():
            headers["Retry-After"] = RETRY_AFTER
        case _:
            pass
    return Answer(status, headers, orjson.dumps(document(error, lang, request_id, instance)))


def document(error: AmendsError, lang: Lang, request_id: str, instance: str) -> dict[str, Any]:
    """The problem as a JSON object."""
    status, detail = status_of(error), _detail(error, lang)
    place = PLACES.get(type(error))
    reasons = [{"code": r.code, "message": r.message(lang), "where": r.where or place} for r in error.reasons]
    if not reasons and place is not None:
        reasons = [{"code": error.problem, "message": detail, "where": place}]
    return {
        "type": f"/docs#problem-{error.problem}",
        "title": say(lang, f"api.titles.{status}"),
        "status": status,
        "detail": detail,
        "code": error.problem,
        "instance": instance,
        "reasons": reasons,
        "request_id": request_id,
    }


def _detail(error: AmendsError, lang: Lang) -> str:
    """The words of the problem; what is missing is named in the reader's language where the texts know it."""
    if not isinstance(error, NotFound):
        return error.message(lang)
    what = str(error.params.get("what", "address"))
    whole = "_".join(what.replace("(", "").replace(")", "").split())
    if has(f"api.things.{whole}"):
        return say(lang, "problems.not_found", what=say(lang, f"api.things.{whole}"))
    kind, _, name = what.partition(" ")
    known = f"api.things.{kind}"
    return say(lang, "problems.not_found", what=f"{say(lang, known)} {name}" if has(known) else what)
