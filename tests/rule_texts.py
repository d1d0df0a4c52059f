"""Random rules together with what they mean, worked out apart from CEL: three-valued logic in plain Python.

`rules()` draws pairs (text, meaning); a meaning takes facts, unknown ones left out, and returns True, False or None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from app.rules.facts import FactDecl, Kind
from app.texts import Words

Facts = Mapping[str, Any]
Meaning = Callable[[Facts], Any]
Term = tuple[str, Meaning]

NOW: Final = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TEXTS: Final = ("", "a", "A", "b", "ab", "Ba", "中", "中文", "é", "%", "a_", "it's", 'say "x"', "\\", "𝒳")
KINDS: Final[dict[str, Kind]] = {
    "complaint.severity": "int", "customer.arpu": "money", "usage.share": "number", "customer.segment": "string",
    "customer.name": "string", "customer.tags": "strings", "complaint.vip": "bool", "complaint.calm": "bool",
    "complaint.opened_at": "timestamp", "complaint.closed_at": "timestamp",
}  # fmt: skip
VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "int": st.integers(-4, 9),
    "money": st.sampled_from((0, 100, 1990, 20_000, 20_001)),
    "number": st.sampled_from((-1.5, 0.0, 0.25, 0.5, 1.0, 2.0, 3.0)),
    "string": st.sampled_from(TEXTS),
    "strings": st.lists(st.sampled_from(("a", "A", "中", "%", "a_")), max_size=3, unique=True),
    "bool": st.booleans(),
    "timestamp": st.sampled_from([NOW + timedelta(hours=h) for h in (-100, -72, -48, -24, -1, 0, 1, 24)]),
}


def declarations() -> list[FactDecl]:
    """The facts of these rules, all optional but `now`."""
    facts = [FactDecl(name, kind, Words(name, name), optional=True) for name, kind in KINDS.items()]
    return [*facts, FactDecl("now", "timestamp", Words("现在", "now"))]


def facts() -> st.SearchStrategy[dict[str, Any]]:
    """Facts of which any may be unknown."""
    return st.fixed_dictionaries({"now": st.just(NOW)}, optional={name: VALUES[kind] for name, kind in KINDS.items()})


def rules(depth: int = 3) -> st.SearchStrategy[Term]:
    """Rules with their meanings."""
    leaves = st.one_of(_numbers(), _texts(), _times(), _lists(), _flags(), _known())
    if not depth:
        return leaves
    below = rules(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(below, below).map(lambda two: _and(*two)),
        st.tuples(below, below).map(lambda two: _or(*two)),
        below.map(_not),
        st.tuples(below, below, below).map(lambda three: _if(*three)),
        st.tuples(st.sampled_from(("==", "!=")), below, below).map(lambda t: _op(t[0], t[1], t[2])),
    )


def _fact(name: str) -> Term:
    return name, lambda facts: facts.get(name)


def _lift(text: str, work: Callable[..., Any], *terms: Term) -> Term:
    def meaning(facts: Facts) -> Any:
        values = [term[1](facts) for term in terms]
        return None if any(value is None for value in values) else work(*values)

    return text, meaning


def _and(one: Term, other: Term) -> Term:
    def meaning(facts: Facts) -> bool | None:
        values = {one[1](facts), other[1](facts)}
        return False if False in values else None if None in values else True

    return f"({one[0]} && {other[0]})", meaning


def _or(one: Term, other: Term) -> Term:
    def meaning(facts: Facts) -> bool | None:
        values = {one[1](facts), other[1](facts)}
        return True if True in values else None if None in values else False

    return f"({one[0]} || {other[0]})", meaning


def _not(one: Term) -> Term:
    return _lift(f"!({one[0]})", lambda value: not value, one)


def _if(condition: Term, yes: Term, no: Term) -> Term:
    def meaning(facts: Facts) -> Any:
        chosen = condition[1](facts)
        return None if chosen is None else yes[1](facts) if chosen else no[1](facts)

    return f"({condition[0]} ? {yes[0]} : {no[0]})", meaning


def _op(sign: str, one: Term, other: Term) -> Term:
    work = {
        "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "+": lambda a, b: a + b, "-": lambda a, b: a - b,
        "*": lambda a, b: a * b, "/": lambda a, b: int(a / b), "%": lambda a, b: a - b * int(a / b),
    }[sign]  # fmt: skip
    return _lift(f"({one[0]} {sign} {other[0]})", work, one, other)


def _literal(value: object) -> Term:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    return (text if not text.startswith("-") else f"({text})"), lambda _: value


_SIGNS: Final = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))


def _compared(one: st.SearchStrategy[Term], other: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.tuples(_SIGNS, one, other).map(lambda t: _op(t[0], t[1], t[2]))


def _numbers() -> st.SearchStrategy[Term]:
    severity, whole = st.just(_fact("complaint.severity")), st.integers(-3, 9).map(_literal)
    divisor = st.sampled_from((-3, -2, 2, 3, 5)).map(_literal)
    counted = st.one_of(
        severity,
        st.tuples(st.sampled_from("+-*"), severity, whole).map(lambda t: _op(*t)),
        st.tuples(st.sampled_from("/%"), severity, divisor).map(lambda t: _op(*t)),
        severity.map(lambda t: _lift(f"-({t[0]})", lambda v: -v, t)),
        st.tuples(_flags(), whole, severity).map(lambda t: _if(*t)),
        st.just(_lift("size(customer.name)", len, _fact("customer.name"))),
        st.just(_lift("size(customer.tags)", len, _fact("customer.tags"))),
    )
    share = st.just(_fact("usage.share"))
    fraction = st.sampled_from((0.25, 0.5, 1.0, -1.5)).map(_literal)
    amount = st.sampled_from((0, 1, 19.9, 200)).map(lambda v: (f"yuan({v})", lambda _: round(v * 100)))
    chosen = st.lists(st.integers(-3, 9), max_size=3)
    return st.one_of(
        _compared(counted, whole),
        _compared(whole, counted),
        _compared(counted, severity),
        _compared(share, st.one_of(whole, fraction)),
        _compared(share, severity),
        _compared(st.tuples(st.sampled_from("+-*"), share, fraction).map(lambda t: _op(*t)), whole),
        _compared(st.just(_fact("customer.arpu")), amount),
        st.tuples(counted, chosen).map(lambda t: _lift(f"({t[0][0]} in {t[1]})", lambda v: v in t[1], t[0])),
        chosen.map(lambda c: _lift(f"(usage.share in {c})", lambda v: v in c, _fact("usage.share"))),
    )


def _texts() -> st.SearchStrategy[Term]:
    columns = st.sampled_from(("customer.segment", "customer.name")).map(_fact)
    text, parts = st.sampled_from(TEXTS).map(_literal), st.sampled_from(TEXTS)

    def method(drawn: tuple[str, Term, str]) -> Term:
        name, column, part = drawn
        work = {"startsWith": str.startswith, "endsWith": str.endswith, "contains": str.__contains__}[name]
        return _lift(f"{column[0]}.{name}({_literal(part)[0]})", lambda v: work(v, part), column)

    joined = columns.map(lambda c: _op("+", c, _literal("a")))
    chosen = st.lists(parts, max_size=3)
    return st.one_of(
        _compared(columns, st.one_of(text, columns, joined)),
        st.tuples(st.sampled_from(("startsWith", "endsWith", "contains")), columns, parts).map(method),
        st.tuples(columns, chosen).map(
            lambda t: _lift(f"({t[0][0]} in [{', '.join(_literal(x)[0] for x in t[1])}])", lambda v: v in t[1], t[0])
        ),
    )


def _times() -> st.SearchStrategy[Term]:
    columns = st.sampled_from(("complaint.opened_at", "complaint.closed_at")).map(_fact)
    lengths = st.sampled_from((("days(3)", 72), ('duration("24h")', 24), ('duration("90m")', 1.5), ("days(0)", 0)))
    length = lengths.map(lambda pair: (pair[0], lambda _: timedelta(hours=pair[1])))
    now = st.just(_fact("now"))
    fixed = st.just(('timestamp("2026-03-09T02:00:00Z")', lambda _: datetime(2026, 3, 9, 2, tzinfo=UTC)))
    return st.one_of(
        _compared(columns, st.one_of(now, fixed)),
        _compared(st.tuples(now, columns).map(lambda t: _op("-", *t)), length),
        _compared(length, st.tuples(columns, now).map(lambda t: _op("-", *t))),
        _compared(st.tuples(columns, length).map(lambda t: _op("+", *t)), now),
        _compared(columns, st.tuples(now, length).map(lambda t: _op("-", *t))),
        st.just(_op(">", _fact("complaint.closed_at"), _fact("complaint.opened_at"))),
        st.just(
            _op("<=", _op("-", _fact("complaint.closed_at"), _fact("complaint.opened_at")), ("days(0)", lambda _: timedelta()))
        ),
    )


def _lists() -> st.SearchStrategy[Term]:
    tags = _fact("customer.tags")
    return st.one_of(
        st.sampled_from(("a", "A", "中", "%", "x")).map(lambda v: _lift(f'("{v}" in customer.tags)', lambda t: v in t, tags)),
        st.just(_lift("(customer.segment in customer.tags)", lambda s, t: s in t, _fact("customer.segment"), tags)),
    )


def _flags() -> st.SearchStrategy[Term]:
    return st.sampled_from(("complaint.vip", "complaint.calm", "true", "false")).map(
        lambda name: (name, lambda _: name == "true") if name in {"true", "false"} else _fact(name)
    )


def _known() -> st.SearchStrategy[Term]:
    return st.sampled_from(sorted(KINDS)).map(lambda name: (f"known_{name}", lambda facts: facts.get(name) is not None))
