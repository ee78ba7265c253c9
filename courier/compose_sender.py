"""From an outbox row to a mail for a sender or the administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zegel.core import Core
from zegel.mail.addresses import identity
from zegel.notices.brand import Brand
from zegel.notices.hold_ended import hold_over_mail
from zegel.notices.number_mails import (
    code_failed_mail,
    locked_mail,
    number_changed_mail,
    number_missing_mail,
    number_request_mail,
    wrong_number_mail,
)
from zegel.notices.relayed import relayed_mail
from zegel.notices.status_mails import not_opened_mail, opened_mail, receipt_mail, sms_alarm_mail
from zegel.notices.to_sender import About
from zegel.notices.trust_mails import ask_sender_mail, not_asked_mail, not_for_me_mail
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel.vault.headline import Headline
from zegel.vault.tables.records import Delivery, Message, OutboxItem
from zegel_courier.outgoing import OutgoingMail

_OF_A_MESSAGE = frozenset({"number-request", "number-reminder", "receipt"})
_OF_A_DELIVERY = frozenset(
    {"relayed", "number-missing", "wrong-number", "not-for-me", "code-failed", "locked", "opened", "not-opened"}
)
_OF_NONE = frozenset({"hold-bounce", "number-changed", "sms-alarm", "ask-sender", "not-asked"})
SENDER_KINDS = _OF_A_MESSAGE | _OF_A_DELIVERY | _OF_NONE


class SenderComposer:
    """Composes the mails to senders, each in the organisation's first language."""

    def __init__(self, core: Core, brand: Brand) -> None:
        self._core = core
        self._vault = core.vault
        self._store = core.vault.store
        self._brand = brand
        self._own = core.settings.own_address
        self._language = core.settings.organisation.languages[0]

    def compose(self, item: OutboxItem) -> OutgoingMail | None:
        """The mail of `item`, or None when nobody needs it any more. Raises KeyGone for expired messages."""
        if item.kind in _OF_NONE:
            payload = self._vault.payload(item.id, item.message_id, item.payload, self._core.clock())
            return self._loose(item.kind, payload)
        message = self._store.message(item.message_id)
        if message is None:
            return None
        if item.kind in _OF_A_MESSAGE:
            content = self._receipt(message) if item.kind == "receipt" else self._number_request(message, item.kind)
        else:
            delivery = self._store.delivery(item.delivery_id)
            if delivery is None or self._core.access.ended(delivery):
                return None
            if item.kind == "relayed":
                return self._relayed(message, delivery)
            content = self._about_delivery(item, message, delivery)
        return OutgoingMail(self._own, message.sender, content) if content is not None else None

    def _relayed(self, message: Message, delivery: Delivery) -> OutgoingMail:
        headline = self._headline(message)
        content = relayed_mail(
            self._brand,
            self._about(message, headline),
            recipient=delivery.recipient,
            original_recipient=headline.reports.get(identity(delivery.recipient).text, ""),
            envelope_id=headline.envelope_id,
        )
        return OutgoingMail("", message.sender, content)

    def _about(self, message: Message, headline: Headline) -> About:
        return About(
            own_address=self._own,
            sender=message.sender,
            subject=headline.told_subject,
            link=self._core.access.sender_link(message.id),
            language=self._language,
        )

    def _headline(self, message: Message) -> Headline:
        return self._vault.headline(message.id, self._core.clock())

    def _number_request(self, message: Message, kind: str) -> bytes | None:
        now = self._core.clock()
        held = [each for each in self._store.deliveries.held(message.id) if each.held_until > now]
        if not held:
            return None
        headline = self._headline(message)
        return number_request_mail(
            self._brand,
            self._about(message, headline),
            recipients=[delivery.recipient for delivery in held],
            reason=headline.reason.get(self._language, ""),
            sample=headline.sample,
            until=min(delivery.held_until for delivery in held),
            reminder=kind == "number-reminder",
        )

    def _receipt(self, message: Message) -> bytes:
        recipients = [delivery.recipient for delivery in self._store.deliveries.of_message(message.id)]
        about = self._about(message, self._headline(message))
        return receipt_mail(self._brand, about, recipients=recipients, expires_at=message.expires_at)

    def _about_delivery(self, item: OutboxItem, message: Message, delivery: Delivery) -> bytes | None:
        """A mail about one recipient; None when what it says is no longer so."""
        about = self._about(message, self._headline(message))
        recipient, number = delivery.recipient, self._core.codes.number(delivery)
        mails: dict[str, tuple[bool, Callable[[], bytes]]] = {
            "number-missing": (not number, lambda: number_missing_mail(self._brand, about, recipient=recipient)),
            "wrong-number": (
                delivery.stopped_why == "number",
                lambda: wrong_number_mail(self._brand, about, recipient=recipient, number=number),
            ),
            "not-for-me": (
                delivery.stopped_why == "person",
                lambda: not_for_me_mail(self._brand, about, recipient=recipient),
            ),
            "code-failed": (
                bool(number),
                lambda: code_failed_mail(self._brand, about, recipient=recipient, number=number),
            ),
            "locked": (bool(delivery.locked_at), lambda: locked_mail(self._brand, about, recipient=recipient)),
            "opened": (
                True,
                lambda: opened_mail(self._brand, about, recipient=recipient, at=item.created_at),
            ),
            "not-opened": (
                delivery.state == "notified",
                lambda: not_opened_mail(self._brand, about, recipient=recipient, expires_at=message.expires_at),
            ),
        }
        still_so, compose = mails[item.kind]
        return compose() if still_so else None

    def _ask_sender(self, payload: dict[str, Any]) -> OutgoingMail | None:
        """The recipient's question for a message that ended; None when he can open it again."""
        message, delivery = self._store.message(payload["message"]), self._store.delivery(payload["delivery"])
        if message is None or delivery is None or not self._core.access.ended(delivery):
            return None
        link = self._core.access.sender_link(message.id)
        content = ask_sender_mail(
            self._brand,
            About(self._own, payload["to"], payload["subject"], link, self._language),
            recipient=payload["recipient"],
            sent_at=payload["sent_at"],
            recalled=delivery.state == "recalled",
            can_extend=self._core.sender.can_extend(message),
        )
        return OutgoingMail(self._own, payload["to"], content)

    def _not_asked(self, payload: dict[str, Any]) -> OutgoingMail | None:
        """Somebody opened the message with a password that the recipient did not ask for; also when it has ended."""
        message, delivery = self._store.message(payload["message"]), self._store.delivery(payload["delivery"])
        if message is None or delivery is None:
            return None
        link = self._core.access.sender_link(message.id)
        content = not_asked_mail(
            self._brand,
            About(self._own, payload["to"], payload["subject"], link, self._language),
            recipient=payload["recipient"],
            opened_at=payload["opened_at"],
            taken=payload["taken"],
            level=delivery.level,
        )
        return OutgoingMail(self._own, payload["to"], content)

    def _loose(self, kind: str, payload: dict[str, Any]) -> OutgoingMail | None:
        to = payload["to"]
        if kind == "ask-sender":
            return self._ask_sender(payload)
        if kind == "not-asked":
            return self._not_asked(payload)
        if kind == "hold-bounce":
            content = hold_over_mail(
                self._brand,
                to=to,
                recipients=payload["recipients"],
                subject=payload["subject"],
                language=self._language,
                from_address=self._own,
            )
            return OutgoingMail("", to, content)
        if kind == "number-changed":
            about = About(self._own, to, "", "", self._language)
            by = "" if payload["by"] == ADMINISTRATOR else payload["by"]
            content = number_changed_mail(
                self._brand, about, recipient=payload["recipient"], number=payload["number"], by=by
            )
            return OutgoingMail(self._own, to, content)
        content = sms_alarm_mail(
            self._brand,
            own_address=self._own,
            to=to,
            sent=payload["sent"],
            cap=payload["cap"],
            language=self._language,
        )
        return OutgoingMail(self._own, to, content)
