"""`python -m bench.run`: the product beside (a), (b) and (c), in one run, noise shared.

For every repetition and every number of clients the contenders take turns, and who begins
rotates; the figures are medians over the repetitions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from bench import contenders, machine, product, report
from bench.databases import VAR, Server, each
from bench.environment import ensure_django
from bench.processes import Cores

SIZES: dict[str, Any] = {
    # name          full run     --quick
    "clients": ((1, 8, 32), (1, 8, 32)),  # closed-loop clients at once
    "warmup": (1.5, 0.5),  # seconds before the measured part, for each phase
    "seconds": (5.0, 2.0),  # measured seconds, for each phase
    "repetitions": (3, 1),
}

PHASES = ("open", "transition")

CONTENDERS = {
    "amends": product.product,
    "amends_two": product.two_workers,
    "bare": contenders.bare,
    "driver": contenders.driver,
    "django": contenders.django,
}


@dataclass(frozen=True, slots=True)
class Sizes:
    clients: tuple[int, ...]
    warmup: float
    seconds: float
    repetitions: int


def compare(databases: Server, names: list[str], sizes: Sizes, cores: Cores) -> list[report.Figure]:
    """Measures on one database."""
    samples: dict[tuple[str, int, str], list[dict[str, float]]] = defaultdict(list)
    runners = [CONTENDERS[name](databases, cores) for name in names]
    turn = 0
    for repetition in range(sizes.repetitions):
        for clients in sizes.clients:
            order = runners[turn % len(runners) :] + runners[: turn % len(runners)]
            turn += 1
            for runner in order:
                databases.settle()
                result = runner.run(clients, sizes.warmup, sizes.seconds)
                for phase, figures in result.items():
                    samples[runner.name, clients, phase].append(figures)
                    said = f"{figures['per_second']:8.0f}/s  p99 {figures['p99_ms']:8.2f} ms  cpu {figures['cpu_ms']:6.2f} ms"
                    print(
                        f"{databases.dialect:10} {repetition + 1}/{sizes.repetitions} "
                        f"{runner.name:12} {clients:3} clients  {phase:10} {said}",
                        file=sys.stderr,
                    )
    for runner in runners:
        runner.check()
    labels = {runner.name: runner.label for runner in runners}
    return [
        report.Figure(
            dialect=databases.dialect,
            contender=name,
            label=labels[name],
            phase=phase,
            clients=clients,
            **{key: statistics.median(sample[key] for sample in found) for key in ("per_second", "p50_ms", "p99_ms", "cpu_ms")},
        )
        for clients in sizes.clients
        for name in names
        for phase in PHASES
        for found in [samples[name, clients, phase]]
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--database", action="append", choices=["postgresql", "sqlite"])
    parser.add_argument("--contender", action="append", choices=list(CONTENDERS))
    parser.add_argument("--clients", type=int, action="append")
    parser.add_argument("--print-only", action="store_true", help="leave docs/ as it is")
    asked = parser.parse_args(arguments)

    chosen = {name: value[1 if asked.quick else 0] for name, value in SIZES.items()}
    if asked.clients:
        chosen["clients"] = tuple(asked.clients)
    sizes = Sizes(**chosen)
    names = asked.contender or list(CONTENDERS)
    if "django" in names:
        ensure_django()
    cores = Cores.plan()
    figures: list[report.Figure] = []
    versions: list[str] = []
    for databases in each(asked.database):
        versions.append(databases.version)
        here = [n for n in names if databases.dialect == "postgresql" or not n.endswith("_two")]
        figures += compare(databases, here, sizes, cores)

    (VAR / "throughput.json").write_text(json.dumps(report.as_json(figures), indent=1))
    text = report.throughput(figures, machine.describe(versions, cores), sizes)
    print(text)
    if not asked.print_only:
        report.into_docs("throughput", text)


if __name__ == "__main__":
    main()
