"""`python -m bench.scale`: the product on one large database.

Seeds it with `amends seed`, then looks at the time to start, the history of one complaint, filtered pages, full-text
search, and the memory of a web process after many requests.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench import machine, report
from bench.api import Api
from bench.client import Client
from bench.databases import VAR, Server, each
from bench.measure import now, percentile
from bench.processes import Cores, call, free_port
from bench.product import Product
from bench.work import TEXTS

COMPLAINTS = 1_000_000
STARTS = 5
"""Times the server is started; the median counts."""
HISTORIES = 1000
PAGES = 600
SEARCHES = 400
REQUESTS = 10_000
"""Requests before the memory of the process is read."""

QUERIES = (
    "漫游",
    "账单",
    "流量",
    "宽带",
    "退费",
    "套餐",
    "信号",
    "营业厅",
    "多收费用",
    "费",
    "网络很慢",
    "短信",
    "roaming",
    "bill",
    "客服态度",
    "扣费",
)
FILTERS: tuple[dict[str, str], ...] = (
    {"severity": "3"},
    {"sort": "-opened_at"},
    {"sort": "opened_at", "severity": "1"},
)


def pages(complaints: list[dict[str, object]], today: datetime) -> list[str]:
    """Paths of filtered pages of 50: by state, severity, tag, customer, owner and time, alone and together."""
    week, month = ((today - timedelta(days=days)).isoformat() for days in (7, 30))
    found = [*FILTERS, {"opened_from": week}, {"opened_to": month, "severity": "2"}]
    for state in sorted({str(complaint["state"]) for complaint in complaints}):
        found += [{"state": state}, {"state": state, "severity": "2"}, {"state": state, "opened_from": month}]
    for complaint in complaints[:20]:
        customer, tags = complaint["customer"], complaint["tags"]
        if isinstance(customer, dict):
            found.append({"customer": str(customer["id"])})
        if isinstance(tags, list) and tags:
            found += [{"tag": str(tags[0])}, {"tag": str(tags[0]), "state": str(complaint["state"])}]
        if complaint["owner"]:
            found.append({"owner": str(complaint["owner"]), "state": str(complaint["state"])})
    return ["/v1/complaints?" + urlencode({**one, "limit": "50"}) for one in found]


async def timed(client: Client, paths: Iterable[str]) -> list[float]:
    """Milliseconds of each GET, sorted. Raises RuntimeError on an answer that is not 200."""
    took = []
    for path in paths:
        started = now()
        answer = await client.request("GET", path)
        took.append((now() - started) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {answer.body[:500]!r}")
    return sorted(took)


def resident_mib(pid: int) -> float:
    """Resident memory of one process, MiB."""
    return int(call(["ps", "-o", "rss=", "-p", str(pid)])) / 1024


def measure(databases: Server, complaints: int, cores: Cores) -> list[tuple[str, str, str]]:
    """Rows of (what, wanted, measured)."""
    product = Product("scale", databases.create("scale"), cores)
    rows: list[tuple[str, str, str]] = []
    product.amends("migrate")
    began = time.perf_counter()
    product.amends("seed", "--complaints", str(complaints))
    minutes = (time.perf_counter() - began) / 60
    rows.append((f"`amends seed --complaints {complaints:,}`", "≤ 10 min", f"{minutes:.1f} min"))
    databases.settle()
    token = product.token("supervisor")

    starts = []
    for _ in range(STARTS):
        port = free_port()
        server = product.serve(port)
        starts.append(server.wait_until_answering(port))
        server.stop()
    rows.append(("start to the first answer of `/health/live`, median", "≤ 2 s", f"{statistics.median(starts):.2f} s"))
    rows += asyncio.run(_asked(product, token))
    return rows


async def _asked(product: Product, token: str) -> list[tuple[str, str, str]]:
    port = free_port()
    server = product.serve(port)
    try:
        server.wait_until_answering(port)
        api, client = Api(port, token), Client(port, {"Authorization": f"Bearer {token}"})
        known = _spread(api)
        chance = random.Random(1)

        histories = [f"/v1/complaints/{chance.choice(known)['id']}/events" for _ in range(HISTORIES)]
        await timed(client, histories[:50])
        history = await timed(client, histories)

        wanted = pages(known, datetime.now(UTC))
        await timed(client, wanted)
        page = await timed(client, itertools.islice(itertools.cycle(wanted), PAGES))

        searches = ["/v1/complaints?" + urlencode({"q": query, "limit": "50"}) for query in QUERIES]
        hits = sum(bool(api.get(path)["items"]) for path in searches)
        search = await timed(client, itertools.islice(itertools.cycle(searches), SEARCHES))

        before = resident_mib(server.pid)
        await _many(client, api, known, REQUESTS)
        after = resident_mib(server.pid)
        client.close()
    finally:
        server.stop()
    return [
        ("history of a complaint, p50", "≤ 3 ms", f"{percentile(history, 0.5):.2f} ms (p95 {percentile(history, 0.95):.2f})"),
        (
            f"filtered page of 50, p95 over {len(wanted)} filters",
            "≤ 30 ms",
            f"{percentile(page, 0.95):.1f} ms (p50 {percentile(page, 0.5):.1f})",
        ),
        (
            f"full-text search, p95 over {len(QUERIES)} queries ({hits} of them with hits)",
            "≤ 100 ms",
            f"{percentile(search, 0.95):.1f} ms (p50 {percentile(search, 0.5):.1f})",
        ),
        (
            f"resident memory of a web process after {REQUESTS:,} more requests",
            "≤ 170 MB",
            f"{after:.0f} MiB (before them {before:.0f})",
        ),
    ]


def _spread(api: Api) -> list[dict[str, object]]:
    """Complaints from many places of the table, not only the newest page."""
    today = datetime.now(UTC)
    found: list[dict[str, object]] = []
    for days in (0, 3, 10, 30, 60, 120, 200, 300):
        until = (today - timedelta(days=days)).isoformat()
        found += api.get("/v1/complaints?" + urlencode({"opened_to": until, "limit": "200"}))["items"]
    if not found:
        raise RuntimeError("the seeded database lists no complaint")
    random.Random(2).shuffle(found)
    return found


async def _many(client: Client, api: Api, known: list[dict[str, object]], count: int) -> None:
    """A day's mixture: looking, listing, searching and opening."""
    listing, searching = "/v1/complaints?limit=50", "/v1/complaints?" + urlencode({"q": "账单", "limit": "20"})
    kinds = itertools.cycle(range(10))
    for kind, complaint in zip(kinds, itertools.islice(itertools.cycle(known), count), strict=False):
        place, customer = f"/v1/complaints/{complaint['id']}", complaint["customer"]
        if kind == 0 and isinstance(customer, dict):
            api.post("/v1/complaints", {"customer": {"id": customer["id"]}, "channel": "phone", "text": TEXTS[0]})
        elif kind == 1:
            await timed(client, [searching])
        elif kind == 2:
            await timed(client, [listing])
        else:
            await timed(client, [place if kind % 2 else f"{place}/{'events' if kind % 4 else 'actions'}"])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=COMPLAINTS)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    parser.add_argument("--print-only", action="store_true", help="leave docs/ as it is")
    asked = parser.parse_args(arguments)
    cores = Cores.plan()
    parts, figures = [], {}
    for databases in each(asked.database or ["postgresql"]):
        rows = measure(databases, asked.complaints, cores)
        figures[databases.dialect] = rows
        table = ["| what | wanted | measured |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
        parts += [
            *machine.describe([databases.version], cores),
            "",
            f"{asked.complaints:,} complaints, one client at a time:",
            "",
            *table,
            "",
        ]
    VAR.mkdir(parents=True, exist_ok=True)
    (VAR / "scale.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1))
    text = "\n".join(parts).strip()
    print(text)
    if not asked.print_only:
        report.into_docs("scale", text)


if __name__ == "__main__":
    main()
