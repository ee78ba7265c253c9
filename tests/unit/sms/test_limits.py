"""SMS pumping: whatever is pressed, by however many, no more leaves than the limits say, and somebody is told."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from tests.support.cast import RECIPIENT
from tests.support.level2 import BROWSER, NUMBER, Level2
from zegel.unlock.sms_limits import APART_SECONDS, DAY_MOST, WINDOW_MOST

CAP = 50


@pytest.mark.slow
def test_three_in_ten_minutes_thirty_seconds_apart_and_ten_a_day(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    sent: list[float] = []
    start = level2.clock()
    while level2.clock() < start + 86_400:
        if level2.codes.ask(delivery, BROWSER, "nl").kind in ("sent", "again"):
            sent.append(level2.clock())
            level2.run()
        level2.clock.pass_(10)
    assert level2.due() == []  # nothing was waiting after an answer that sends nothing
    assert len(sent) == DAY_MOST
    assert min(later - earlier for earlier, later in pairwise(sent)) >= APART_SECONDS
    for moment in sent:
        assert len([at for at in sent if moment <= at < moment + 600]) <= WINDOW_MOST


def test_the_limits_are_the_phones_whatever_link_and_browser(level2: Level2) -> None:
    level2.phonebook.give_all([(f"r{n}@post.example", NUMBER) for n in range(20)], "x@kliniek.example")
    deliveries = [level2.seal(f"r{n}@post.example")[0] for n in range(20)]
    kinds = [level2.codes.ask(delivery, f"browser {n}", "nl").kind for n, delivery in enumerate(deliveries)]
    assert kinds == ["sent"] + ["wait"] * 19


def test_the_wait_that_is_told_is_the_true_one(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    for _ in range(25):
        asked = level2.codes.ask(delivery, BROWSER, "nl")
        level2.run()
        if asked.kind in ("sent", "again"):
            continue
        assert asked.wait_seconds > 0
        level2.clock.pass_(asked.wait_seconds - 1)
        assert level2.codes.ask(delivery, BROWSER, "nl").kind not in ("sent", "again")
        level2.clock.pass_(1)
        assert level2.codes.ask(delivery, BROWSER, "nl").kind in ("sent", "again")
        level2.run()


@pytest.mark.slow
def test_a_thousand_requests_over_many_links_and_addresses(level2: Level2) -> None:
    chance = random.Random(4)
    people = [f"r{n}@post.example" for n in range(100)]
    level2.phonebook.give_all([(each, f"+316123400{n:02}") for n, each in enumerate(people)], "x@kliniek.example")
    deliveries = [level2.seal(each)[0] for each in people]
    level2.run()
    before = len(level2.letters("beheer@kliniek.example"))
    for number in range(1000):
        level2.codes.ask(chance.choice(deliveries), f"browser {number}", chance.choice(["nl", "en"]))
        level2.clock.pass_(chance.choice([0, 0, 1, 5]))
        if number % 20 == 19:
            level2.run()
    assert len(level2.gateway.taken) == CAP
    alarms = level2.letters("beheer@kliniek.example")[before:]
    assert [str(mail["Subject"]) for mail in alarms] == ["Codes: 40 van 50 gebruikt", "Codes: 50 van 50 gebruikt"]
    per_phone = {sms.number: 0 for sms in level2.gateway.taken}
    for sms in level2.gateway.taken:
        per_phone[sms.number] += 1
    assert max(per_phone.values()) <= DAY_MOST
    asked = level2.codes.ask(deliveries[0], BROWSER, "nl")
    assert asked.kind in ("cap", "limit", "wait") and asked.wait_seconds > 0


def test_the_cap_opens_again_after_a_day_and_the_next_day_has_an_alarm_of_its_own(level2: Level2) -> None:
    people = [f"r{n}@post.example" for n in range(CAP + 1)]
    level2.phonebook.give_all([(each, f"+316123400{n:02}") for n, each in enumerate(people)], "x@kliniek.example")
    deliveries = [level2.seal(each)[0] for each in people]
    for day in range(2):
        kinds = [level2.codes.ask(delivery, f"{day}", "nl").kind for delivery in deliveries]
        assert kinds == ["sent"] * CAP + ["cap"]
        level2.run()
        level2.clock.pass_(86_401)
    assert len(level2.letters("beheer@kliniek.example")) == 4
