"""Mails about the telephone number of a recipient: asked for, missing, wrong, changed, and locked by wrong codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zegel.notices.hold_ended import hold_over_mail
from zegel.notices.number_mails import (
    code_failed_mail,
    locked_mail,
    number_changed_mail,
    number_missing_mail,
    number_request_mail,
    wrong_number_mail,
)
from zegel.notices.to_sender import About
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel_courier.desk import Desk, OfDelivery, OfMessage
from zegel_courier.kind import of_nothing, to_sender_of_delivery, to_sender_of_message


def _request(*, reminder: bool) -> Callable[[OfMessage], bytes | None]:
    def letter(case: OfMessage) -> bytes | None:
        now, desk = case.desk.core.clock(), case.desk
        held = [each for each in desk.store.deliveries.held(case.message.id) if each.held_until > now]
        if not held:
            return None
        headline = case.headline()
        return number_request_mail(
            desk.brand,
            case.about(),
            recipients=[delivery.recipient for delivery in held],
            reason=headline.reason.get(desk.language, ""),
            sample=headline.sample,
            until=min(delivery.held_until for delivery in held),
            others=len(held) < len(desk.store.deliveries.of_message(case.message.id)),
            reminder=reminder,
            may_agree=desk.core.settings.phones.agreed_codes,
            calls=desk.core.settings.sms.calls,
        )

    return letter


def _missing(case: OfDelivery) -> bytes:
    return number_missing_mail(case.desk.brand, case.about(), recipient=case.recipient)


def _wrong(case: OfDelivery) -> bytes:
    return wrong_number_mail(case.desk.brand, case.about(), recipient=case.recipient, number=case.number())


def _code_failed(case: OfDelivery) -> bytes:
    called = case.desk.core.codes.by_call(case.delivery)
    return code_failed_mail(
        case.desk.brand, case.about(), recipient=case.recipient, number=case.number(), called=called
    )


def _locked(case: OfDelivery) -> bytes:
    agreed = case.delivery.way == "agreed"
    return locked_mail(case.desk.brand, case.about(), recipient=case.recipient, agreed=agreed)


def _changed(desk: Desk, told: dict[str, Any]) -> bytes:
    about = About(desk.own_address, told["to"], "", "", desk.language)
    by = "" if told["by"] == ADMINISTRATOR else told["by"]
    return number_changed_mail(desk.brand, about, recipient=told["recipient"], number=told["number"], by=by)


def _hold_bounce(desk: Desk, told: dict[str, Any]) -> bytes:
    return hold_over_mail(
        desk.brand,
        to=told["to"],
        recipients=told["recipients"],
        subject=told["subject"],
        language=desk.language,
        from_address=desk.own_address,
    )


KINDS = (
    to_sender_of_message("number-request", _request(reminder=False), "number requested"),
    to_sender_of_message("number-reminder", _request(reminder=True), "sender reminded"),
    to_sender_of_delivery("number-missing", _missing, lambda case: not case.number()),
    to_sender_of_delivery("wrong-number", _wrong, lambda case: case.delivery.stopped_why == "number"),
    to_sender_of_delivery("code-failed", _code_failed, lambda case: bool(case.number())),
    to_sender_of_delivery("locked", _locked, lambda case: bool(case.delivery.locked_at)),
    of_nothing("number-changed", _changed),
    of_nothing("hold-bounce", _hold_bounce, event="sender told", is_report=True),
)
