"""Codes through a real Kannel, from the button in the portal to what the phone gets, and back by delivery reports."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.kannel import USER, Between, Kannel
from tests.e2e.page import Page, Visitor
from tests.e2e.post import Post, plain
from tests.e2e.recipient import is_notification, link_in
from tests.support.limits import within

DOWN_SECONDS = float(os.environ.get("KANNEL_DOWN_SECONDS", "20"))
"""How long the gateway is away in its test; `KANNEL_DOWN_SECONDS=300` is five minutes."""
TIME_OUT = 3.0
SECRET = "De uitslag van mevrouw De Vries is goed."


class Phones:
    """The stack, Kannel behind it, and people who each have a phone of their own."""

    def __init__(self, post: Post, kannel: Kannel, between: Between) -> None:
        self.post = post
        self.kannel = kannel
        self.between = between
        self._numbers = iter(range(10, 100))

    def recipient(self) -> Recipient:
        """Somebody who got a level-2 message, and whose number is known."""
        address = self.post.somebody("jan")
        number = f"+316123459{next(self._numbers)}"
        self.zegel("phone", "set", address, number)
        self.post.send(plain("[zeer veilig] Uitslag", SECRET, to=address), address)
        return Recipient(self, link_in(self.post.wait_for_mail(address, is_notification)), number)

    def zegel(self, *words: str) -> None:
        group, command, *rest = words
        config = str(self.post.stack.config)
        program = str(Path(sys.executable).parent / "zegel")
        subprocess.run([program, group, command, "--config", config, *rest], check=True, capture_output=True)


class Recipient:
    """One person: a link, a browser, a phone."""

    def __init__(self, phones: Phones, link: str, number: str) -> None:
        self.phones = phones
        self.link = link
        self.number = number
        self.visitor = Visitor("en")

    def ask(self) -> Page:
        """Presses "send my code"."""
        return self.visitor.submit(self.visitor.get(self.link).form("/code"))

    def again(self) -> Page:
        """Presses "send the code again"."""
        return self.visitor.submit(self.visitor.get(f"{self.link}/enter").form("/code"))

    def progress(self) -> str:
        """What the code page says about the SMS."""
        return " ".join(self.visitor.get(f"{self.link}/enter").texts.get("progress", "").split())

    def told(self, words: str, seconds: float = 20.0) -> None:
        """Waits until the page says so."""
        wait(lambda: words in self.progress(), f"the page to say {words!r}; it says {self.progress()!r}", seconds)

    def code(self, count: int = 1, seconds: float = 20.0) -> str:
        """The newest code on the phone, once `count` have come."""
        wait(lambda: len(self.codes()) >= count, f"SMS number {count} to {self.number}", seconds)
        return self.codes()[-1]

    def codes(self) -> list[str]:
        return self.phones.kannel.texts(self.number)

    def opens_with(self, code: str) -> None:
        page = self.visitor.submit(self.visitor.get(f"{self.link}/enter").form("/enter"), code=code)
        assert page.url.endswith("/message"), page.text
        assert SECRET in self.visitor.get(next(frame for frame in page.frames if frame.endswith("/body"))).text


def wait(true: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    with folder_for_postfix() as folder, Kannel(tmp_path_factory.mktemp("sms") / "kannel") as kannel:
        between = Between(kannel.port)
        settings = {
            "sms": {
                "gateway": "kannel",
                "seconds": TIME_OUT,
                "sender": {"nl": "Kliniek", "en": "Clinic"},
                "kannel": {
                    "url": f"http://127.0.0.1:{between.port}/cgi-bin/sendsms",
                    "user": USER,
                    "password_file": str(kannel.password_file),
                },
            }
        }
        with Stack(folder, Ports.free(), Options(settings=settings)) as stack:
            yield Phones(Post(stack), kannel, between)
        between.close()


@pytest.fixture(autouse=True)
def all_is_well(phones: Phones) -> Iterator[None]:
    yield
    phones.between.mode = "pass"
    phones.between.open()
    phones.kannel.start()


def test_request_acceptance_and_delivery_report(phones: Phones) -> None:
    jan = phones.recipient()
    with within(2):
        assert jan.ask().status == 200
        code = jan.code(seconds=10)
    jan.told("has arrived at +3******9")
    jan.opens_with(code)
    assert jan.codes() == [code]


def test_many_people_at_once_get_their_own_code_each(phones: Phones) -> None:
    people = [phones.recipient() for _ in range(8)]
    for each in people:
        each.ask()
    for each in people:
        each.opens_with(each.code())
    assert all(len(each.codes()) == 1 for each in people)


def test_a_gateway_that_is_away_and_comes_back_loses_no_code_and_doubles_none(phones: Phones) -> None:
    people = [phones.recipient() for _ in range(5)]
    phones.kannel.stop()
    phones.between.close()
    for each in people:
        each.ask()
    for each in people:
        each.told("We keep trying until")
        assert "We keep trying until" in each.again().texts["progress"], "pressing again is honest too"
    time.sleep(DOWN_SECONDS)
    assert all(each.codes() == [] for each in people)
    phones.kannel.start()
    phones.between.open()
    for each in people:
        code = each.code(seconds=40)
        each.told("has arrived")
        each.opens_with(code)
    time.sleep(3)
    assert [len(each.codes()) for each in people] == [1] * 5


def test_garbage_instead_of_an_answer_is_admitted_and_the_same_code_comes_when_asked_again(phones: Phones) -> None:
    jan = phones.recipient()
    phones.between.mode = "garbage"
    before = phones.between.requests
    jan.ask()
    jan.told("We are not sure that your SMS has left")
    time.sleep(5)
    assert phones.between.requests == before + 1, "it is not repeated by itself"
    phones.between.mode = "pass"
    wait(lambda: _can_ask(jan), "the half minute between two SMS", 40)
    jan.again()
    jan.opens_with(jan.code())
    assert len(jan.codes()) == 1


@pytest.mark.parametrize("mode", ["garbled", "drop", "slow"])
def test_an_answer_that_is_lost_doubles_nothing_and_the_report_clears_the_doubt(phones: Phones, mode: str) -> None:
    jan = phones.recipient()
    phones.between.mode, phones.between.seconds = mode, TIME_OUT + 2
    jan.ask()
    code = jan.code()
    jan.told("has arrived")
    phones.between.mode = "pass"
    time.sleep(TIME_OUT + 3)
    assert jan.codes() == [code], "sent once"
    jan.opens_with(code)


def test_a_gateway_that_is_slow_within_its_time_is_waited_for(phones: Phones) -> None:
    jan, eva = phones.recipient(), phones.recipient()
    phones.between.mode, phones.between.seconds = "slow", TIME_OUT - 1.5
    jan.ask()
    jan.told("We are sending a code", seconds=1)
    eva.ask()
    for each in (jan, eva):
        each.opens_with(each.code())
    assert len(jan.codes()) == len(eva.codes()) == 1


def test_a_slow_gateway_holds_up_no_mail(phones: Phones) -> None:
    people = [phones.recipient() for _ in range(6)]
    phones.between.mode, phones.between.seconds = "slow", TIME_OUT + 2
    for each in people:
        each.ask()
    address = phones.post.somebody("eva")
    phones.post.send(plain("Uw gegevens", "BSN 111222333", to=address), address)
    phones.post.wait_for_mail(address, is_notification, seconds=2)


@pytest.mark.parametrize("moment", [0.0, 0.15, 0.5, 1.5])
def test_a_courier_killed_on_the_way_loses_and_doubles_nothing(phones: Phones, moment: float) -> None:
    jan = phones.recipient()
    phones.between.mode, phones.between.seconds = "slow", 1.0
    jan.ask()
    time.sleep(moment)
    phones.post.stack.kill("courier")
    phones.between.mode = "pass"
    time.sleep(1.5)
    phones.post.stack.restart("courier")
    wait(lambda: jan.codes() != [] or "not sure" in jan.progress(), "an SMS or an honest word")
    if not jan.codes():
        wait(lambda: _can_ask(jan), "the half minute between two SMS", 40)
        jan.again()
    code = jan.code()
    time.sleep(2)
    assert jan.codes() == [code]
    jan.opens_with(code)


def test_a_wrong_password_is_tried_until_the_administrator_mends_it(phones: Phones) -> None:
    jan = phones.recipient()
    right = phones.kannel.password_file.read_text()
    try:
        phones.kannel.password_file.write_text("verkeerd")
        phones.post.stack.restart("courier")
        jan.ask()
        jan.told("We keep trying until")
    finally:
        phones.kannel.password_file.write_text(right)
        phones.post.stack.restart("courier")
    jan.opens_with(jan.code(seconds=40))
    assert len(jan.codes()) == 1


def test_the_logs_hold_no_code_no_number_and_no_link(phones: Phones) -> None:
    jan = phones.recipient()
    jan.ask()
    code = jan.code()
    jan.told("has arrived")
    jan.opens_with(code)
    for log in ("courier", "portal", "milter"):
        text = (phones.post.stack.log / f"{log}.log").read_text()
        for secret in (code, jan.number, jan.link.rpartition("/")[2]):
            assert secret not in text, log
    with closing(sqlite3.connect(phones.post.stack.data / "zegel.db")) as database:
        (events,) = database.execute("SELECT group_concat(details || actor) FROM event").fetchone()
    assert code not in events and jan.number not in events


def _can_ask(recipient: Recipient) -> bool:
    """Whether "send again" does something now: the page has no countdown."""
    return not re.search(r'data-wait="', recipient.visitor.get(f"{recipient.link}/enter").text)
