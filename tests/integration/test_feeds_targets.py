"""The two real targets: customers by the CRM's id, complaints through the desk's intake, under the shipped maps."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.access.actor import Actor
from app.access.sealed import open_texts
from app.access.tables import data_key
from app.audit.tables import event
from app.boot import build_desk, publish_all
from app.clock import FrozenClock
from app.complaints.pages import Filters
from app.complaints.tables import complaint
from app.customers.profile import open_profile
from app.customers.queries import find
from app.customers.tables import customer
from app.desk.desk import by_of
from app.integrations.feeds.complaints import ComplaintImporter
from app.integrations.feeds.complaints_out import export_complaints
from app.integrations.feeds.customers import CustomerImporter
from app.integrations.feeds.map_loader import load
from app.integrations.feeds.reader import open_source
from app.integrations.feeds.rejects import beside
from app.integrations.feeds.run import run_import
from app.settings import Settings
from app.timers.tables import timer
from tests.conftest import START
from tests.sizes import size

ROOT = Path(__file__).parents[2]
ADMIN = Actor(UUID(int=7), "importer", "Importer", frozenset({"admin"}))
BY = by_of(ADMIN)
_BESIDE = ROOT.parent / "shared" / "data"
REAL = os.environ.get("REAL_DATA") or (str(_BESIDE) if _BESIDE.is_dir() else None)
"""A folder with ibm_telco/Telco-Customer-Churn.csv and cfpb/consumer_complaints.csv, where one is at hand."""


@pytest.fixture
async def desk(database_url, tmp_path):
    settings = Settings(database_url=database_url, var=tmp_path / "var", workflows=ROOT / "workflows", pool_size=4)
    desk = await build_desk(settings, FrozenClock(START))
    await publish_all(desk)
    yield desk
    await desk.runtime.db.close()


def importer(desk, kind):
    return CustomerImporter(desk.vault, desk.runtime.clock, BY) if kind == "customers" else ComplaintImporter(desk, ADMIN, BY)


async def imported(desk, kind, file, mapping, **more):
    """Import `file` (a path, or text) under `mapping` (a shipped map's name, or the fields)."""
    if not isinstance(file, Path):
        path = desk.runtime.settings.var / "in.csv"
        path.write_text(file, "utf-8")
        file = path
    target = importer(desk, kind)
    text = (ROOT / "workflows" / "maps" / mapping).read_text("utf-8") if mapping.endswith(".yaml") else f"target: {kind}\n{mapping}"
    made = load(text, target, source="map.yaml")
    source = open_source(file, made.file)
    return await run_import(desk.runtime, target, source, made, by=BY, rejects=beside(desk.runtime.settings.var / "x"), **more)


async def rows(desk, table, *where):
    async with desk.runtime.db.read() as conn:
        return (await conn.execute(select(table).where(*where))).mappings().all()


async def count(desk, table):
    async with desk.runtime.db.read() as conn:
        return (await conn.execute(select(func.count()).select_from(table))).scalar_one()


def listed(report):
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


IBM_HEADER = (
    "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,OnlineSecurity,OnlineBackup,"
    "DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn"
)


def ibm_line(number: int, total: str) -> str:
    none = "No internet service," * 6
    return f"{number:04}-ABCDE,Male,{number % 2},Yes,No,{number % 72},Yes,No,No,{none}Two year,No,Mailed check,20.25,{total},No"


CUSTOMERS = (
    "fields:\n  external_id: id\n  name: name\n  phone: phone\n  segment: segment\nkeep:\n  fee: {column: fee, type: money}\n"
)


async def test_customers_of_the_telco_sample_come_in_and_a_blank_total_is_no_zero(desk, tmp_path):
    lines = [ibm_line(n, " " if n in {3, 8} else f"{n}.5") for n in range(1, 41)]
    file = tmp_path / "telco.csv"
    file.write_text("\n".join([IBM_HEADER, *lines]) + "\n", "utf-8")
    report = await imported(desk, "customers", file, "ibm_telco_customers.yaml")
    assert report.run.counts == {"created": 38, "updated": 0, "unchanged": 0, "rejected": 2}
    assert report.unused == ("gender",)
    assert [(r["rejected_row"], r["rejected_field"], r["rejected_code"]) for r in listed(report)] == [
        ("4", "TotalCharges", "required_blank"),
        ("9", "TotalCharges", "required_blank"),
    ]
    async with desk.runtime.db.read() as conn:
        (known,) = await find(conn, customer.c.external_hash == desk.vault.blind("external_id", "0007-ABCDE"))
    assert not known["provisional"]
    expected = {"contract": "two_year", "tenure_months": 7, "total_charges": "7.50", "senior": True, "internet": "none"}
    assert {name: known["attributes"][name] for name in expected} == expected
    again = await imported(desk, "customers", file, "ibm_telco_customers.yaml")
    assert again.run.counts == {"created": 0, "updated": 0, "unchanged": 38, "rejected": 2}


async def test_what_names_a_customer_is_sealed_and_found_again(desk, tmp_path):
    text = "id,name,phone,segment,fee\nC1,欧阳静怡,139 1234 5678,high_value,30\nC2,李雷,12,mass,5\n"
    report = await imported(desk, "customers", text, CUSTOMERS)
    assert report.run.counts["created"] == 1
    (refused,) = listed(report)
    assert (refused["rejected_field"], refused["rejected_code"]) == ("phone", "phone_invalid")
    assert "12" not in refused["rejected_reason"]
    (row,) = await rows(desk, customer)
    assert "欧阳" not in repr(dict(row))
    assert b"1234" not in bytes(row["sealed"])
    assert (row["segment"], row["attributes"]) == ("high_value", {"fee": "30.00"})
    async with desk.runtime.db.read() as conn:
        (found,) = await find(conn, customer.c.phone_hash == desk.vault.blind("phone", "+8613912345678"))
        profile = open_profile(desk.vault.unwrap(found["wrapped"]), found)
    assert (profile.name, profile.phone) == ("欧阳静怡", "+8613912345678")


async def test_a_blank_cell_leaves_what_was_known(desk, tmp_path):
    await imported(desk, "customers", "id,name,phone,segment,fee\nC1,李雷,13912345678,mass,30\n", CUSTOMERS)
    report = await imported(desk, "customers", "id,name,phone,segment,fee\nC1,,,high_value,\n", CUSTOMERS)
    assert report.run.counts["updated"] == 1
    (row,) = await rows(desk, customer)
    assert (row["segment"], row["attributes"], row["version"]) == ("high_value", {"fee": "30.00"}, 2)
    async with desk.runtime.db.read() as conn:
        assert await find(conn, customer.c.phone_hash == desk.vault.blind("phone", "13912345678"))


COMPLAINTS = """
fields:
  source: {constant: crm}
  external_ref: ref
  customer_external_id: customer
  customer_phone: phone
  channel: {column: channel, values: {电话: phone, 网站: web, 电报: telegraph, 短信: smss}}
  text: text
  opened_at: {column: when, format: "YYYY/M/D H:mm", zone: Asia/Shanghai}
  source_status: status
  tags: tags
keep: {zip: zip}
"""
HEAD = "ref,customer,phone,channel,text,when,status,tags,zip\n"


async def test_complaints_enter_through_the_intake_and_stand_at_the_start(desk):
    text = (
        HEAD
        + 'R1,C1,,电话,"套餐太贵,\n没人管",2026/3/1 9:30,处理中,charge.roaming,08618\nR2,C1,,网站,流量超了,,,,\nR3,,13912345678,电话,没收到会员卡,,,,\n'
    )
    report = await imported(desk, "complaints", text, COMPLAINTS)
    assert report.run.counts == {"created": 3, "updated": 0, "unchanged": 0, "rejected": 0}
    found = {row["external_ref"]: row for row in await rows(desk, complaint)}
    async with desk.runtime.db.read() as conn:
        definition = await desk.current_workflow("complaint")
        words = await open_texts(conn, desk.vault, [row["text_id"] for row in found.values()])
    assert {row["state"] for row in found.values()} == {definition.start}
    first = found["R1"]
    assert words[str(first["text_id"])] == "套餐太贵,\n没人管"
    assert (first["source"], first["channel"], first["tags"], first["version"]) == ("crm", "phone", ["charge.roaming"], 1)
    assert first["opened_at"] == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert first["recorded"] == {"imported": {"status": "处理中", "zip": "08618"}}
    assert first["customer_id"] == found["R2"]["customer_id"] != found["R3"]["customer_id"]
    assert await count(desk, customer) == await count(desk, data_key) == 2
    events = await rows(desk, event, event.c.type == "opened")
    assert {row["complaint_id"] for row in events} == {row["id"] for row in found.values()}
    assert {row["complaint_id"] for row in await rows(desk, timer)} <= {row["id"] for row in found.values()}
    assert "套餐太贵" not in repr([dict(row) for row in events])


async def test_a_complaint_of_a_known_customer_finds_him(desk):
    await imported(desk, "customers", "id,name,phone,segment,fee\nC1,李雷,13912345678,mass,30\n", CUSTOMERS)
    await imported(desk, "complaints", HEAD + "R1,C1,,电话,a,,,,\nR2,,13912345678,电话,b,,,,\n", COMPLAINTS)
    assert {row["customer_id"] for row in await rows(desk, complaint)} == {(await rows(desk, customer))[0]["id"]}


async def test_the_same_complaints_again_change_nothing_and_other_words_are_not_written_over(desk):
    text = HEAD + "R1,C1,,电话,套餐太贵,2026/3/1 9:30,处理中,,\nR2,C1,,网站,流量超了,,,,\n"
    await imported(desk, "complaints", text, COMPLAINTS)
    before = await rows(desk, complaint)
    again = await imported(desk, "complaints", text, COMPLAINTS)
    assert again.run.counts == {"created": 0, "updated": 0, "unchanged": 2, "rejected": 0}
    other = await imported(desk, "complaints", text.replace("处理中", "已结案").replace("流量超了", "流量没超"), COMPLAINTS)
    assert [r["rejected_code"] for r in listed(other)] == ["source_changed", "source_changed"]
    assert await rows(desk, complaint) == before


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ("R1,,,电话,x,,,,", "customer", "required_blank"),
        ("R1,,12,电话,x,,,,", "phone", "phone_invalid"),
        ("R1,C1,,电话,,,,,", "text", "required_blank"),
        ("R1,C1,,传真,x,,,,", "channel", "value_unknown"),
        ("R1,C1,,电报,x,,,,", "channel", "channel_unknown"),
        ("R1,C1,,短信,x,,,,", "channel", "channel_unknown_near"),
        ("R1,C1,,电话,x,2027/1/1 0:00,,,", "when", "in_the_future"),
        ("R1,C1,,电话,x,,,Too Loud,", "tags", "not_tags"),
    ],
)
async def test_a_complaint_that_cannot_be_is_refused_with_its_field(desk, line, field, code):
    report = await imported(desk, "complaints", HEAD + line + "\n", COMPLAINTS)
    (refused,) = listed(report)
    assert (refused["rejected_row"], refused["rejected_field"], refused["rejected_code"]) == ("2", field, code)
    assert await count(desk, complaint) == await count(desk, customer) == 0


