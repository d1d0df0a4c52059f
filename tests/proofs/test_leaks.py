"""Personal strings go in by every mouth; then files, dump, log and outbox are searched for them in every encoding: 0 hits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest_asyncio
from sqlalchemy import func, select

from app.db.engine import Database
from app.outbox.tables import outbox
from tests.proofs.flow_yaml import delivered
from tests.proofs.server import Served
from tests.proofs.traces import dump, files, hits

# A word of each text that stands nowhere else; the text around it is ordinary.
PLACES = {"zh": "青槐里古井{}号", "en": "Thistlewick Lane {}"}
CUSTOMER_MAP = "target: customers\nfields: {external_id: id, name: name, phone: phone, email: mail, note: note}\n"
COMPLAINT_MAP = """
target: complaints
fields:
  source: {constant: oldcrm}
  external_ref: ref
  customer_external_id: customer
  channel: {constant: phone}
  text: story
"""


class Told:
    """What was told to the product in confidence; each call makes a new secret and the sentence that holds it."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self._number = count(70001)

    def keep(self, label: str, secret: str) -> str:
        self.secrets[label] = secret
        return secret

    def text(self, label: str) -> str:
        number = next(self._number)
        zh = self.keep(f"{label} zh", PLACES["zh"].format(number))
        en = self.keep(f"{label} en", PLACES["en"].format(number))
        return f'客户住在{zh}，说上个月的流量费多收了。He wrote: "I live at {en}", {{ok}}\n第二行'

    def phone(self, label: str) -> str:
        return self.keep(label, f"139{next(self._number):08}")


@pytest_asyncio.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    made = Served(database_url, tmp_path, {"poll_seconds": "0.05", "log_level": "debug"})
    try:
        await made.start(worker=True)
        yield made
    finally:
        made.stop()


