"""Whether a grant may be made at once, has to be approved, or is refused, with every reason. Pure: figures in, verdict out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.commitments.compensation import Compensation, Limits, Position, in_yuan
from app.commitments.grants_words import named, reason, role_titles
from app.errors import Reason
from app.texts import words

UNBOUND = 10**15


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint as far as compensation goes, with what already counts, in fen.

    `due` and `goodwill`: of this complaint, by kind. `customer`: his goodwill of the period. `spent`: of the team's budget,
    None where there are no budgets. Nothing of it holds the grant that is being judged.
    """

    tags: tuple[str, ...]
    severity: int
    verification: int = 3
    due: Mapping[str, int] = field(default_factory=dict)
    goodwill: Mapping[str, int] = field(default_factory=dict)
    customer: int = 0
    team: str | None = None
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Want:
    """What somebody wants to grant."""

    kind: str
    amount: int
    damage: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What the schedule gives of a kind: the row and the tag by which it was found; `left` of `fen`, both None: damage unknown."""

    row: str | None = None
    cause: str | None = None
    fen: int | None = 0
    left: int | None = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount parted: what the schedule gives and what goes beyond; where it stands towards the schedule."""

    due: int
    goodwill: int
    position: Position


@dataclass(frozen=True, slots=True)
class Verdict:
    """`invalid`: not of the right form. `refused`: the rules do not admit it. `over`: why it needs approval, by `approvers`."""

    parts: Parts
    due: Due
    invalid: tuple[Reason, ...] = ()
    refused: tuple[Reason, ...] = ()
    over: tuple[Reason, ...] = ()
    approvers: tuple[str, ...] = ()


def due_of(policy: Compensation, case: Case, kind: str, damage: int | None) -> Due:
    """What is due of `kind` by the schedule, and what of it is left."""
    row, cause = policy.rows_of(case.tags, case.severity).get(kind, (None, None))
    if row is None:
        return Due()
    fen = row.fen(damage)
    left = None if fen is None else max(0, fen - case.due.get(kind, 0))
    return Due(row.name, cause, fen, left)


def parted(amount: int, left: int) -> Parts:
    """`amount` where `left` is due."""
    if amount < left:
        return Parts(amount, 0, "below")
    return Parts(left, amount - left, "above" if amount > left else "at")


def over(limits: Limits | None, case: Case, kind: str, parts: Parts) -> list[Reason]:
    """In what the parts exceed `limits`; without limits, in everything."""
    limits = limits or Limits(0, 0, 0, {})
    found: list[Reason] = []
    due, all_goodwill = sum(case.due.values()), sum(case.goodwill.values())
    checks = [
        ("grant_over_due", parts.due, due, limits.due_per_case),
        ("grant_over_case", parts.goodwill, all_goodwill, limits.per_case),
        ("grant_over_customer", parts.goodwill, case.customer, limits.per_customer),
        ("grant_over_kind", parts.goodwill, case.goodwill.get(kind, 0), limits.kinds.get(kind, UNBOUND)),
    ]
    for code, more, had, limit in checks:
        if more > 0 and had + more > limit:
            found.append(reason(code, "amount", limit=in_yuan(limit), had=in_yuan(had), left=in_yuan(max(0, limit - had))))
    return found


def over_range(policy: Compensation, case: Case, parts: Parts) -> list[Reason]:
    """Whether the goodwill goes beyond what is usual for the cause: that is for others to decide, whatever one's authority."""
    usual = policy.range_of(case.tags, case.severity)
    most, had = usual.most if usual is not None else 0, sum(case.goodwill.values())
    if parts.goodwill == 0 or had + parts.goodwill <= most:
        return []
    return [reason("grant_over_range", "amount", limit=in_yuan(most), had=in_yuan(had))]


def budget_left(policy: Compensation, case: Case) -> int | None:
    """What is left in the team's budget; None: there are no budgets."""
    return None if policy.budgets is None else max(0, policy.budgets.of(case.team) - case.spent)


def counting(policy: Compensation, parts: Parts) -> int:
    """What of the parts counts in the team's budget."""
    if policy.budgets is None:
        return 0
    return parts.goodwill if policy.budgets.counts == "goodwill" else parts.due + parts.goodwill


def over_budget(policy: Compensation, case: Case, parts: Parts) -> list[Reason]:
    """Whether the team's budget has no room for it."""
    left, needed = budget_left(policy, case), counting(policy, parts)
    if left is None or policy.budgets is None or needed <= left:
        return []
    limit = in_yuan(policy.budgets.of(case.team))
    period = words(f"grants.periods.{policy.budgets.period}")
    told = {
        "team": case.team or words("grants.no_team"),
        "left": in_yuan(left),
        "limit": limit,
        "needed": in_yuan(needed),
        "period": period,
    }
    return [reason("grant_over_budget", "amount", **told)]


