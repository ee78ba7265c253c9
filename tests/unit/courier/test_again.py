"""A later notification is a mail of its own in the thread, so that no mail server drops it for one that it knows."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.cast import ORIGINAL, RECIPIENT, SENDER, Built
from tests.support.level2 import NUMBER, FakePostfix, Level2
from zegel.message.mime.headers import decode_header_value
from zegel.message.mime.tree import Part, parse
from zegel.vault.tables.outbox import item_id
from zegel_courier.composer import Composer
from zegel_courier.mail_lane import Mails

NAMED = ORIGINAL.replace(
    b"Subject:", b"Date: Fri, 1 Jan 2027 10:00:00 +0100\r\nMessage-ID: <one@kliniek.example>\r\nSubject:"
)


def again(built: Built, delivery_id: int, message_id: int) -> None:
    """The link is sent again, as the sender's page has it done."""
    store, now = built.core.vault.store, built.clock()
    store.write(
        lambda: store.outbox.add(
            "notification", delivery_id, 0, now, message=message_id, delivery=delivery_id, when=now
        )
    )


def sent(built: Built) -> list[Part]:
    """The header of each mail that is due now."""
    postfix, store = FakePostfix(), built.core.vault.store
    mails = Mails(built.core, Composer(built.core), postfix)
    for item in store.write(partial(store.outbox.claim, "courier", built.clock(), 600, 50)):
        mails.deliver(item)
    return [parse(mail) for _, _, mail in postfix.mails]


def field(mail: Part, name: str) -> str:
    return " ".join(decode_header_value(mail.raw_header(name)).split())


@pytest.mark.parametrize(
    ("before", "references"),
    [
        (b"", "<one@kliniek.example>"),
        (b"In-Reply-To: <b@x>\r\n", "<b@x> <one@kliniek.example>"),
        (b"References: <a@x>\r\n <b@x>\r\nIn-Reply-To: <b@x>\r\n", "<a@x> <b@x> <one@kliniek.example>"),
    ],
    ids=["a new thread", "an answer", "a long thread"],
)
def test_later_notifications_have_ids_of_their_own_in_the_thread(built: Built, before: bytes, references: str) -> None:
    (delivery,) = built.seal(RECIPIENT, raw=before + NAMED)
    (first,) = sent(built)
    assert (field(first, "Message-ID"), field(first, "Date")) == (
        "<one@kliniek.example>", "Fri, 1 Jan 2027 10:00:00 +0100",
    )  # fmt: skip
    ids = set()
    for _ in range(3):
        built.clock.pass_(86_400)
        again(built, delivery.id, delivery.message_id)
        (mail,) = sent(built)
        assert field(mail, "References") == references
        assert field(mail, "In-Reply-To") == "<one@kliniek.example>"
        assert field(mail, "Date") != "Fri, 1 Jan 2027 10:00:00 +0100"
        ids.add(field(mail, "Message-ID"))
    assert len(ids) == 3 and "<one@kliniek.example>" not in ids


def test_one_that_a_crash_repeats_keeps_its_id(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT, raw=NAMED)
    sent(built)
    built.clock.pass_(60)
    again(built, delivery.id, delivery.message_id)
    (once,) = sent(built)
    store = built.core.vault.store
    key = item_id("notification", delivery.id, 0, built.clock())
    store.write(lambda: store.outbox.retry(key, built.clock(), ""))
    (twice,) = sent(built)
    assert field(once, "Message-ID") == field(twice, "Message-ID")


def test_an_original_without_message_id_has_nothing_to_refer_to(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    (first,) = sent(built)
    built.clock.pass_(60)
    again(built, delivery.id, delivery.message_id)
    (second,) = sent(built)
    assert not field(second, "References") and not field(second, "In-Reply-To")
    assert field(first, "Message-ID") != field(second, "Message-ID")


def test_the_first_one_after_a_hold_is_the_first(level2: Level2) -> None:
    (delivery,) = level2.built.seal(RECIPIENT, raw=NAMED, level=2)
    level2.run()
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    (mail,) = sent(level2.built)
    assert field(mail, "To") == delivery.recipient
    assert field(mail, "Message-ID") == "<one@kliniek.example>"