async def done(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


NAMING = {"new_owner", "to_person", "to_team"}
"""Fields that take only the names of accounts and teams that there are: no secret fits in."""


class Teller:
    """A supervisor who takes complaints through steps and fills every field of words with a secret."""

    def __init__(self, client: httpx2.AsyncClient, told: Told) -> None:
        self.client, self.told = client, told
        self.filled: set[str] = set()

    async def steps(self, complaint: str, *names: str) -> None:
        path = f"/v1/complaints/{complaint}"
        for name in names:
            seen = await self.client.get(path)
            step = delivered().step(name, seen.json()["state"])
            assert step is not None, name
            data = {field: self._value(name, field, shape) for field, shape in step.form.items()}
            body = {"transition": name, "data": data, "note": self.told.text(f"note of {name}")}
            await done(await self.client.post(f"{path}/transitions", json=body, headers={"If-Match": seen.headers["etag"]}))

    def _value(self, step: str, field: str, shape: Mapping[str, Any]) -> Any:
        if shape["type"] in {"text", "string"}:
            self.filled.add(field)
            return self.told.phone(f"{step}.{field}") if shape["type"] == "string" else self.told.text(f"{step}.{field}")
        if shape["type"] == "datetime":
            return (datetime.now(UTC) + timedelta(hours=2 if "until" in field or "due" in field else 1)).isoformat()
        chosen = {"suggestion": "yes", "remedy_kind": "refund"}
        plain = {"integer": 3, "boolean": True, "money": "30.00"}
        if shape["type"] == "choices":
            return list(shape["options"])[:1]
        return plain.get(shape["type"]) or chosen.get(field) or next(iter(shape["options"]))


async def by_api(client: httpx2.AsyncClient, told: Told) -> Teller:
    """Customers, openings, everything that is added, every form of words."""
    external = told.keep("external id", "CRM-LEAK-88123")
    profile = {
        "name": told.keep("name", "欧阳静怡婷"),
        "phone": told.phone("customer's phone"),
        "email": told.keep("email", "ravenscroft.q@example.org"),
        "note": told.text("customer's note"),
    }
    await done(await client.put(f"/v1/customers/{external}", json=profile))
    opening = {
        "customer": {"external_id": external},
        "channel": "phone",
        "text": told.text("complaint"),
        "external_ref": "PLAIN-REF-1",
    }
    sought = {"kind": "refund", "amount": "30.00", "text": told.text("remedy sought")}
    first = (await done(await client.post("/v1/complaints", json={**opening, "remedy_sought": sought})))["id"]
    caller = {"phone": told.phone("caller's phone"), "name": told.keep("caller's name", "Quentin Ravenscroft")}
    key = {"Idempotency-Key": told.phone("idempotency key")}
    second = await done(
        await client.post("/v1/complaints", json={**opening, "customer": caller, "external_ref": "PLAIN-REF-2"}, headers=key)
    )

    me = {"owner": (await done(await client.get("/v1/me")))["id"]}
    etag = {"If-Match": (await client.get(f"/v1/complaints/{first}")).headers["etag"]}
    await done(await client.post(f"/v1/complaints/{first}/assignment", json=me, headers=etag))
    teller = Teller(client, told)
    await teller.steps(first, "begin", "heard_out", "apologized", "investigate", "found", "diagnosed", "solved", "not_satisfied")
    await teller.steps(first, "ask_customer", "customer_back", "hang_up", "agree_callback", "not_reached", "reached_with_answer")
    await teller.steps(
        first, "order_work", "go_on_without", "not_satisfied", "escalate", "escalation_back", "no_agreement", "reopen"
    )
    await teller.steps(second["id"], "agree_callback", "reached", "withdraw")

    path, later = f"/v1/complaints/{first}", (datetime.now(UTC) + timedelta(days=2)).isoformat()
    await done(await client.post(f"{path}/notes", json={"text": told.text("note")}))
    touch = {"direction": "in", "channel": "phone", "verification": 2, "note": told.text("contact")}
    await done(await client.post(f"{path}/contacts", json=touch))
    promise = {"kind": "call_back", "due_at": later, "text": told.text("promise")}
    made = (await done(await client.post(f"{path}/promises", json=promise)))["item"]["id"]
    kept = {"status": "kept", "evidence": told.text("evidence"), "reference": told.keep("reference", "收据 8866-2200-7731 号")}
    await done(await client.post(f"{path}/promises/{made}/outcome", json=kept))
    order = {"department": "network", "request": told.text("work order")}
    made = (await done(await client.post(f"{path}/work-orders", json=order)))["item"]["id"]
    for back in ({"status": "returned", "answer": told.text("question")}, {"status": "received", "answer": told.text("reply")}):
        await done(await client.post(f"{path}/work-orders/{made}/moves", json=back))
    asked = {"department": "billing", "question": told.text("consult")}
    consult = (await done(await client.post(f"{path}/consults", json=asked)))["item"]["id"]
    await done(await client.post(f"{path}/consults/{consult}/answer", json={"answer": told.text("expert")}))
    answer = {"status": "fed_back", "answer": told.text("answer")}
    await done(await client.post(f"{path}/work-orders/{made}/moves", json=answer))
    etag = {"If-Match": (await client.get(path)).headers["etag"]}
    await done(await client.post(f"{path}/assignment", json={"team": "north", "reason": told.text("reason")}, headers=etag))
    etag = {"If-Match": (await client.get(path)).headers["etag"]}
    amended = {"remedy_sought": {"kind": "apology", "text": told.text("amended remedy")}}
    await done(await client.patch(path, json=amended, headers=etag))
    third = await done(
        await client.post("/v1/complaints", json={**opening, "external_ref": "PLAIN-REF-3", "text": told.text("third")})
    )
    merged = {"into": first, "note": told.text("merge")}
    await done(await client.post(f"/v1/complaints/{third['id']}/merge", json=merged, headers={"If-Match": '"1"'}))
    return teller


async def by_mistake(client: httpx2.AsyncClient, told: Told) -> None:
    """Requests that are refused, with personal strings wherever a program could put them."""
    phone, words = told.phone("phone in a wrong request"), told.text("words in a wrong request")
    now = (await client.get("/v1/complaints", params={"limit": "1"})).json()["items"][0]["id"]
    path, etag = f"/v1/complaints/{now}", {"If-Match": '"1"'}
    version = {"If-Match": (await client.get(path)).headers["etag"]}
    wrong = [
        client.post("/v1/complaints", json={"customer": {"phone": phone}, "channel": "phone", "text": words, words: words}),
        client.post("/v1/complaints", json={"customer": {"phone": words}, "channel": words, "text": phone}),
        client.post("/v1/complaints", content=f'{{"text": "{phone} {words}'.encode(), headers={"Content-Type": "application/json"}),
        client.post(f"{path}/transitions", json={"transition": "begin", "data": {phone: words, words: phone}}, headers=version),
        client.post(f"{path}/transitions", json={"transition": words[:40], "data": {}}, headers=version),
        client.post(f"{path}/transitions", json={"transition": f"p{phone}", "data": {}}, headers=version),
        client.post(
            f"{path}/transitions", json={"transition": "diagnosed", "data": {"motives": [phone], "claim": words}}, headers=version
        ),
        client.post(f"{path}/transitions", json={"transition": "confirmed", "note": words, "data": {"x": phone}}, headers=etag),
        client.post(f"{path}/notes", json={"text": words}, headers={"Authorization": f"Bearer {phone}"}),
        client.get(f"/v1/customers/{phone}"),
        client.get(f"/v1/{phone}/{quote(words)}"),
        client.get("/v1/complaints", params={"team": words, phone: phone}),
        client.get("/v1/complaints", params={"cursor": phone}),
        client.put(f"/v1/customers/{phone}", json={"name": phone, "phone": "not a phone " + phone}),
        client.post("/v1/imports/customers?map=" + phone, content=words.encode(), headers={"Content-Type": "text/csv"}),
    ]
    for answer in await asyncio.gather(*wrong):
        assert 400 <= answer.status_code < 500, answer.text
    found = await client.get("/v1/complaints", params={"q": told.secrets["complaint zh"]})
    assert len(found.json()["items"]) == 2  # the second caller said the same


async def by_import(served: Served, client: httpx2.AsyncClient, told: Told) -> None:
    """Files over HTTP and on the command line, rows that are refused among them."""
    names = [told.keep(f"imported name {n}", name) for n, name in enumerate(("慕容雪莲霞", "Hezekiah Blackwater", "司徒远航舟"))]
    rows = ["id,name,phone,mail,note"]
    for n, name in enumerate(names):
        mail, note = (
            told.keep(f"imported mail {n}", f"h{n}.blackwater@example.org"),
            told.text(f"imported note {n}").splitlines()[0],
        )
        external = told.keep(f"imported id {n}", f"CRM-IMPORT-9{n}17")
        phone = told.phone(f"imported phone {n}") if n < 2 else told.keep("bad phone", "1390000x777")
        rows.append(f'{external},{name},{phone},{mail},"{note.replace(chr(34), "")}"')
    table = ("\n".join(rows) + "\n").encode("gb18030")
    parts = {"file": ("客户.csv", table), "map": ("map.yaml", CUSTOMER_MAP.encode())}
    report = await done(await client.post("/v1/imports/customers", files=parts))
    assert (report["counts"]["created"], report["counts"]["rejected"]) == (2, 1)
    story = [f"R-{n},{told.secrets[f'imported id {n}']},{told.text(f'imported story {n}').splitlines()[0]}" for n in range(2)]
    lines = "\n".join(["ref,customer,story", *(line.replace(", {ok}", "").replace("说", "").replace('"', "") for line in story)])
    folder = served.folder / "sent"  # the operator's own files: not the product's to keep secret
    folder.mkdir()
    (folder / "complaints.csv").write_text(lines + "\n", "utf-8")
    (folder / "map.yaml").write_text(COMPLAINT_MAP, "utf-8")
    process = served.run("import", "complaints", str(folder / "complaints.csv"), "--map", str(folder / "map.yaml"))
    assert await asyncio.to_thread(process.wait, 120) == 0, served.log.read_text("utf-8")[-3000:]
    for format_ in ("csv", "jsonl", "xlsx"):
        exported = await client.get("/v1/exports/complaints", params={"format": format_})
        assert exported.status_code == 200
        assert exported.content


async def all_sent(url: str) -> int:
    """Wait until every message has left; how many there were."""
    database = Database(url, 2)
    try:
        async with asyncio.timeout(120):
            while True:
                async with database.read() as conn:
                    unsent = select(func.count()).select_from(outbox).where(outbox.c.status == "unsent")
                    left, whole = (await conn.execute(unsent)).scalar_one(), select(func.count()).select_from(outbox)
                    if not left:
                        return int((await conn.execute(whole)).scalar_one())
                await asyncio.sleep(0.1)
    finally:
        await database.close()


async def written(served: Served) -> dict[str, bytes]:
    """Everything that the product has written, but for the refused rows of imports, which are the operator's to mend."""
    found = {
        name: data for name, data in files(served.folder) if not name.endswith(".rejects.csv") and not name.startswith("sent/")
    }
    if not served.url.startswith("sqlite"):
        found["dump"] = await dump(served.url)
    return found


async def test_no_personal_string_lies_open_anywhere(served: Served):
    told = Told()
    async with served.client(await served.token("li", "supervisor", "integration", "admin"), 8) as client:
        teller = await by_api(client, told)
        await by_mistake(client, told)
        await by_import(served, client, told)
        words = {f for step in delivered().steps for f, shape in step.form.items() if shape["type"] in {"text", "string"}}
        words -= NAMING
        assert words <= teller.filled, f"fields of words that were never filled: {words - teller.filled}"

        # what is searched for is really there, for those who may see it
        first = (await client.get("/v1/complaints", params={"external_ref": "PLAIN-REF-1"})).json()["items"][0]["id"]
        shown = (await client.get(f"/v1/complaints/{first}")).text + (await client.get(f"/v1/complaints/{first}/events")).text
        for label in ("complaint zh", "complaint en", "note en", "solved.remedy_text zh", "no_agreement.evidence zh"):
            assert told.secrets[label] in shown, label
        assert await all_sent(served.url) >= 4

    running = await written(served)
    anywhere = b"".join(running.values())
    assert b"PLAIN-REF-1" in anywhere, "the search would find what is stored in plain"
    assert running["var/outbox.jsonl"].count(b"\n") >= 4
    assert b'"event": "request"' in running["processes.log"]
    assert hits(running, told.secrets) == []
    served.stop()
    if served.url.startswith("sqlite"):
        file = sqlite3.connect(served.folder / "amends.db")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.close()
    assert hits(await written(served), told.secrets) == []


def test_the_search_finds_every_form():
    needles = {"address": "青槐里古井70001号", "name": "Quentin Ravenscroft"}
    for label, needle in needles.items():
        for encode in (
            str.encode,
            lambda s: s.encode("gb18030"),
            lambda s: s.encode("utf-16"),
            lambda s: ascii(s).encode(),
            lambda s: s.encode().hex().encode(),
        ):
            assert hits({"file": b"before" + encode(needle) + b"after"}, {label: needle}), encode
