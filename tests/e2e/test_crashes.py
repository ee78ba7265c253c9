"""kill -9 of milter, courier and portal under load: nothing lost, nothing sealed twice."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

from demo.stack import Ports, Stack
from tests.e2e.load import Load, Sample, delivered

KILLS = 50
MESSAGES = 600
GAPS = 2
"""Messages that may be sealed twice: a kill hit the instant between the milter's "yes" and Postfix's ear."""


def test_fifty_kills_under_load_lose_nothing_and_repeat_nothing(tmp_folder: Path) -> None:
    chance = random.Random(20261122)
    samples = [Sample(number, sensitive=number % 2 == 0) for number in range(MESSAGES)]
    with Stack(tmp_folder, Ports.free()) as stack:
        load = Load(stack.ports.smtp, samples, pace=0.3)  # so that it lasts as long as the kills
        load.start()
        for _ in range(KILLS):
            victim = chance.choice(["milter", "milter", "courier", "courier", "portal"])
            time.sleep(chance.uniform(0.0, 0.25))
            stack.kill(victim)
            stack.restart(victim)
        load.finish()
        assert len(load.accepted) == MESSAGES
        assert load.refusals, "no kill ever hit a message: the load was too light to show anything"
        _wait_until_drained(stack)
        counts = {sample: delivered(stack.mail, sample) for sample in samples}
        database = sqlite3.connect(stack.data / "zegel.db")
        (sealed,) = database.execute("SELECT count(*) FROM message").fetchone()
        (deliveries,) = database.execute("SELECT count(DISTINCT recipient) FROM delivery").fetchone()
        database.close()
        again = stack.log.joinpath("courier.log").read_text().count("they are sent again")
    missing = [sample for sample, count in counts.items() if count == 0]
    twice = [sample for sample, count in counts.items() if count > 1]
    assert missing == []
    assert deliveries == MESSAGES // 2
    assert sealed - deliveries <= GAPS
    assert [sample for sample in twice if not sample.sensitive] == []
    # The gap that the design admits: accepted by Postfix, not yet marked done; one a thread of a killed courier.
    assert len(twice) <= 4 * again + (sealed - deliveries)


def _wait_until_drained(stack: Stack) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        database = sqlite3.connect(stack.data / "zegel.db")
        (open_,) = database.execute("SELECT count(*) FROM outbox WHERE state != 'done'").fetchone()
        database.close()
        if not open_ and stack.postfix.queue_empty():
            return
        time.sleep(0.3)
    raise AssertionError("the outbox or Postfix's queue was not empty in time")
