"""The sums told in the demo cases and in the tutorial follow from the demo tariff and the customers' use."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.integrations.demo.files import read_cases, read_world
from app.settings import Settings
from tests.integration.demo_world import WORKFLOWS, definition

SETTINGS = Settings(workflows=WORKFLOWS)
TARIFF = definition("plans.yaml")
PRODUCTS = {item["id"]: item for part in ("plans", "addons") for item in TARIFF[part]}


@pytest.fixture
def usage():
    world = read_world(SETTINGS)
    assert world is not None
    return {person.external_id: person.attributes["usage"] for person in world.customers}


def price(product: str, meter: str) -> Decimal:
    return Decimal(PRODUCTS[product]["prices"][meter])


def bill(product: str, **used: int) -> Decimal:
    """A month's bill of `used` units by meter; allowances in units or in yuan of use at list price."""
    plan, left = PRODUCTS[product], {meter: Decimal(n) for meter, n in used.items()}
    total = Decimal(plan["fee"])
    for allowance in plan.get("allowances", ()):
        mine = [meter for meter in allowance["meters"] if meter in left]
        rest = Decimal(allowance["quantity"]) if "quantity" in allowance else None
        for meter in mine:
            taken = min(left[meter], rest) if rest is not None else Decimal(0)
            left[meter] -= taken
            rest = rest - taken if rest is not None else None
    return total + sum((n * price(product, meter) for meter, n in left.items()), Decimal(0))


def packed(product: str, use: Decimal) -> Decimal:
    """A month's bill of `use` yuan at list price on a plan that buys so many yuan of use."""
    plan = PRODUCTS[product]
    return Decimal(plan["fee"]) + max(Decimal(0), use - Decimal(plan["allowances"][0]["list_price_use"]))


def told(number: int) -> str:
    """All words of a case, in both languages."""
    return (WORKFLOWS / "demo" / "cases" / f"{number}-{read_cases(SETTINGS)[number - 1].id}.yaml").read_text("utf-8")


def test_wrong_size(usage):
    use = [Decimal(one) for one in usage["demo-wang"]["list_price_use"]]
    held, smaller = [packed("gotone_150_400", one) for one in use], [packed("gotone_80_200", one) for one in use]
    less = [h - s for h, s in zip(held, smaller, strict=True)]
    assert [sum(held), sum(smaller), sum(less), min(less), round(sum(less) / 6)] == [900, 497, 403, 59, 67]
    for figure in ("900 元", "497 元", "403 元", "67 元", "59 元", "900 yuan", "497", "403 less", "67 a month", "59 less"):
        assert figure in told(1)


def test_broken_promise_the_new_plan_is_dearer_in_no_month(usage):
    old, new = price("business_488_old", "international_call"), price("business_488_new", "international_call")
    assert PRODUCTS["business_488_old"]["fee"] == PRODUCTS["business_488_new"]["fee"]
    assert [old, new] == [8, Decimal("4.9")]
    assert [Decimal(b) - 488 for b in usage["demo-he"]["bill"]] == [m * old for m in usage["demo-he"]["international_call"]]
    assert all(m * new < m * old for m in usage["demo-he"]["international_call"])


def test_too_angry_today_the_plan_that_was_not_on_sale_would_have_saved_200_to_300(usage):
    months = zip(usage["demo-zhang"]["local_call"], usage["demo-zhang"]["province_roaming"], strict=True)
    less = [
        bill("gotone_standard", local_call=local, province_roaming=away)
        - bill("business_388", local_call=local, province_roaming=away)
        for local, away in months
    ]
    assert all(200 <= one <= 300 for one in less)
    away = usage["demo-zhang"]["province_roaming"]
    assert round(sum(away) / 6, -1) == 630
    assert round(sum(away) / 6 * 0.6, -1) == 380


def test_data_overrun(usage):
    own = usage["demo-li"]
    assert bill("mzone_data_30", data=own["data"][-1]) - Decimal(PRODUCTS["mzone_data_30"]["fee"]) == 86
    pace = own["data_this_month"]["megabytes"] * 30 // own["data_this_month"]["days"] - 30
    assert 75 <= pace < 80
    assert pace < PRODUCTS["data_100"]["allowances"][0]["quantity"]
    assert Decimal(PRODUCTS["data_100"]["fee"]) < pace * price("mzone_data_30", "data")


def test_phone_settings(usage):
    assert bill("easyown_standard", data=usage["demo-zhao"]["data"][-1]) == 12


def test_home_for_the_festival(usage):
    minutes = usage["demo-luo"]["national_roaming"][-1]
    paid = minutes * price("easyown_standard", "national_roaming")
    then = Decimal(PRODUCTS["two_cities"]["fee"]) + minutes * price("two_cities", "national_roaming")
    assert (paid, then, paid - then) == (126, Decimal("62.5"), Decimal("63.5"))
