"""Following what is promised, ordered, granted and done in bulk from a shell, and bringing answers in, on each database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.e2e.api_world import WORKFLOWS, World

ROOT = Path(__file__).resolve().parents[2]
Shell = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]
ANSWER = """
- title: {zh: 免费期到期后的收费, en: Charges after the free period}
  text: {zh: 未提醒的退还首月费用。, en: The first month is refunded where we did not remind.}
  why: Decision of the product board.
  owner: marketer.one
  valid_from: 2020-01-01T00:00:00+08:00
  expires_at: 2099-12-31T00:00:00+08:00
  tags: [sales.gift_ended]
"""


@pytest.fixture
def shell(ready: tuple[str, dict[str, str]], tmp_path: Path) -> Shell:
    """`amends` on the database of the world beside it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    env |= {"AMENDS_DATABASE_URL": ready[0], "AMENDS_VAR": str(tmp_path / "var"), "AMENDS_WORKFLOWS": str(WORKFLOWS)}

    def run(args: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.cli", *args]
        return subprocess.run(
            command, cwd=tmp_path, env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
        )

    async def call(*args: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(run, args)

    return call


def cells(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


async def test_promises_and_work_orders_are_listed_with_their_complaint(amends: World, shell: Shell):
    now = await amends.opened()
    at = f"/v1/complaints/{now['id']}"
    assert (await amends.post(f"{at}/promises", {"kind": "progress", "due": "tomorrow 10"})).status_code == 201
    assert (await amends.post(f"{at}/work-orders", {"department": "network", "request": "Measure."})).status_code == 201
    ((number, due, status, kind, *_, mark),) = cells(await shell("promises", "list"))
    # By the clock of this machine the day promised is long past.
    assert (number, due, status, kind, mark) == (now["number"], "2026-03-11 10:00", "open", "progress", "!")
    assert len(cells(await shell("promises", "list", "--likely-to-break"))) == 1
    assert cells(await shell("promises", "list", "--status", "kept")) == []
    ((number, _, status, department, *_, late),) = cells(await shell("work-orders", "list", "--department", "network"))
    assert (number, status, department, late) == (now["number"], "received", "network", "!")
    assert cells(await shell("work-orders", "list", "--department", "billing")) == []
    refused = await shell("promises", "list", "--status", "kepd")
    assert (refused.returncode, "--status: send one of: open, kept" in refused.stderr) == (2, True)


async def test_grants_are_listed_in_yuan(amends: World, shell: Shell):
    now = await amends.opened(tags=["charge.wrong_bill"], verification=2, severity=3)
    body = {"kind": "refund", "amount": "20.00", "damage": "20.00", "text": "The bill was seen."}
    answer = await amends.post(f"/v1/complaints/{now['id']}/grants", body)
    assert answer.status_code == 201, answer.text
    ((number, _, status, kind, yuan, position, by, _),) = cells(await shell("grants", "list"))
    made = answer.json()["item"]
    assert (number, status, kind, yuan, position, by) == (
        now["number"], made["status"], made["kind"], "20.00", made["position"], "handler.one"
    )  # fmt: skip
    assert cells(await shell("grants", "list", "--status", "reversed")) == []


async def test_bulk_work_is_looked_at_and_stopped(amends: World, shell: Shell):
    now = await amends.opened()
    order = {"command": {"kind": "tags", "add": ["net.area"]}, "ids": [now["id"]]}
    made = (await amends.post("/v1/bulk", order, role="supervisor")).json()
    assert [row[0] for row in cells(await shell("bulk", "list"))] == [made["id"]]
    shown = await shell("bulk", "show", made["id"])
    assert '"status": "matching"' in shown.stdout
    assert (await shell("bulk", "stop", made["id"])).returncode == 0
    assert (await amends.get(f"/v1/bulk/{made['id']}", role="supervisor")).json()["status"] == "stopping"
    record = (await amends.get("/v1/audit", role="auditor", params={"action": "bulk_stopped"})).json()["items"]
    assert [event["actor"].startswith("cli:") for event in record] == [True]
    assert (await shell("bulk", "show", "00000000-0000-0000-0000-000000000000")).returncode == 1


async def test_answers_come_in_from_a_file_and_the_same_again_changes_nothing(amends: World, shell: Shell, tmp_path: Path):
    file = tmp_path / "answers.yaml"
    file.write_text(ANSWER, "utf-8")
    assert "1 answers, no problem found" in (await shell("answers", "import", str(file), "--dry-run")).stdout
    assert cells(await shell("answers", "list", "--drafts")) == []
    assert "1 new, 0 with a new version, 0 as before" in (await shell("answers", "import", str(file))).stdout
    assert [row[3] for row in cells(await shell("answers", "list", "--drafts"))] == ["draft"]
    for done in ("0 new, 0 with a new version, 1 as before", "0 new, 0 with a new version, 1 as before"):
        assert done in (await shell("answers", "import", str(file), "--publish")).stdout
    ((own, version, _, status, *_),) = cells(await shell("answers", "list"))
    assert (version, status) == ("v1", "published")
    file.write_text(ANSWER.replace("退还首月", "退还两个月"), "utf-8")
    assert "0 new, 1 with a new version, 0 as before" in (await shell("answers", "import", str(file), "--publish")).stdout
    assert [row[:2] for row in cells(await shell("answers", "list"))] == [[own, "v2"]]
    found = (await amends.get("/v1/answers", params={"status": "published"})).json()["items"]
    assert [item["version"] for item in found] == [2]


async def test_a_file_of_answers_is_checked_as_a_whole(shell: Shell, amends: World, tmp_path: Path):
    file = tmp_path / "answers.yaml"
    file.write_text(
        ANSWER + ANSWER.replace("owner: marketer.one", "ovner: marketer.one").replace("2099-12-31T00:00:00+08:00", "2099-12-31"),
        "utf-8",
    )
    done = await shell("answers", "import", str(file))
    assert done.returncode == 1
    assert all(place in done.stderr for place in ("[1].owner", "“ovner”", "[1].expires_at")), done.stderr
    assert (await amends.get("/v1/answers", params={"status": "draft"})).json()["items"] == []
    file.write_text("- title: [", "utf-8")
    assert ": this is no valid YAML." in (await shell("answers", "import", str(file))).stderr
    file.write_text(ANSWER.replace("marketer.one", "nobody"), "utf-8")
    done = await shell("answers", "import", str(file))
    assert (done.returncode, "nobody" in done.stderr) == (1, True)