def assess(policy: Compensation, case: Case, roles: Collection[str], want: Want) -> Verdict:
    """What becomes of a wish to grant, by somebody of `roles`."""
    due = due_of(policy, case, want.kind, want.damage)
    parts = parted(want.amount, due.left or 0)
    invalid = _invalid(policy, want, due, parts)
    if invalid:
        return Verdict(parts, due, invalid=tuple(invalid))
    refused: list[Reason] = []
    kind = policy.kinds[want.kind]
    if case.verification < kind.verification:
        refused.append(reason("grant_verification", "kind", kind=kind.title, needed=kind.verification, known=case.verification))
    refused += over_budget(policy, case, parts)
    why = [*over_range(policy, case, parts), *over(policy.own(roles), case, want.kind, parts)]
    by = policy.approval.by if policy.approval is not None else {}
    approvers = tuple(sorted(role for role, limits in by.items() if not over(limits, case, want.kind, parts))) if why else ()
    if why and not approvers:
        refused += why
    if any(one.code.startswith("grant_over") for one in refused):
        refused.append(_ways(policy, case, roles, want))
    return Verdict(parts, due, refused=tuple(refused), over=tuple(why), approvers=approvers)


def _invalid(policy: Compensation, want: Want, due: Due, parts: Parts) -> list[Reason]:
    kind = policy.kinds.get(want.kind)
    if kind is None:
        return [reason("grant_kind", "kind", known=named({name: one.title for name, one in policy.kinds.items()}))]
    found: list[Reason] = []
    if want.amount <= 0:
        found.append(reason("grant_nothing", "amount"))
    if kind.unit is not None and want.amount % kind.unit.fen:
        found.append(reason("grant_unit", "amount", unit=kind.unit.title, value=in_yuan(kind.unit.fen)))
    if due.left is None:
        found.append(reason("grant_damage", "damage", row=due.row or ""))
        return found
    fitting = {name: one.title for name, one in policy.reasons.items() if parts.position in one.positions}
    if want.reason is not None and want.reason not in policy.reasons:
        known = named({name: one.title for name, one in policy.reasons.items()})
        found.append(reason("grant_reason_unknown", "reason", known=known))
    elif parts.position != "at" and want.reason not in fitting:
        found.append(reason(f"grant_reason_{parts.position}", "reason", due=in_yuan(due.left), known=named(fitting)))
    return found


def most(policy: Compensation, case: Case, limits: Limits | None, kind: str, damage: int | None, *, ranged: bool) -> int:
    """The highest amount of `kind` within `limits` and the budget; `ranged`: and within the usual goodwill."""
    if limits is None:
        return 0
    left = due_of(policy, case, kind, damage).left or 0
    room, all_goodwill = max(0, limits.due_per_case - sum(case.due.values())), sum(case.goodwill.values())
    bounds = [
        limits.per_case - all_goodwill,
        limits.per_customer - case.customer,
        limits.kinds.get(kind, UNBOUND) - case.goodwill.get(kind, 0),
    ]
    if ranged:
        usual = policy.range_of(case.tags, case.severity)
        bounds.append((usual.most if usual is not None else 0) - all_goodwill)
    budget = budget_left(policy, case)
    counts_all = policy.budgets is not None and policy.budgets.counts == "all"
    if budget is not None and not counts_all:
        bounds.append(budget)
    amount = room if left > room else left + max(0, min(bounds))
    if budget is not None and counts_all:
        amount = min(amount, budget)
    unit = policy.kinds[kind].unit
    return amount if unit is None else amount - amount % unit.fen


def _ways(policy: Compensation, case: Case, roles: Collection[str], want: Want) -> Reason:
    """The lawful ways on: what may be granted alone, and what with approval by whom."""
    alone = most(policy, case, policy.own(roles), want.kind, want.damage, ranged=True)
    by = policy.approval.by if policy.approval is not None else {}
    asked = {role: most(policy, case, limits, want.kind, want.damage, ranged=False) for role, limits in by.items()}
    best = max(asked.values(), default=0)
    who = role_titles(role for role, amount in asked.items() if amount == best)
    return reason("grant_ways" if asked else "grant_ways_alone", "amount", alone=in_yuan(alone), asked=in_yuan(best), roles=who)
