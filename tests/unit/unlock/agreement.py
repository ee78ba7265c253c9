"""The steps that are taken with a code that sender and recipient agreed on."""

from __future__ import annotations

from tests.support.level2 import BROWSER, Level2
from zegel.senders.agreeing import Agreement
from zegel.unlock.way import Opened, Refused
from zegel.vault.tables.records import Delivery, Message

CODE, TYPED = "Groene appel 4827", "groene-appel4827"
SECOND = "bram@kliniek.example"


def message_of(level2: Level2, delivery: Delivery) -> Message:
    found = level2.store.message(delivery.message_id)
    assert found is not None
    return found


def agree(level2: Level2, delivery: Delivery, code: str = CODE, question: str = "") -> Agreement:
    return level2.sender.agree(message_of(level2, delivery), delivery.id, code, question)


def enter(level2: Level2, delivery: Delivery, typed: str = TYPED, cookie: str = BROWSER) -> Opened | Refused:
    return level2.core.agreed.enter(level2.link(delivery), typed, cookie)


def kind(answer: Opened | Refused) -> str:
    return "in" if isinstance(answer, Opened) else answer.kind
