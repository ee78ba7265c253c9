"""The milter is killed at each point of a message, with a real Postfix in front and a client that tries again.

Nothing that was accepted is lost, and a message that somebody sends again is delivered again. A message is notified
twice only in the gap that docs/flow.md names: the milter had begun its answer, and Postfix had not read it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.milter_client import MilterClient, MilterError
from demo.stack import Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.dying_milter import POINTS
from tests.e2e.load import SENDER, Sample, delivered, offer
from tests.e2e.post import Post

GAP = "after the slot"
ANSWERED = "after the answer"
"""Postfix has its answer by then, so the client is told 250 although the milter is gone."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with folder_for_postfix() as folder:
        made = Stack(folder, Ports.free())
        made.services["milter"].command = [sys.executable, "-m", "tests.e2e.dying_milter", "--config", str(made.config)]
        with made:
            yield made


def wait_until_dead(stack: Stack) -> None:
    deadline = time.monotonic() + 30
    while not stack.services["milter"].ended_by_itself():
        assert time.monotonic() < deadline, "the milter still lives"
        time.sleep(0.02)


def offered_until_accepted(stack: Stack, sample: Sample) -> None:
    for _ in range(20):
        code = offer(stack.ports.smtp, sample)
        if code == 250:
            return
        assert code == 0 or 400 <= code < 500, code
    raise AssertionError("never accepted")


def settled(stack: Stack, sample: Sample, wanted: int) -> int:
    """How many notifications there are, when there are `wanted` or after a while."""
    deadline = time.monotonic() + 20
    while delivered(stack.mail, sample) < wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    Post(stack).settle()
    return delivered(stack.mail, sample)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_each_point_loses_nothing(stack: Stack, point: str) -> None:
    sample = Sample(1000 + POINTS.index(point), sensitive=True)
    die: Path = stack.data / "die"
    die.write_text(point, encoding="utf-8")
    code = offer(stack.ports.smtp, sample)
    wait_until_dead(stack)
    stack.restart("milter")
    assert (code == 250) == (point == ANSWERED)
    if code != 250:
        offered_until_accepted(stack, sample)
    copies = 2 if point == GAP else 1
    assert settled(stack, sample, copies) == copies
    offered_until_accepted(stack, sample)
    assert settled(stack, sample, copies + 1) == copies + 1, "sent again, equal to the letter, on purpose"


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_of_one_process_loses_nothing_and_the_others_know_a_retry(stack: Stack, point: str) -> None:
    sample = Sample(5000 + POINTS.index(point), sensitive=True)
    die = stack.data / "die-alone"
    die.write_text(point, encoding="utf-8")
    code = offer(stack.ports.smtp, sample)
    deadline = time.monotonic() + 30
    while die.exists():
        assert time.monotonic() < deadline, "nothing died"
        time.sleep(0.02)
    assert stack.services["milter"].pid
    assert (code == 250) == (point == ANSWERED)
    if code != 250:
        offered_until_accepted(stack, sample)
    copies = 2 if point == GAP else 1
    assert settled(stack, sample, copies) == copies
    offered_until_accepted(stack, sample)
    assert settled(stack, sample, copies + 1) == copies + 1, "sent again, equal to the letter, on purpose"


def test_postfix_that_is_gone_before_the_answer_may_offer_it_again(stack: Stack) -> None:
    sample = Sample(3000, sensitive=True)
    wait = stack.data / "wait"
    wait.touch()
    client = MilterClient(stack.socket, seconds=1)
    client.connect()
    client.helo()
    with pytest.raises(MilterError):
        client.offer(sample.raw, f"<{SENDER}>".encode(), [f"<{sample.recipient}>".encode()])
    client.close()
    wait.unlink()
    deadline = time.monotonic() + 20
    while "temporary failure" not in stack.log.joinpath("milter.log").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    offered_until_accepted(stack, sample)
    assert settled(stack, sample, 1) == 1
    offered_until_accepted(stack, sample)
    assert settled(stack, sample, 2) == 2


def test_equal_messages_without_a_crash_all_arrive(stack: Stack) -> None:
    sample = Sample(2000, sensitive=True)
    for _ in range(3):
        offered_until_accepted(stack, sample)
    assert settled(stack, sample, 3) == 3


def test_equal_mails_of_a_device_by_sendmail_all_arrive(stack: Stack) -> None:
    to = "meldkamer@post.example"
    alarm = b"From: alarm@kliniek.example\nSubject: alarm\n\nPatient met BSN 111222333 roept.\n"
    for _ in range(3):
        stack.postfix.sendmail(alarm, "alarm@kliniek.example", [to])
    deadline = time.monotonic() + 30
    post = Post(stack)
    while len(post.letters(to)) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    post.settle()
    assert len(post.letters(to)) == 3
