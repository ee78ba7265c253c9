"""Mails about how far a message is, where the settings or the sender ask for them, and the alarm of the day's SMS."""

from __future__ import annotations

from typing import Any

from zegel.notices.status_mails import not_opened_mail, opened_mail, receipt_mail, sms_alarm_mail
from zegel_courier.desk import Desk, OfDelivery, OfMessage
from zegel_courier.kind import of_nothing, to_sender_of_delivery, to_sender_of_message


def _receipt(case: OfMessage) -> bytes | None:
    """None while a recipient's number is missing: the mail that asks for it is the one that is true."""
    deliveries = case.desk.store.deliveries.of_message(case.message.id)
    if any(delivery.state == "held" for delivery in deliveries):
        return None
    recipients = [delivery.recipient for delivery in deliveries]
    return receipt_mail(case.desk.brand, case.about(), recipients=recipients, expires_at=case.message.expires_at)


def _opened(case: OfDelivery) -> bytes:
    return opened_mail(case.desk.brand, case.about(), recipient=case.recipient, at=case.item.created_at)


def _not_opened(case: OfDelivery) -> bytes:
    expires_at = case.message.expires_at
    return not_opened_mail(case.desk.brand, case.about(), recipient=case.recipient, expires_at=expires_at)


def _sms_alarm(desk: Desk, told: dict[str, Any]) -> bytes:
    return sms_alarm_mail(
        desk.brand,
        own_address=desk.own_address,
        to=told["to"],
        sent=told["sent"],
        cap=told["cap"],
        language=desk.language,
    )


KINDS = (
    to_sender_of_message("receipt", _receipt),
    to_sender_of_delivery("opened", _opened),
    to_sender_of_delivery("not-opened", _not_opened, lambda case: case.delivery.state == "notified"),
    of_nothing("sms-alarm", _sms_alarm),
)
