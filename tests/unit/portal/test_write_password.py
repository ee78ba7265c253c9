"""The password that proves an address: who gets one, how often, and what nobody learns by asking for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import RECIPIENT, SENDER
from tests.unit.conversations.reply_form import csrf_of
from tests.unit.conversations.writing_first import DESK, EVA, HEART, House
from zegel.delivery_error import DeliveryError

HALF_A_DAY = 12 * 3600


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House.in_(tmp_path)
    yield made
    made.core.close()


def test_the_mail_with_the_password_says_nothing_that_was_typed_and_that_it_can_be_ignored(house: House) -> None:
    mallory = house.browser()
    mallory.ask(EVA, HEART, HTTP_REFERER="https://evil.example/")
    house.run()
    (letter,) = house.letters(EVA)
    text = house.text(EVA)
    assert letter["Auto-Submitted"] == "auto-generated" and letter["To"] == EVA
    assert "Cardiologie" not in str(letter) and HEART not in str(letter) and "http" not in text
    assert "you can ignore this e-mail" in " ".join(text.split())
    assert [to for _, to, _ in house.postfix.mails] == [EVA]


@pytest.mark.parametrize(
    "address",
    ["", "eva", "eva@", "@elders.example", "eva@elders", "eva@elders.example, jan@post.example", "eva@[127.0.0.1]",
     "eva@127.0.0.1", "Eva <eva@elders.example>", "eva@elders.example\r\nBcc: x@post.example", '"eva x"@elders.example',
     "a%b@elders.example", "a!b@elders.example", "@a:b@elders.example", "-oQ/tmp@elders.example", "eva@elders.example;",
     "eva\u202e@elders.example", "eva@elders.example\x00", "x" * 65 + "@elders.example", "e@" + "x" * 300 + ".example",
     "eva@elders..example", "eva@-elders.example", "éva@elders.example", "eva@elders.example?cc=jan@post.example"],
)  # fmt: skip
def test_what_is_no_plain_address_gets_no_mail(house: House, address: str) -> None:
    eva = house.browser()
    answer = eva.ask(address)
    if answer.status == 303:  # a part of it is an address, and only that one gets a mail
        house.run()
        assert [to for _, to, _ in house.postfix.mails] == [address.strip()]
    else:
        assert answer.status == 422 and "not complete" in answer.text
        house.run()
        assert house.postfix.mails == []


@pytest.mark.parametrize(
    "address",
    [
        SENDER,
        HEART,
        "iedereen@kliniek.example",
        "ANNA@KLINIEK.EXAMPLE",
        "x@lijsten.kliniek.example",
        "anna@kliniek.example.",
    ],
)
def test_our_own_people_get_no_password(house: House, address: str) -> None:
    answer = house.browser().ask(address)
    assert answer.status == 422 and "an address of De Kliniek itself" in answer.text
    house.run()
    assert house.postfix.mails == []


def test_known_and_unknown_people_are_answered_alike(house: House) -> None:
    house.built.seal(RECIPIENT)  # somebody whom we wrote to
    known, other = (house.browser(f"192.0.2.{n}") for n in (1, 2))
    answers = [known.ask(RECIPIENT), other.ask("niemand@nergens.example")]
    assert [(each.status, each.header("Location")) for each in answers] == [(303, "/write/password?s=sent")] * 2
    pages = [each.get("/write/password?s=sent").text for each in (known, other)]
    plain = [re.sub(r"csrf\" value=\"[^\"]+\"|\S+@(post|nergens)\.example", "", each) for each in pages]
    assert plain[0] == plain[1]


def test_an_address_gets_few_passwords_and_nobody_can_see_that_it_had_enough(house: House) -> None:
    pages = []
    ways = [EVA, EVA.upper(), "eva+1@elders.example", "e.v.a@elders.example", "eva+1+2@ELDERS.example", EVA, EVA, EVA]
    for number, address in enumerate(ways):
        other = house.browser(f"192.0.2.{number}")
        answer = other.ask(address)
        pages.append((answer.status, answer.header("Location")))
        house.run()
    assert set(pages) == {(303, "/write/password?s=sent")}
    assert len(house.postfix.mails) == 5
    house.clock.pass_(2 * HALF_A_DAY + 1)
    house.upkeep()
    house.browser().ask(EVA)
    house.run()
    assert len(house.postfix.mails) == 6


@pytest.mark.parametrize(
    ("networks", "asked"),
    [
        (["192.0.2.1"], 3),
        (["2001:db8::1", "2001:db8::2:1", "2001:db8:0:0:ffff::"], 3),
        (["::ffff:192.0.2.9", "192.0.2.9"], 3),
        (["192.0.2.9, 192.0.2.1", "192.0.2.9, 192.0.2.2", "unknown"], 3),
        (["192.0.2.1", "192.0.2.2"], 5),
    ],
    ids=["one", "one-64", "mapped", "several", "all"],
)
def test_a_network_and_all_together_can_ask_so_often(tmp_path: Path, networks: list[str], asked: int) -> None:
    house = House.in_(tmp_path, "  per_network: 3\n  per_day: 5\n")
    answers = []
    for number in range(8):
        answers.append(house.browser(networks[number % len(networks)]).ask(f"x{number}@elders.example"))
    assert [each.status for each in answers] == [303] * asked + [429] * (8 - asked)
    assert answers[-1].header("Retry-After") == "3600"
    house.run()
    assert len(house.postfix.mails) == asked
    house.core.close()


def test_asking_again_at_once_sends_nothing_and_later_the_same_password(house: House) -> None:
    eva = house.browser()
    eva.ask()
    first = house.password()
    assert eva.ask().header("Location") == "/write/password?s=recent"
    house.clock.pass_(61)
    assert eva.ask().header("Location") == "/write/password?s=sent"
    assert house.password() == first and len(house.letters(EVA)) == 2
    assert eva.type(first).status == 303


def test_a_password_works_once_in_its_browser_for_an_hour(house: House) -> None:
    eva, mallory = house.browser(), house.browser("198.51.100.1")
    eva.ask()
    password = house.password()
    mallory.ask("mallory@evil.example")
    assert "not right" in mallory.type(password).text, "another browser"
    cookie = dict(eva.client.cookies)
    assert eva.type(password.upper().replace("-", " ")).status == 303
    assert eva.client.cookies != cookie, "the cookie that was there before is worth nothing"
    mallory.client.cookies = cookie
    assert mallory.get("/write/password").header("Location") == "/write"
    late = house.browser()
    late.ask("laat@elders.example")
    page = late.get("/write/password")
    house.clock.pass_(3601)
    answer = late.client.post("/write/password", {"csrf": csrf_of(page), "password": password})
    assert answer.header("Location") == "/write?s=over"


def test_wrong_passwords_are_counted_over_new_mails_too(house: House) -> None:
    eva = house.browser()
    eva.ask()
    right = house.password()
    for _ in range(5):
        assert eva.type("abcd-efgh-2345").status == 422
    house.clock.pass_(61)
    eva.ask()
    for _ in range(5):
        eva.type("abcd-efgh-2345")
    assert "too often" in eva.type(right).text, "the right one comes too late"
    house.clock.pass_(61)
    eva.ask()
    assert house.password() != right
    assert "Type the password" in eva.type(" - ").text
    assert eva.type(house.password()).status == 303


def test_messages_are_counted_by_writer_and_by_addressee(tmp_path: Path) -> None:
    house = House.in_(tmp_path, "  per_writer: 3\n  per_addressee: 4\n")
    eva, jan = house.browser(), house.browser("198.51.100.1")
    link = eva.prove()
    assert [eva.write(link, f"bericht {n}").status for n in range(2)] == [303] * 2
    assert eva.write(eva.prove(to=DESK), "een derde").status == 303
    assert eva.write(link, "een vierde").status == 429
    again = eva.prove()
    page = eva.write(again, "een vierde")
    assert page.status == 429 and "een vierde" in page.text, "another proof is no way around"
    mine = jan.prove("jan@elders.example")
    assert [jan.write(mine, f"bericht {n}").status for n in range(2)] == [303] * 2
    other = house.browser("203.0.113.1")
    page = other.write(other.prove("piet@elders.example"), "te veel", subject="onderwerp")
    assert page.status == 429 and "te veel" in page.text and "onderwerp" in page.text and page.header("Retry-After")
    house.core.close()


def test_what_is_stored_shows_no_address_and_goes_after_a_day(house: House) -> None:
    eva = house.browser()
    eva.ask()
    house.run()
    database: Any = house.store.database
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert EVA.encode() not in (house.built.folder / "zegel.db").read_bytes()
    house.clock.pass_(2 * HALF_A_DAY + 1)
    house.upkeep()
    for table in ("proof", "answer", "outbox"):
        assert database.execute_sql(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)


def test_an_address_that_does_not_exist_troubles_nobody(house: House) -> None:
    house.postfix.refusal = DeliveryError(status="5.1.1", answer="no such user", permanent=True)
    house.browser().ask("weg@elders.example")
    house.run()
    assert house.due() == [] and not list(house.store.outbox.list(["stuck"]))
