"""Severity: the four levels with their written criteria, and what they suggest of a complaint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import ok
from app.api.v1.schemas.severity import SeverityCriteria
from app.complaints.severity import SeverityRules
from app.errors import NotFound
from app.texts import Lang

severity = Operations("reference")


@severity.get("/v1/severity", {200: Gives("The criteria.", SeverityCriteria)}, problems=frozenset({404}))
async def read_severity(call: Call) -> Sent:
    """Read the levels of severity with their written criteria.

    A criterion with `when` is checked by the program and suggested at intake and at each change; the others people judge.
    """
    policy = (await call.desk.terms()).policy
    rules = policy.severity
    if rules is None:
        raise NotFound(what="severity")
    levels = [{"level": one.level, "title": one.title.in_(call.lang), "says": one.says.in_(call.lang)} for one in rules.levels]
    criteria = [
        {**_criterion(rules, one.name, call.lang), "when": one.when.text if one.when is not None else None}
        for one in rules.criteria
    ]
    return ok({"policy_version": policy.version, "levels": levels, "criteria": criteria})


def suggested_json(found: tuple[Mapping[str, Any] | None, SeverityRules | None], lang: Lang) -> dict[str, Any] | None:
    """The shape `SeveritySuggested`."""
    suggests, rules = found
    if suggests is None or rules is None:
        return None
    return {"level": suggests["level"], "reasons": [_criterion(rules, name, lang) for name in suggests["criteria"]]}


def _criterion(rules: SeverityRules, name: str, lang: Lang) -> dict[str, Any]:
    one = next(one for one in rules.criteria if one.name == name)
    return {"criterion": one.name, "kind": one.kind, "level": one.level, "message": one.says.in_(lang)}
