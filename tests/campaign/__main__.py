"""`python -m tests.campaign [--kills N] [--seed N]`: kill -9 under a mix of mail; nothing lost, nothing leaked.

Prints how often each part was killed, what was refused meanwhile, and who got something twice. Exits with 1 when a mail
was lost or an original is outside. A mail may come twice where the design names the gap: accepted and not yet marked,
by the courier or by a process of Postfix that was killed while it delivered.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

from demo.maildir import Maildirs
from demo.stack import Options, Ports, Stack
from tests.campaign.mails import Mail
from tests.campaign.victims import victims
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.load import SENDER, Load, delivered
from tests.e2e.post import BSN, Post
from tests.e2e.recipient import Recipient
from tests.e2e.writing_back import write

MAILS_A_KILL = 3
ANSWERS_AT_ONCE = 2
THREADS = 6
LATER = 1800.0
"""Seconds after which what is due is a reminder, not something that failed."""
SETTINGS = {
    "sms": {"gateway": "folder", "folder": "sms", "daily_cap": 100_000, "alarm": "beheer@kliniek.example"},
}
POSTFIX = {
    "service_throttle_time": "1s", "minimal_backoff_time": "2s", "maximal_backoff_time": "5s", "queue_run_delay": "2s",
    "smtpd_client_connection_count_limit": "0",
}  # fmt: skip
"""Postfix waits a minute before it starts what died, and five before it tries again: right, but not for a campaign."""


class Answers:
    """Recipients who open and answer what they got, and try again when the portal dies under them."""

    def __init__(self, post: Post, mails: list[Mail]) -> None:
        self._post = post
        self._mails = list(mails)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.sent: list[Mail] = []
        self.troubles: Counter[str] = Counter()
        self._threads = [threading.Thread(target=self._run) for _ in range(ANSWERS_AT_ONCE)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Waits until everybody has answered, at most `seconds`."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                if not self._mails:
                    return
                mail = self._mails.pop()
            if not self._answer(mail):
                with self._lock:
                    self._mails.insert(0, mail)
                self._ended.wait(0.5)

    def _answer(self, mail: Mail) -> bool:
        jan = Recipient(self._post, mail.recipient)
        try:
            jan.notification(0.1)
            jan.unlock()
            page = write(jan, mail.answer)
        except (AssertionError, OSError, HTTPException) as trouble:
            self.troubles[type(trouble).__name__] += 1
            return False
        if page.status == 200:
            with self._lock:
                self.sent.append(mail)
        return page.status == 200


def campaign(kills: int, seed: int) -> int:
    """Runs it and prints what came of it; the number of faults."""
    chance = random.Random(seed)
    mails = [Mail.numbered(number) for number in range(kills * MAILS_A_KILL * 5 // 4)]  # some find nobody to kill
    killed: Counter[str] = Counter()
    with (
        folder_for_postfix() as folder,
        Stack(folder, Ports.free(), Options(settings=SETTINGS, postfix=POSTFIX)) as stack,
    ):
        _fill_phone_book(stack, mails)
        post = Post(stack)
        gate = threading.Semaphore(0)  # so that every kill meets mail, however long kills take
        load = Load(stack.ports.smtp, reversed(mails), threads=THREADS, gate=gate)
        answers = Answers(post, [mail for mail in mails if mail.kind == "answered"])
        load.start()
        answers.start()
        ways = victims(stack)
        while killed.total() < kills:
            name = chance.choice(list(ways))
            gate.release(MAILS_A_KILL)
            time.sleep(chance.uniform(0.0, 0.4))
            killed[name] += ways[name](chance)
            if killed.total() % 100 == 0:
                print(f"  {killed.total()} kills, {len(load.accepted)} of {len(mails)} mails taken", flush=True)
        gate.release(len(mails) + THREADS)
        load.finish()
        answers.finish(600)
        _settle(post, stack)
        print("killed:", ", ".join(f"{name} {count}" for name, count in sorted(killed.items())))
        print("meanwhile refused, by code (0: connection lost):", dict(load.refusals), "tried again:", answers.troubles)
        faults = _faults(stack, mails, answers.sent)
    for fault in faults[:50]:
        print("FAULT", fault)
    print(f"{kills} kills, {len(mails)} mails, {len(answers.sent)} answers, seed {seed}: {len(faults)} faults")
    return len(faults)


def _fill_phone_book(stack: Stack, mails: list[Mail]) -> None:
    file = stack.data / "numbers.csv"
    rows = [f"{mail.recipient},{mail.phone}\n" for mail in mails if mail.kind == "coded"]
    file.write_text("address,number\n" + "".join(rows))
    command = [str(Path(sys.executable).parent / "zegel"), "phone", "import", "--config", str(stack.config), str(file)]
    subprocess.run(command, check=True, capture_output=True)


def _settle(post: Post, stack: Stack) -> None:
    """Waits until the courier and Postfix have nothing left to send."""
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        stack.postfix.flush()
        post.settle(600)
        with closing(sqlite3.connect(stack.data / "zegel.db")) as database:
            open_rows = database.execute(
                "SELECT state, count(*) FROM outbox WHERE state != 'done' GROUP BY 1"
            ).fetchall()
        if not open_rows and stack.postfix.queue_empty():
            return
        time.sleep(2)
    print("not sent in time:", dict(open_rows))


def _faults(stack: Stack, mails: list[Mail], answered: list[Mail]) -> list[str]:
    """Who lacks something, and who outside holds an original; prints who got something twice."""
    maildirs = Maildirs(stack.mail)
    home = "\n".join(
        letter.raw.decode("utf-8", "replace") + letter.body("plain") for letter in maildirs.letters(SENDER)
    )
    faults, twice = [], Counter[str]()
    for mail in mails:
        count = delivered(stack.mail, mail)
        if mail.kind == "held":
            faults += [f"{mail.kind} {mail.number} came before there was a number"] * (count > 0)
            count = mail.recipient in home
        faults += [f"{mail.kind} {mail.number} is lost"] * (count == 0)
        twice[mail.kind] += count > 1
        if mail.sensitive and any(BSN.encode() in letter.raw for letter in maildirs.letters(mail.recipient)):
            faults.append(f"{mail.kind} {mail.number} leaked")
    for mail in answered:
        count = home.count(f"\n{mail.answer}\n")
        faults += [f"the answer to {mail.number} is lost"] * (mail.answer not in home)
        twice["answers"] += count > 2  # each stands in the raw mail and in its text
    print("came twice:", dict(twice))
    return faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = parser.parse_args()
    sys.exit(campaign(given.kills, given.seed) > 0)