async def test_a_dry_run_of_complaints_stores_nothing(desk):
    report = await imported(desk, "complaints", HEAD + "R1,C1,,电话,x,,,,\n", COMPLAINTS, dry_run=True)
    assert report.run.counts["created"] == 1
    assert await count(desk, complaint) == await count(desk, customer) == await count(desk, data_key) == 0


async def test_complaints_go_out_masked_whole_and_on_record(desk):
    lines = "".join(f"R{n},C{n},,电话,投诉{n},2026/3/1 9:{n % 60:02},,,\n" for n in range(450))
    await imported(desk, "complaints", HEAD + lines + "=R,C1,,电话,=1+1,,处理中,,\n", COMPLAINTS)
    stream = await export_complaints(desk, BY, Filters(opened_to=START), "csv", lang="zh")
    pieces = [piece async for piece in stream]
    assert len(pieces) > 3
    out = list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"), newline="")))
    assert sorted(row["来源编号"] for row in out) == sorted(f"R{n}" for n in range(450))
    assert {row["投诉内容"] for row in out} == {f"投诉{n}" for n in range(450)}
    assert not {f"C{n}" for n in range(10, 450)} & {row["客户编号"] for row in out}
    (taken,) = await rows(desk, event, event.c.type == "exported")
    assert (taken["data"]["kind"], taken["data"]["format"], list(taken["data"]["filters"])) == ("complaints", "csv", ["opened_to"])
    rest = b"".join([piece async for piece in await export_complaints(desk, BY, Filters(opened_from=START), "jsonl")])
    (last,) = map(json.loads, rest.splitlines())
    assert (last["text"], last["source_status"], last["external_ref"]) == ("=1+1", "处理中", "=R")


