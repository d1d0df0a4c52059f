"""Figures as Markdown, written between two marks of docs/benchmarks.md."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.databases import ROOT

if TYPE_CHECKING:
    from bench.run import Sizes

DOCS = ROOT / "docs" / "benchmarks.md"
PRODUCT = "amends"


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians over the repetitions."""

    dialect: str
    contender: str
    label: str
    phase: str
    clients: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


def as_json(figures: list[Figure]) -> list[dict[str, Any]]:
    return [asdict(figure) for figure in figures]


def throughput(figures: list[Figure], machine: list[str], sizes: Sizes) -> str:
    parts = [
        *machine,
        (
            f"- {sizes.repetitions} repetition(s) of {sizes.seconds:g} s after {sizes.warmup:g} s of warm-up; "
            "contenders take turns and who begins rotates; medians"
        ),
    ]
    names = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
    for dialect, title in names.items():
        for phase in ("open", "transition"):
            found = [f for f in figures if (f.dialect, f.phase) == (dialect, phase)]
            if found:
                parts += ["", f"### {title}: {phase}", "", *_table(found)]
    return "\n".join(parts)


def _table(figures: list[Figure]) -> list[str]:
    product = {f.clients: f for f in figures if f.contender == PRODUCT}
    lines = [
        "| clients | contender | requests/s | p50 ms | p99 ms | CPU ms | Amends' rate ÷ this | Amends' p99 ÷ this |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for f in figures:
        own = product.get(f.clients)
        ratios = "— | —"
        if own is not None and f is not own:
            ratios = f"{own.per_second / f.per_second:.2f} | {own.p99_ms / f.p99_ms:.2f}"
        lines.append(
            f"| {f.clients} | {f.label} | {f.per_second:,.0f} | {f.p50_ms:.2f} | {f.p99_ms:.2f} | {f.cpu_ms:.2f} | {ratios} |"
        )
    return lines


def into_docs(section: str, text: str) -> None:
    """Replaces what stands between the section's marks. Raises ValueError without marks."""
    page = DOCS.read_text()
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    if begin not in page or end not in page:
        raise ValueError(f"{DOCS.name} has no marks for {section}")
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    DOCS.write_text(re.sub(pattern, lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL))
