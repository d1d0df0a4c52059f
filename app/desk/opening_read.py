"""All that the opening of a complaint reads, in one SELECT: the current workflow, the stored answer, the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Literal

from sqlalchemy import and_, bindparam, select

from app.access.tables import data_key, stored_answer
from app.catalogue.tables import current_definition
from app.complaints.queries import CURRENT_TERMS, Versions
from app.customers.tables import customer
from app.db.engine import Database
from app.db.prepared import Prepared

Column = Literal["id", "external_hash", "phone_hash"]
_ANSWER = ("key_hash", "body_hash", "status", "headers", "sealed_answer", "key_id")
_CUSTOMER = tuple(str(c.name) for c in customer.columns)


def _statement(by: Column) -> Prepared:
    answer_key = data_key.alias("answer_key")
    meant = customer.c[by] == bindparam("customer")
    if by != "id":
        meant = and_(meant, customer.c.same_as.is_(None))
    # Of those who share a telephone the CRM's come first: with three rows it is told whether that is one person or several.
    order = (customer.c.provisional, customer.c.id) if by == "phone_hash" else ()
    return Prepared(
        select(
            current_definition.c.version,
            *CURRENT_TERMS,
            *(stored_answer.c[name] for name in _ANSWER),
            answer_key.c.wrapped,
            *customer.columns,
            data_key.c.wrapped,
        )
        .select_from(current_definition)
        .outerjoin(stored_answer, stored_answer.c.key_hash == bindparam("key"))
        .outerjoin(answer_key, answer_key.c.id == stored_answer.c.key_id)
        .outerjoin(customer, meant)
        .outerjoin(data_key, data_key.c.id == customer.c.key_id)
        .where(current_definition.c.kind == "workflow", current_definition.c.name == bindparam("workflow"))
        .order_by(*order)
        .limit(3)
    )


_STATEMENTS: Mapping[Column, Prepared] = {
    "id": _statement("id"),
    "external_hash": _statement("external_hash"),
    "phone_hash": _statement("phone_hash"),
}
"""Made once: building a statement costs more than sending it."""


async def read_opening(
    database: Database, workflow: str, key: bytes | None, by: Column, value: Any
) -> tuple[int | None, Versions, Any, Sequence[Mapping[str, Any]]]:
    """(version of the current workflow or None, the terms, the row of the stored answer or None, up to three customers found)."""
    found = await database.rows(_STATEMENTS[by], {"workflow": workflow, "key": key or b"", "customer": value})
    if not found:
        return None, (None,) * len(CURRENT_TERMS), None, []
    first = tuple(found[0])
    begins = 1 + len(CURRENT_TERMS)
    ends = begins + len(_ANSWER)
    answer = None
    if first[begins] is not None:
        answer = SimpleNamespace(**dict(zip(_ANSWER, first[begins:ends], strict=True)), wrapped=first[ends])
    people = []
    for row in found:
        rest = tuple(row)[ends + 1 :]
        if rest[0] is not None:
            people.append({**dict(zip(_CUSTOMER, rest, strict=False)), "wrapped": rest[-1]})
    return first[0], first[1:begins], answer, people