def first(file: Path, many: int, folder: Path) -> tuple[Path, int]:
    """The first `many` records of a file (0: the file itself) and how many that is."""
    with file.open(encoding="utf-8", newline="") as given:
        records = list(csv.reader(given))
    if not many or many >= len(records) - 1:
        return file, len(records) - 1
    path = folder / file.name
    with path.open("w", encoding="utf-8", newline="") as part:
        csv.writer(part).writerows(records[: many + 1])
    return path, many


@pytest.mark.skipif(REAL is None, reason="REAL_DATA names no folder with the public samples")
@pytest.mark.parametrize(
    ("kind", "name", "mapping", "blank"),
    [
        ("customers", "ibm_telco/Telco-Customer-Churn.csv", "ibm_telco_customers.yaml", "TotalCharges"),
        ("complaints", "cfpb/consumer_complaints.csv", "cfpb_complaints.yaml", None),
    ],
)
async def test_the_public_samples_come_in_whole_and_twice_change_nothing(desk, tmp_path, kind, name, mapping, blank):
    file, total = first(Path(str(REAL)) / name, size("import_rows"), tmp_path)
    with file.open(encoding="utf-8", newline="") as given:
        refused = sum(not row[blank].strip() for row in csv.DictReader(given)) if blank else 0
    report = await imported(desk, kind, file, mapping)
    assert report.run.counts == {"created": total - refused, "updated": 0, "unchanged": 0, "rejected": refused}
    again = await imported(desk, kind, file, mapping)
    assert again.run.counts == {"created": 0, "updated": 0, "unchanged": total - refused, "rejected": refused}
