"""The spread of grants: who gives how much to whom, and how often beside the schedule. Pure: rows in, figures out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median_low
from typing import Any

Row = Mapping[str, Any]
BY = ("handler", "segment", "cause")
SHOWN = 200
"""Ids of a group that are told; the rest is to be had from the list with the same filters."""


def spread(rows: Sequence[Row]) -> dict[str, Any]:
    """The whole, and by each of BY its groups, the largest sum first."""
    return {"total": _figures(rows), **{f"by_{name}": _groups(rows, name) for name in BY}}


def _groups(rows: Sequence[Row], name: str) -> list[dict[str, Any]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name] or "", []).append(row)
    groups = [{name: value or None, **_figures(of)} for value, of in found.items()]
    return sorted(groups, key=lambda group: (-group["sum_fen"], group[name] or ""))


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    count = len(rows)
    amounts = [row["amount_fen"] for row in rows]
    stands = [row["position"] for row in rows]
    return {
        "count": count,
        "sum_fen": sum(amounts),
        "median_fen": median_low(amounts) if amounts else 0,
        "shares": {one: round(stands.count(one) / count, 4) if count else 0.0 for one in ("at", "above", "below")},
        "departures": _reasons(row for row in rows if row["position"] != "at"),
        "ids": [row["id"] for row in rows[:SHOWN]],
        "complete": count <= SHOWN,
    }


def _reasons(rows: Iterable[Row]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["reason"] or "", row["position"])
        found[key] = found.get(key, 0) + 1
    told = [{"reason": reason or None, "position": position, "count": count} for (reason, position), count in found.items()]
    return sorted(told, key=lambda one: (-one["count"], one["reason"] or ""))
