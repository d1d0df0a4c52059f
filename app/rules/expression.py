"""Compiles rules over declared facts and evaluates them to true, false or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from threading import Lock
from typing import Final, NamedTuple

from app.rules import explain
from app.rules.advice import advise
from app.rules.check import MAX_LENGTH, never, place, refusals
from app.rules.engine import Complaint, Engine, Failed, Program, Rejected
from app.rules.facts import KINDS, KNOWN, FactDecl, accept, companion
from app.rules.problems import EvaluationError, ExpressionError, Problem, problem
from app.rules.tree import Node, Tree, conjuncts, free_names
from app.rules.widen import Widened, widen

_CACHED: Final = 4_096
_CACHED_ENGINES: Final = 256
_REMEMBERED: Final = 1_024
_SHORT: Final = 100
"""Characters of a text up to which it is a name of something; verdicts on longer ones, which people wrote, are not kept."""


class Verdict(NamedTuple):
    """An outcome: `value` is None when it is unknown, and then `missing` names the facts that it waits for."""

    value: bool | None
    missing: tuple[str, ...] = ()


_TRUE: Final = Verdict(value=True)
_FALSE: Final = Verdict(value=False)


class Expression:
    """A compiled rule: `text` as written, `names` of the facts it needs to see (a companion counts as its fact).

    `tree` is its checked syntax tree, `companions` leads from each `known_…` in it to the fact. Safe to share between threads.
    """

    def __init__(self, text: str, program: Program, tree: Tree, engine: Engine, kinds: Mapping[str, str]) -> None:
        free = free_names(tree.root)
        self.text: Final = text
        self.tree: Final = tree
        self._program = program
        self._engine = engine
        self._reads = tuple((name, kinds[name]) for name in sorted(free) if name in kinds)
        self._companions = tuple((name, name.removeprefix(KNOWN)) for name in sorted(free - kinds.keys()))
        self.companions: Final[Mapping[str, str]] = dict(self._companions)
        self.names: Final = frozenset([*(name for name, _ in self._reads), *self.companions.values()])
        self._parts: dict[int, Program] = {}
        # A rule that reads no time meets the same few facts all day, and its verdict follows from them alone.
        self._verdicts: dict[tuple[object, ...], Verdict] | None = (
            {} if all(kind not in {"timestamp", "number"} for _, kind in self._reads) else None
        )

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, facts: Mapping[str, object]) -> Verdict:
        """The verdict on `facts`, a flat mapping by name; a fact that is absent or None is unknown.

        An unknown fact matters only where it decides: `a && b` is false when b is, whatever a may be. Raises
        EvaluationError when the facts are there and the rule still fails.
        """
        given = self._given(facts)
        if self._verdicts is None:
            return self._run(given)
        key = tuple(map(_kept, given.items()))
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._run(given)
            if not any(isinstance(value, str) and len(value) > _SHORT for value in given.values()):
                if len(self._verdicts) >= _REMEMBERED:
                    self._verdicts.clear()
                self._verdicts[key] = verdict
        return verdict

    def _run(self, given: Mapping[str, object]) -> Verdict:
        try:
            value = self._program.run(given)
        except Failed as failed:
            return Verdict(None, self._missing(failed, self.tree.root, given))
        return _TRUE if value else _FALSE

    def explain(self, facts: Mapping[str, object]) -> tuple[tuple[str, Verdict], ...]:
        """Each condition that must hold, as written, with its own verdict on `facts`, in the order of the text."""
        given = self._given(facts)
        return tuple((text, self._verdict(part, given)) for text, part in self._conditions)

    @cached_property
    def _conditions(self) -> tuple[tuple[str, Node], ...]:
        parts, texts = conjuncts(self.tree.root), explain.split(self.text)
        if len(parts) != len(texts):  # the texts are for people, the tree decides
            return ((self.text, self.tree.root),)
        return tuple(zip(texts, parts, strict=True))

    def value(self, node: Node, facts: Mapping[str, object]) -> object | None:
        """The value of `node`, a part of this rule, on `facts`; None if a fact it needs is missing."""
        given = self._given(facts)
        try:
            return self._part(node).run(given)
        except Failed as failed:
            self._missing(failed, node, given)
            return None

    def _given(self, facts: Mapping[str, object]) -> dict[str, object]:
        """What the engine is told: the facts this rule reads, without the unknown ones, and its companions."""
        given: dict[str, object] = {}
        for name, kind in self._reads:
            value = facts.get(name)
            if value is None:
                continue
            accepted = accept(kind, value)
            if accepted is None:
                raise EvaluationError(self.text, f"{name} is declared as {kind}, but is {value!r}")
            given[name] = accepted
        for name, fact in self._companions:
            given[name] = facts.get(fact) is not None
        return given

    def _verdict(self, node: Node, given: Mapping[str, object]) -> Verdict:
        try:
            return _TRUE if self._part(node).run(given) else _FALSE
        except Failed as failed:
            return Verdict(None, self._missing(failed, node, given))

    def _missing(self, failed: Failed, node: Node, given: Mapping[str, object]) -> tuple[str, ...]:
        """The facts that `node` waits for; raises EvaluationError if `failed` is about something else."""
        absent = {name for name, _ in self._reads if name not in given}
        if not failed.absent or not absent & free_names(node):
            raise EvaluationError(self.text, failed.detail) from failed

        def outcome(part: Node) -> object | None:
            try:
                return self._part(part).run(given)
            except Failed:
                return None

        return tuple(sorted(explain.blame(node, outcome, frozenset(absent))))

    def _part(self, node: Node) -> Program:
        if node is self.tree.root:
            return self._program
        program = self._parts.get(node.id)
        if program is None:
            program = self._parts[node.id] = self._engine.part(self.tree, node)
        return program


def _kept(fact: tuple[str, object]) -> object:
    """A fact as a part of a key: its name, and its value with a list as a tuple."""
    name, value = fact
    return name, tuple(value) if isinstance(value, list) else value


class Environment:
    """The facts that rules may name. Compiling the same text twice gives the same Expression; safe for threads."""

    def __init__(self, facts: Iterable[FactDecl]) -> None:
        self.facts: Final[Mapping[str, FactDecl]] = {fact.name: fact for fact in facts}
        self._engines: dict[frozenset[tuple[str, str]], tuple[Engine, dict[str, str], frozenset[str]]] = {}
        self._compiled: dict[tuple[str, frozenset[tuple[str, str]]], Expression] = {}
        self._lock = Lock()

    def compile(self, text: str, extra: Mapping[str, str] | None = None) -> Expression:
        """`text` compiled over the facts and `extra`, further facts by name and type that may all be unknown.

        Raises ExpressionError with every problem found, each at its line and column.
        """
        key = frozenset((extra or {}).items())
        with self._lock:
            known = self._compiled.get((text, key))
            if known is not None:
                return known
            engine, kinds, optional = self._engine(key)
        expression = _compile(text, engine, kinds, optional)
        with self._lock:
            if len(self._compiled) >= _CACHED:
                self._compiled.pop(next(iter(self._compiled)))
            return self._compiled.setdefault((text, key), expression)

    def _engine(self, extra: frozenset[tuple[str, str]]) -> tuple[Engine, dict[str, str], frozenset[str]]:
        if extra not in self._engines:
            kinds = {name: str(fact.type) for name, fact in self.facts.items()} | dict(extra)
            if unknown := sorted(set(kinds.values()) - KINDS):
                raise ValueError(f"no such type of a fact: {', '.join(unknown)}")
            optional = frozenset([*(f.name for f in self.facts.values() if f.optional), *(name for name, _ in extra)])
            engine = Engine(kinds | {companion(name): "bool" for name in optional})
            if len(self._engines) >= _CACHED_ENGINES:  # each form has one; definitions come and go
                self._engines.pop(next(iter(self._engines)))
            self._engines[extra] = (engine, kinds, optional)
        return self._engines[extra]


def _compile(text: str, engine: Engine, kinds: Mapping[str, str], optional: frozenset[str]) -> Expression:
    if refused := _unreadable(text):
        raise ExpressionError(text, (refused,))
    try:
        tree = engine.parse(text)
    except Rejected as rejected:
        raise _error(text, Widened(text, ()), rejected, kinds, optional) from rejected
    if problems := tuple(refusals(text, tree, kinds)):
        raise ExpressionError(text, problems)
    widened = widen(text, tree, kinds)
    try:
        program, checked, boolean = engine.check(widened.text)
    except Rejected as rejected:
        raise _error(text, widened, rejected, kinds, optional) from rejected
    if not boolean:
        raise ExpressionError(text, (problem("not_boolean", 1, 1),))
    if problems := tuple(never(text, widened, engine, checked)):
        raise ExpressionError(text, problems)
    return Expression(text, program, checked, engine, kinds)


def _unreadable(text: str) -> Problem | None:
    if not text.strip():
        return problem("empty", 1, 1)
    if len(text) > MAX_LENGTH:
        return problem("too_long", *place(text, MAX_LENGTH), limit=MAX_LENGTH)
    for offset, char in enumerate(text):
        if "\ud800" <= char <= "\udfff" or (char < " " and char not in "\t\r\n"):
            return problem("bad_character", *place(text, offset), character=f"U+{ord(char):04X}")
    return None


def _error(text: str, widened: Widened, rejected: Rejected, kinds: Mapping[str, str], optional: frozenset[str]) -> ExpressionError:
    found: dict[tuple[int, int], Problem] = {}
    for complaint in rejected.complaints:
        if "*error*" in complaint.text:
            continue  # it follows from another one
        offset = widened.original(_offset(widened.text, complaint.line, complaint.column))
        line, column = place(text, offset)
        told = advise(Complaint(line, column, complaint.text), text, kinds, optional)
        found.setdefault((told.line, told.column), told)
        if complaint.text.startswith("Syntax error"):
            break  # what the library says after the first one follows from it
    return ExpressionError(text, tuple(found[at] for at in sorted(found)) or (problem("syntax", 1, 1, token=text[:20]),))


def _offset(text: str, line: int, column: int) -> int:
    rows = text.split("\n")
    return sum(len(row) + 1 for row in rows[: line - 1]) + column - 1
