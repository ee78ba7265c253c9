"""A read receipt that the sender asks for becomes word that the message was opened, never that the notification was."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.support.cast import RECIPIENT, SENDER, Built, build
from tests.support.level2 import FakePostfix
from tests.unit.intake.test_intake import RULES, SECRET, envelope, rows
from zegel.intake import Intake
from zegel.message.mime.tree import parse
from zegel.message.reader import Reader
from zegel.unlock.way import Opened
from zegel_courier.composer import Composer
from zegel_courier.mail_lane import Mails


def run(built: Built) -> list[tuple[str, str, bytes]]:
    """What is sent now."""
    postfix, store = FakePostfix(), built.core.vault.store
    mails = Mails(built.core, Composer(built.core), postfix)
    for lane in ("urgent", "mail"):
        for item in store.write(partial(store.outbox.claim, "courier", built.clock(), 600, 50, lane)):
            mails.deliver(item)
    return postfix.mails


def open_(built: Built) -> None:
    """The recipient asks for a password and opens the message."""
    ((id_,),) = rows(built, "SELECT id FROM delivery")
    delivery = built.core.vault.store.delivery(id_)
    assert delivery is not None
    built.clock.pass_(61)
    built.core.passwords.ask(delivery, "", "nl")
    (password,) = built.passwords_sent()
    run(built)
    delivery = built.core.vault.store.delivery(id_)
    assert delivery is not None
    assert isinstance(built.core.passwords.enter(built.link(delivery), password, None), Opened)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (b"Disposition-Notification-To: Anna <anna@kliniek.example>\r\n", 1),
        (b"disposition-notification-to: spy@elders.example\r\n", 1),
        (b"X-Confirm-Reading-To: anna@kliniek.example\r\n", 1),
        (b"Return-Receipt-To: anna@kliniek.example\r\n", 1),
        (b"Disposition-Notification-To:\r\n", 0),
        (b"", 0),
    ],
    ids=["asked", "to somebody else", "older", "oldest", "empty", "not asked"],
)
def test_the_sender_hears_once_when_they_asked(built: Built, reader: Reader, field: bytes, told: int) -> None:
    Intake(built.core, reader, lambda: RULES).receive(envelope(RECIPIENT), field + SECRET)
    ((_, _, notification),) = run(built)
    assert not parse(notification).header("Disposition-Notification-To")
    for _ in range(2):
        open_(built)
        opened = [(to, mail) for _, to, mail in run(built)]
        assert [to for to, _ in opened] == [SENDER] * told
        told = 0


def test_where_all_are_told_it_is_told_once(tmp_path: Path, reader: Reader) -> None:
    built = build(tmp_path, "notices: {opened: true}\n")
    asking = b"Disposition-Notification-To: anna@kliniek.example\r\n" + SECRET
    Intake(built.core, reader, lambda: RULES).receive(envelope(RECIPIENT), asking)
    run(built)
    open_(built)
    assert [to for _, to, _ in run(built)] == [SENDER]
    built.core.close()
