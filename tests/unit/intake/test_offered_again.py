"""What was answered is never taken for something else; what surely was not is recognised, once, through a kill."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from signal import SIGKILL
from typing import Any

import peewee
import pytest

from tests.support.cast import OTHER, RECIPIENT, Built, build, set_state
from tests.unit.intake.test_intake import RULES, SECRET, envelope, rows, unanswered
from zegel.intake import Intake, Outcome
from zegel.message.reader import Reader
from zegel.offers import SLOTS
from zegel.settings.model import Limits

WITHOUT_ID = SECRET.replace(b"Message-ID: <1@x>\r\n", b"")


@pytest.fixture
def intake(built: Built, reader: Reader) -> Intake:
    return Intake(built.core, reader, lambda: RULES)


def answer(outcome: Outcome) -> str:
    with outcome.answering():
        return outcome.kind


def sealed(built: Built) -> int:
    return len(rows(built, "SELECT id FROM message"))


@pytest.mark.parametrize("mail", [SECRET, WITHOUT_ID], ids=["the same Message-ID", "no Message-ID"])
def test_what_was_answered_is_a_new_message_each_time(intake: Intake, built: Built, mail: bytes) -> None:
    assert [answer(intake.receive(envelope(RECIPIENT), mail)) for _ in range(5)] == ["sealed"] * 5
    assert sealed(built) == 5
    assert len(rows(built, "SELECT id FROM outbox WHERE kind = 'notification'")) == 5


def test_what_was_not_answered_is_recognised_once(intake: Intake, built: Built) -> None:
    unanswered(intake.receive(envelope(RECIPIENT, OTHER), SECRET))
    signed = b"DKIM-Signature: v=1; t=2\r\nReceived: from here\r\n" + SECRET
    again = intake.receive(envelope(OTHER, RECIPIENT), signed)
    assert answer(again) == "offered again"
    assert set(again.protected) == {RECIPIENT, OTHER}
    assert sealed(built) == 1
    assert answer(intake.receive(envelope(RECIPIENT, OTHER), SECRET)) == "sealed", "somebody means to send it again"


def test_a_retry_that_is_not_answered_either_is_recognised_again(intake: Intake, built: Built) -> None:
    for _ in range(4):
        unanswered(intake.receive(envelope(RECIPIENT), SECRET))
    assert answer(intake.receive(envelope(RECIPIENT), SECRET)) == "offered again"
    assert sealed(built) == 1


def test_two_unanswered_ones_are_two(intake: Intake, built: Built) -> None:
    first, second = (intake.receive(envelope(RECIPIENT), SECRET) for _ in range(2))
    unanswered(first)
    unanswered(second)
    kinds = [answer(intake.receive(envelope(RECIPIENT), SECRET)) for _ in range(3)]
    assert kinds == ["offered again", "offered again", "sealed"]
    assert sealed(built) == 3


@pytest.mark.parametrize(
    ("recipients", "mail"),
    [
        ((RECIPIENT,), SECRET),
        ((RECIPIENT, OTHER), SECRET.replace(b"<1@x>", b"<2@x>")),
        ((RECIPIENT, OTHER), SECRET.replace(b"Uw BSN", b"Je BSN")),
    ],
    ids=["another envelope", "another Message-ID", "another text"],
)
def test_another_message_is_another(intake: Intake, recipients: tuple[str, ...], mail: bytes) -> None:
    unanswered(intake.receive(envelope(RECIPIENT, OTHER), SECRET))
    assert answer(intake.receive(envelope(*recipients), mail)) == "sealed"


@pytest.mark.parametrize("ended", ["recalled", "given up"])
def test_what_was_ended_is_sealed_anew(intake: Intake, built: Built, ended: str) -> None:
    store = built.core.vault.store
    unanswered(intake.receive(envelope(RECIPIENT), SECRET))
    ((delivery, message),) = rows(built, "SELECT id, message FROM delivery")
    if ended == "recalled":
        store.write(lambda: set_state(store, delivery, "recalled"))
    else:
        store.write(
            lambda: store.audit_log.record("could not be delivered", "zegel", 0.0, message=message, delivery=delivery)
        )
    assert answer(intake.receive(envelope(RECIPIENT), SECRET)) == "sealed"


def test_a_recipient_who_was_not_served_then_is_served_now(intake: Intake, built: Built) -> None:
    unanswered(intake.receive(envelope(RECIPIENT, OTHER), SECRET))
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database, database:
        database.execute("DELETE FROM delivery WHERE recipient = ?", [OTHER])
    assert answer(intake.receive(envelope(RECIPIENT, OTHER), SECRET)) == "sealed"


@pytest.mark.parametrize(("mail", "seconds"), [(SECRET, 24 * 3600), (WITHOUT_ID, 600)], ids=["named", "unnamed"])
def test_even_an_unanswered_one_is_recognised_for_a_while_only(
    intake: Intake, built: Built, mail: bytes, seconds: int
) -> None:
    unanswered(intake.receive(envelope(RECIPIENT), mail))
    built.clock.pass_(seconds - 1)
    unanswered(intake.receive(envelope(RECIPIENT), mail))
    built.clock.pass_(2)
    assert answer(intake.receive(envelope(RECIPIENT), mail)) == "sealed"


def test_an_expired_message_is_forgotten(intake: Intake, built: Built) -> None:
    unanswered(intake.receive(envelope(RECIPIENT), SECRET))
    store = built.core.vault.store
    store.write(lambda: store.expire(built.clock() + 40 * 86_400))
    assert rows(built, "SELECT * FROM offered") == []


def test_commits_that_fail_take_no_slots_away(intake: Intake, built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise peewee.OperationalError("database or disk is full")

    free = len(intake._offers._free)
    with monkeypatch.context() as broken:
        broken.setattr(type(built.core.vault.store.audit_log), "record", full)
        broken.setattr(type(built.core.vault.store.offered), "add", full)
        for _ in range(3):
            with pytest.raises(peewee.OperationalError):
                intake.receive(envelope(RECIPIENT), SECRET)
    assert len(intake._offers._free) == free == SLOTS
    assert sealed(built) == 0
    assert answer(intake.receive(envelope(RECIPIENT), SECRET)) == "sealed"


# Through a kill: each of these runs in a process of its own, which dies by SIGKILL.


def _die(folder: Path, point: str) -> None:
    built = build(folder)
    reading = Reader(Limits(), workers=1)
    reading.start()
    intake = Intake(built.core, reading, lambda: RULES)
    store = built.core.vault.store
    if point == "before the commit":
        add = store.add_message

        def add_and_die(*arguments: Any) -> None:
            add(*arguments)
            os.kill(os.getpid(), SIGKILL)

        vars(store)["add_message"] = add_and_die
    outcome = intake.receive(envelope(RECIPIENT), SECRET)
    if point == "after the commit":
        os.kill(os.getpid(), SIGKILL)
    with outcome.answering():
        if point == "within the answer":
            os.kill(os.getpid(), SIGKILL)
    os.kill(os.getpid(), SIGKILL)


def kill_at(folder: Path, point: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_die, args=(folder, point))
    process.start()
    process.join(60)
    assert process.exitcode == -SIGKILL


AFTER: dict[str, tuple[str, int]] = {
    "before the commit": ("sealed", 1),
    "after the commit": ("offered again", 1),
    "within the answer": ("offered again", 1),
    "after the answer": ("sealed", 2),
}
"""What a retry is then, and how many messages there are after it."""


@pytest.mark.slow
@pytest.mark.parametrize("point", AFTER)
def test_a_kill_at_each_point(tmp_path: Path, reader: Reader, point: str) -> None:
    build(tmp_path).core.close()
    kill_at(tmp_path, point)
    built = build(tmp_path)
    intake = Intake(built.core, reader, lambda: RULES)
    kind, messages = AFTER[point]
    assert answer(intake.receive(envelope(RECIPIENT), SECRET)) == kind
    assert sealed(built) == messages
    assert answer(intake.receive(envelope(RECIPIENT), SECRET)) == "sealed", "a deliberate resend"
    built.core.close()


@pytest.mark.slow
def test_kills_in_a_row_are_all_remembered(tmp_path: Path, reader: Reader) -> None:
    build(tmp_path).core.close()
    for _ in range(3):
        kill_at(tmp_path, "after the commit")
    built = build(tmp_path)
    intake = Intake(built.core, reader, lambda: RULES)
    assert sealed(built) == 1
    assert [answer(intake.receive(envelope(RECIPIENT), SECRET)) for _ in range(2)] == ["offered again", "sealed"]
    assert len(list(tmp_path.glob("offers.*"))) == 1
    built.core.close()


def _another_boot(content: bytes) -> bytes:
    return b"another-boot".ljust(64) + content[64:]


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil", [_another_boot, lambda content: content[:30], lambda content: b"", lambda content: b"\0" * len(content)],
    ids=["another boot", "cut short", "empty", "zeroes"],
)  # fmt: skip
def test_a_file_that_proves_nothing_counts_for_nothing(
    tmp_path: Path, reader: Reader, spoil: Callable[[bytes], bytes]
) -> None:
    build(tmp_path).core.close()
    kill_at(tmp_path, "after the commit")
    (file,) = tmp_path.glob("offers.*")
    file.write_bytes(spoil(file.read_bytes()))
    built = build(tmp_path)
    intake = Intake(built.core, reader, lambda: RULES)
    assert answer(intake.receive(envelope(RECIPIENT), SECRET)) == "sealed"
    built.core.close()


def test_a_process_that_lives_keeps_its_file(built: Built, intake: Intake, reader: Reader) -> None:
    outcome = intake.receive(envelope(RECIPIENT), SECRET)
    second = Intake(built.core, reader, lambda: RULES)
    assert second.receive(envelope(RECIPIENT), SECRET).kind == "sealed", "the first may be answered any moment"
    assert answer(outcome) == "sealed"
    assert len(list(built.folder.glob("offers.*"))) == 2
