"""What people wait for does not wait behind bulk, and nothing that a thread holds stays for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT, Built
from tests.support.level2 import FakePostfix
from tests.support.scripted_smtp import Scripted
from zegel.postfix_listener import Listener
from zegel.vault.keyring import KeyGone
from zegel.vault.sealing_vault import DataKey
from zegel.vault.tables.records import OutboxItem
from zegel.vault.vault import Vault
from zegel_courier import drain as drains
from zegel_courier.composer import Composer
from zegel_courier.drain import Drain
from zegel_courier.mail_lane import Mails
from zegel_courier.originals import KEPT_SECONDS, MOST_BYTES, Originals
from zegel_courier.submission import KEPT, Submission


class Slow:
    """A worker that is stuck until it is let go, and notes what it closes."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.got: list[str] = []
        self.closed = threading.Event()

    def deliver(self, item: OutboxItem) -> None:
        self.got.append(item.kind)
        self.go.wait(30)

    def close(self) -> None:
        self.closed.set()


def until(so: object) -> None:
    deadline = time.monotonic() + 20
    while not so() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.01)
    assert so()  # type: ignore[operator]


@pytest.fixture
def password(built: Built) -> Built:
    """Much that waits, and a password after all of it."""
    many = [f"r{number}@post.example" for number in range(200)]
    built.seal(*many)
    (delivery,) = built.seal(RECIPIENT)
    built.clock.pass_(1)
    built.core.passwords.ask(delivery, "", "nl")
    return built


def test_a_password_does_not_wait_behind_two_hundred_notifications(password: Built) -> None:
    bulk = Slow()
    mail = Drain(password.core, "mail", lambda: bulk, "courier", 1)
    postfix = FakePostfix()
    urgent = Drain(
        password.core, "urgent", lambda: Mails(password.core, Composer(password.core), postfix), "courier", 1
    )
    for each in (mail, urgent):
        each.start()
    assert mail.claim() == 4
    assert urgent.claim() == 1
    until(lambda: postfix.mails)
    assert [to for _, to, _ in postfix.mails] == [RECIPIENT]
    assert bulk.got == ["notification"], "the bulk still is at its first mail"
    bulk.go.set()
    for each in (mail, urgent):
        each.stop()


def test_every_kind_is_in_one_lane(password: Built) -> None:
    store = password.core.vault.store
    lanes = [
        [item.id for item in store.write(lambda: store.outbox.claim("c", password.clock(), 60, 500, lane))]  # noqa: B023
        for lane in ("urgent", "mail", "sms")
    ]
    assert [len(lane) for lane in lanes] == [1, 201, 0]


def test_a_worker_that_cannot_be_made_says_so_and_is_tried_again(
    built: Built, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "_TRY_AGAIN", 0.01)
    built.seal(RECIPIENT)
    worker, tries = Slow(), [OSError(24, "Too many open files"), ValueError("BSN 111222333")]
    worker.go.set()

    def make() -> Slow:
        if tries:
            raise tries.pop(0)
        return worker

    drain = Drain(built.core, "mail", make, "courier", 1)
    drain.start()
    drain.claim()
    until(lambda: worker.got)
    drain.stop()
    assert "a worker cannot start, tried again: OSError" in caplog.text
    assert "111222333" not in caplog.text


def test_a_stop_does_not_wait_for_a_worker_that_can_never_be_made(built: Built) -> None:
    def never() -> Slow:
        raise OSError(24, "Too many open files")

    drain = Drain(built.core, "mail", never, "courier", 2)
    built.seal(RECIPIENT)
    drain.start()
    assert drain.claim() == 1
    drain.stop()
    assert [item.state for item in built.core.vault.store.outbox.list(["due", "claimed"])] == ["due"]


def test_a_worker_without_work_lets_go_and_works_again(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drains, "REST_AFTER", 0.05)
    worker = Slow()
    worker.go.set()
    drain = Drain(built.core, "mail", lambda: worker, "courier", 1)
    drain.start()
    assert worker.closed.wait(20)
    built.seal(RECIPIENT)
    drain.claim()
    until(lambda: worker.got)
    drain.stop()


# One original for many.


def test_an_original_is_opened_once_for_all_recipients(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    original = Vault.original_under

    def noted(self: Vault, key: DataKey, first: int = 0) -> Iterator[bytes]:
        opened.append(key.message_id)
        return original(self, key, first)

    monkeypatch.setattr(Vault, "original_under", noted)
    (first, *_) = built.seal(*(f"r{number}@post.example" for number in range(30)))
    postfix, store = FakePostfix(), built.core.vault.store
    mails = Mails(built.core, Composer(built.core), postfix)
    items = store.write(lambda: store.outbox.claim("courier", built.clock(), 600, 50))
    for item in items:
        mails.deliver(item)
    assert len(postfix.mails) == 30
    assert opened == [first.message_id]
    mails.close()
    (again,) = built.seal(OTHER)
    for item in store.write(lambda: store.outbox.claim("courier", built.clock(), 600, 50)):
        mails.deliver(item)
    assert opened == [first.message_id, again.message_id]


def test_what_ended_meanwhile_is_not_sent_from_memory(built: Built) -> None:
    built.seal(RECIPIENT, OTHER, days=1)
    postfix, store = FakePostfix(), built.core.vault.store
    mails = Mails(built.core, Composer(built.core), postfix)
    first, second = store.write(lambda: store.outbox.claim("courier", built.clock(), 600, 50))
    mails.deliver(first)
    built.clock.pass_(3 * 86_400)
    built.core.vault.keyring.destroy_before("2100-01-01")
    mails.deliver(second)
    assert len(postfix.mails) == 1


def test_originals_are_kept_for_seconds_and_megabytes_and_failures_not_at_all() -> None:
    now, opened = [0.0], []

    def open_(message_id: int) -> bytes:
        opened.append(message_id)
        if message_id == 9:
            raise KeyGone(9)
        return b"x" * (MOST_BYTES // 2)

    originals = Originals(open_, lambda: now[0])
    for message_id in (1, 2, 1, 2, 3, 2, 1):
        originals.get(message_id)
    assert opened == [1, 2, 3, 1], "1 had to go for 3"
    now[0] += KEPT_SECONDS + 1
    originals.get(1)
    assert opened == [1, 2, 3, 1, 1]
    for _ in range(2):
        with pytest.raises(KeyGone):
            originals.get(9)
    assert opened[-2:] == [9, 9]


def test_threads_that_want_the_same_original_open_it_once() -> None:
    opened: list[int] = []

    def open_(message_id: int) -> bytes:
        opened.append(message_id)
        time.sleep(0.2)
        return b"x"

    originals = Originals(open_)
    threads = [threading.Thread(target=originals.get, args=(1,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [1]


# The connection.


def test_a_connection_is_used_for_a_minute_and_ends_politely(server: Scripted, tmp_path: Path) -> None:
    now = [1000.0]
    submission = Submission(Listener("127.0.0.1", server.port), clock=lambda: now[0])
    for seconds in (0, KEPT - 1, 2, 1, 3 * KEPT):
        now[0] += seconds
        submission.send("a@kliniek.example", "b@post.example", b"Subject: x\r\n\r\nx\r\n")
    assert server.connections == 3
    submission.close()
    until(lambda: server.heard.count(b"QUIT") == 3)
    submission.close()
    submission.send("a@kliniek.example", "b@post.example", b"Subject: x\r\n\r\nx\r\n")
    assert server.connections == 4
