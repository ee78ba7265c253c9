"""Mails about what a recipient said: not for me, not asked for, and a question for what has ended."""

from __future__ import annotations

from typing import Any

from zegel.notices.to_sender import About
from zegel.notices.trust_mails import ask_sender_mail, not_asked_mail, not_for_me_mail
from zegel.vault.tables.records import Message
from zegel_courier.desk import Desk, OfDelivery
from zegel_courier.kind import of_nothing, to_sender_of_delivery


def _not_for_me(case: OfDelivery) -> bytes:
    return not_for_me_mail(case.desk.brand, case.about(), recipient=case.recipient)


def _ask_sender(desk: Desk, told: dict[str, Any]) -> bytes | None:
    """The recipient's question for a message that ended; None when they can open it again."""
    message, delivery = desk.store.message(told["message"]), desk.store.delivery(told["delivery"])
    if message is None or delivery is None or not desk.core.access.ended(delivery):
        return None
    return ask_sender_mail(
        desk.brand,
        _about(desk, message, told),
        recipient=told["recipient"],
        sent_at=told["sent_at"],
        recalled=delivery.state == "recalled",
        can_extend=desk.core.sender.can_extend(message),
        destroyed=desk.core.access.destroyed(message.id),
    )


def _not_asked(desk: Desk, told: dict[str, Any]) -> bytes | None:
    """Somebody opened the message with a password that the recipient did not ask for; also when it has ended."""
    message, delivery = desk.store.message(told["message"]), desk.store.delivery(told["delivery"])
    if message is None or delivery is None:
        return None
    return not_asked_mail(
        desk.brand,
        _about(desk, message, told),
        recipient=told["recipient"],
        opened_at=told["opened_at"],
        taken=told["taken"],
        way=delivery.way,
    )


def _about(desk: Desk, message: Message, told: dict[str, Any]) -> About:
    """By what was noted then, for what was sealed with the message may be gone."""
    link = desk.core.access.sender_link(message.id)
    return About(desk.own_address, told["to"], told["subject"], link, desk.language)


KINDS = (
    to_sender_of_delivery("not-for-me", _not_for_me, lambda case: case.delivery.stopped_why == "person"),
    of_nothing("ask-sender", _ask_sender),
    of_nothing("not-asked", _not_asked),
)
