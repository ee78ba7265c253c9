"""Addresses and forms as nobody means them: numbers that are none, and links with the end of a sentence behind them."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.support.cast import RECIPIENT
from tests.support.level2 import Level2
from tests.unit.portal.portal_client import Client
from tests.unit.portal.test_level2 import People
from zegel.vault.tables.records import Delivery
from zegel_web.numbers import row_number

NUMBERS = {
    "the first too large": str(2**63),
    "twenty digits": "1" + "0" * 19,
    "five thousand digits": "9" * 5000,
    "below the smallest": str(-(2**63) - 1),
    "arabic": "\u0661\u0662",
    "superscript": "\u00b2",
    "with a nul": "1\0",
}
OTHERS = (
    "9" * 19,
    str(2**64),
    "-1",
    "\uff11",
    " 1",
    "1 ",
    "1_0",
    "+1",
    "0x10",
    "1e4",
    "NaN",
    "1\n",
    "",
    "01",
    "\u0bf0",
)
FIELDS = ("delivery", "device", "passkey", "only", "from", "d", "u", "s", "number-{}", "region-{}", "to-{}")


@pytest.fixture
def people(level2: Level2) -> People:
    return People(level2)


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    (made,) = level2.seal(RECIPIENT, level=1)
    level2.run()
    return made


def unlocked(people: People, delivery: Delivery) -> Client:
    jan, path = people.browser(), people.path(delivery)
    jan.submit(path, f"{path}/password")
    password = people.level2.built.passwords_sent()[-1]
    people.level2.run()
    jan.submit(f"{path}/enter", f"{path}/enter", password=password)
    assert jan.get(f"{path}/message").status == 200
    return jan


@pytest.mark.parametrize("written", [*NUMBERS.values(), *OTHERS], ids=[*NUMBERS, *map(ascii, OTHERS)])
def test_only_what_these_pages_write_is_a_number(written: str) -> None:
    assert row_number(written) is None


def test_every_number_of_a_row_is_one() -> None:
    for number in (0, 1, 2**31, 2**63 - 1):
        assert row_number(str(number)) == number


@pytest.mark.parametrize("written", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_that_is_none_is_refused_and_breaks_nothing(people: People, delivery: Delivery, written: str) -> None:
    jan, path = unlocked(people, delivery), people.path(delivery)
    sender = people.level2.core.access.sender_link(delivery.message_id).removeprefix("http://127.0.0.1:8080")
    links = {"m": path, "s": sender, "d": "/d/nobody"}
    raw = written.encode().decode("latin-1")
    for route in people.app.routes:
        kind = re.match(r"/([msd])/<token>", route.rule)
        rule = route.rule.replace(kind[0], links[kind[1]]) if kind else route.rule
        address = re.sub(r"<\w+(:re:[^>]+|:number)?>", lambda _: raw, rule)
        if route.method == "GET":
            query = "&".join(f"{name.format(quote(written))}={quote(written)}" for name in FIELDS)
            assert jan.get(f"{address}?{query}").status < 500, address
            if "<" in rule and ":number" in route.rule:
                assert jan.get(address).status in (400, 404), address
        elif "sign-out" not in rule and "everywhere" not in rule and "recall" not in rule:
            proof = people.level2.core.access.csrf(jan.cookies["zegel"], rule.split("/")[2] if kind else "")
            fields = {name.format(written): written for name in FIELDS} | {"csrf": proof}
            assert jan.post(address, fields).status < 500, address
            assert jan.post(address, {**fields, "name": "x"}).status < 500, address
    assert jan.errors.getvalue() == ""


TAILS = (
    "/", ".", "/.", ",", ")", ").", ";", ">", ">.", "!", "?!", ":", "'", '"', "\u201d", "\u00bb.", "\u2026", " ",
    "\u00a0", "/>",
)  # fmt: skip


@pytest.mark.parametrize("tail", TAILS, ids=ascii)
def test_a_link_with_the_end_of_a_sentence_behind_it_gives_its_page(
    people: People, delivery: Delivery, tail: str
) -> None:
    jan, path, raw = people.browser(), people.path(delivery), tail.encode().decode("latin-1")
    sender = people.level2.core.access.sender_link(delivery.message_id).removeprefix("http://127.0.0.1:8080")
    for page in (path, f"{path}/enter", f"{path}/not-asked", sender, f"{sender}/recall"):
        wanted, given = jan.get(page), jan.get(page + raw)
        assert given.status == wanted.status == 200, page
        assert given.text == wanted.text
    assert jan.call("HEAD", path + raw).status == 200


@pytest.mark.parametrize("path", ["/", "/m/", "/m/.", "/static/portal.css/", "/health.", "/m/unknown.", "/s/unknown/"])
def test_other_addresses_stay_what_they_are(people: People, path: str) -> None:
    assert people.browser().get(path).status == (200 if path == "/" else 404)


def test_a_form_keeps_to_its_address(people: People, delivery: Delivery) -> None:
    jan, path = people.browser(), people.path(delivery)
    jan.get(path)
    assert jan.post(f"{path}/password.", {}).status == 404
