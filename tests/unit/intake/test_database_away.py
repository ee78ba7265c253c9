"""The database goes away while mail comes: what was accepted is there once, and notified; the rest is tried again."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from functools import partial
from pathlib import Path

import peewee
import pytest

from tests.support.cast import RECIPIENT, Built, build
from tests.support.cluster import ON_BOTH, Cluster
from tests.unit.intake.test_intake import RULES, SECRET, envelope
from zegel.core import Core, open_core
from zegel.intake import Intake
from zegel.message.reader import Reader
from zegel.settings.model import Limits, load_settings
from zegel_courier.composer import Composer
from zegel_courier.drain import Drain
from zegel_courier.mail_lane import Mails

AWAY = (peewee.OperationalError, peewee.InterfaceError)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reading = Reader(Limits(), workers=2)
    reading.start()
    yield reading
    reading.close()


@ON_BOTH
def test_a_commit_that_nobody_was_told_of_is_recognised_when_the_database_is_back(
    built: Built, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on disk, the line breaks before the answer, and then nothing works for a while."""
    store, intake = built.core.vault.store, Intake(built.core, reader, lambda: RULES)
    writing, away = store.engine.writing, threading.Event()
    with intake.receive(envelope("the-first-of-the-day@post.example"), SECRET).answering():
        pass

    @contextlib.contextmanager
    def without_answer() -> Iterator[None]:
        if away.is_set():
            raise peewee.OperationalError("away")
        with writing():
            yield
        away.set()
        raise peewee.OperationalError("cut off")

    with monkeypatch.context() as broken:
        broken.setattr(store.engine, "writing", without_answer)
        for _ in range(2):
            with pytest.raises(peewee.OperationalError):
                intake.receive(envelope(RECIPIENT), SECRET)
    kinds = []
    for _ in range(2):
        outcome = intake.receive(envelope(RECIPIENT), SECRET)
        with outcome.answering():
            kinds.append(outcome.kind)
    assert kinds == ["offered again", "sealed"], "the retry is known, and the next mail is a mail of its own"
    assert len(list(store.outbox.list(["due"]))) == 3


class Relay:
    """What the couriers hand their mail to: counts the notifications by their Message-ID."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._lock = threading.Lock()

    def send(self, sender: str, recipient: str, mail: bytes, *_: object) -> str:
        with self._lock:
            self.sent[str(message_from_bytes(mail)["Message-ID"])] += 1
        return ""

    def close(self) -> None:
        pass


def offer(intake: Intake, number: int) -> str:
    """As Postfix does: again and again, until it hears a yes."""
    mail = SECRET.replace(b"<1@x>", b"<%d@x>" % number)
    until = time.monotonic() + 120
    while True:
        try:
            outcome = intake.receive(envelope(f"p{number}@post.example"), mail)
            with outcome.answering():
                return outcome.kind
        except AWAY:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def house(first: Built, cluster: Cluster) -> Core:
    """Another process on the same database, with the clock of the first."""
    settings = load_settings(first.folder / "zegel.yaml")
    return open_core(settings, first.clock)


def test_kills_of_the_server_between_two_milters_and_two_couriers(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is killed while mail comes and goes. A notification is only ever sent twice as itself."""
    with Cluster() as cluster:
        monkeypatch.setattr("tests.support.cast.elsewhere", cluster.database_of)
        built = build(tmp_path)
        cores, relay, count = [built.core, house(built, cluster), house(built, cluster)], Relay(), 40
        intakes = [Intake(core, reader, lambda: RULES) for core in cores[:2]]
        drains = []
        for number, core in enumerate(cores[1:]):
            worker = partial(Mails, core, Composer(core), relay)
            drains.append(Drain(core, "mail", worker, f"host {number}", 1))
            drains[-1].start()
        stop = threading.Event()

        def claim(drain: Drain) -> None:
            while not stop.wait(0.02):
                with contextlib.suppress(*AWAY):
                    drain.claim()

        with ThreadPoolExecutor(8) as pool:
            claiming = [pool.submit(claim, drain) for drain in drains]
            mails = [pool.submit(offer, intakes[number % 2], number) for number in range(count)]
            try:
                for part in (count // 4, count // 2):
                    mails[part].result(120)
                    cluster.kill()
                    cluster.start()
                kinds = Counter(mail.result(120) for mail in mails)
                until = time.monotonic() + 120
                while len(relay.sent) < count and time.monotonic() < until:
                    built.clock.pass_(1)  # what was given back waits for its moment
                    time.sleep(0.05)
            finally:
                stop.set()
            for each in claiming:
                each.result(60)
        for drain in drains:
            drain.stop()
        store = built.core.vault.store
        assert set(kinds) <= {"sealed", "offered again"} and sum(kinds.values()) == count
        sealed = [event.actor for event in store.audit_log.events() if event.kind == "sealed"]
        assert len(sealed) == count and store.audit_log.first_broken() is None
        assert len(relay.sent) == count
        for core in cores:
            core.close()
