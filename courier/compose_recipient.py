"""From an outbox row to the mail that it stands for."""

from __future__ import annotations

from typing import Any

from zegel.core import Core
from zegel.mail.addresses import identity
from zegel.notices.automatic import password_mail
from zegel.notices.bounce import failure_mail
from zegel.notices.brand import brand
from zegel.notices.notification import Notified, files_notification, message_notification
from zegel.notices.passkey_mail import passkey_added_mail
from zegel.notices.speaker import Speaker
from zegel.notices.trust_mails import new_device_mail
from zegel.unlock.access import PASSWORD_SECONDS
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.records import Delivery, Message, OutboxItem
from zegel_courier.compose_sender import SENDER_KINDS, SenderComposer
from zegel_courier.originals import Originals
from zegel_courier.outgoing import OutgoingMail


class Composer:
    """Composes the mails. What it needs it reads at that moment, so a recall is heeded to the last."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._vault = core.vault
        self._brand = brand(core.settings)
        self._own = core.settings.own_address
        self._domains = core.settings.domains
        self._to_senders = SenderComposer(core, self._brand)
        self._originals = Originals(lambda message_id: b"".join(core.vault.original(message_id, core.clock())))

    def compose(self, item: OutboxItem) -> OutgoingMail | None:
        """The mail of `item`, or None when nobody needs it any more. Raises KeyGone for expired messages."""
        if item.kind in SENDER_KINDS:
            return self._to_senders.compose(item)
        if item.kind == "passkey-added":
            return self._passkey_added(item)
        if item.kind == "new-device":
            return self._new_device(item)
        if item.kind == "copy":
            return self._copy(item)
        delivery = self._vault.store.delivery(item.delivery_id)
        message = self._vault.store.message(item.message_id)
        if delivery is None or message is None or self._core.access.ended(delivery):
            return None
        now = self._core.clock()
        payload = self._vault.payload(item.id, item.message_id, item.payload, now)
        if item.kind == "notification":
            return None if delivery.state == "held" else self._notification(item, message, delivery, payload)
        if item.kind == "password":
            if now > item.created_at + PASSWORD_SECONDS or delivery.level > 1:
                return None
            return self._password(message, delivery, payload)
        if item.kind == "failure":
            return self._failure(message, delivery, payload)
        raise ValueError(f"unknown kind of outbox item: {item.kind}")

    def rest(self) -> None:
        """Forgets what it keeps for the next mails, when there are none."""
        self._originals.forget()

    def _copy(self, item: OutboxItem) -> OutgoingMail:
        """The original as it came, for a colleague whom Postfix could not be left to serve."""
        now = self._core.clock()
        payload = self._vault.payload(item.id, item.message_id, item.payload, now)
        return OutgoingMail(payload["sender"], payload["to"], b"".join(self._vault.original(item.message_id, now)))

    def _new_device(self, item: OutboxItem) -> OutgoingMail | None:
        payload = self._vault.payload(item.id, 0, item.payload, self._core.clock())
        device = self._core.devices.by_id(payload["device"])
        if device is None:
            return None
        content = new_device_mail(
            self._brand,
            sender_address=self._own,
            recipient=payload["to"],
            browser=device.kind.browser,
            system=device.kind.system,
            at=device.added_at,
            ends_at=device.ends_at,
            link=self._core.devices.link(device.id),
            language=payload["language"],
            phrase=self._core.people.person(payload["to"]).phrase,
        )
        return OutgoingMail(self._own, payload["to"], content)

    def _passkey_added(self, item: OutboxItem) -> OutgoingMail:
        payload = self._vault.payload(item.id, 0, item.payload, self._core.clock())
        delivery = self._vault.store.delivery(item.delivery_id)
        open_ = delivery is not None and not self._core.access.ended(delivery)
        content = passkey_added_mail(
            self._brand,
            sender_address=self._own,
            recipient=payload["to"],
            name=payload["name"],
            at=payload["at"],
            level=payload["level"],
            link=f"{self._link(delivery)}/passkeys" if delivery is not None and open_ else "",
            language=payload["language"],
            phrase=self._core.people.person(payload["to"]).phrase,
        )
        return OutgoingMail(self._own, payload["to"], content)

    def _link(self, delivery: Delivery) -> str:
        return self._core.access.link(delivery.id, delivery.generation)

    def _notification(
        self, item: OutboxItem, message: Message, delivery: Delivery, payload: dict[str, Any]
    ) -> OutgoingMail:
        now = self._core.clock()
        # Version 1 kept with each notification what now stands in the headline.
        told = self._vault.headline(message.id, now).updated(payload)
        chosen = self._core.people
        about = Notified(
            original=self._originals.get(message.id),
            recipient=delivery.recipient,
            link=self._link(delivery),
            expires_at=message.expires_at,
            language=chosen.language(delivery.recipient) or delivery.language,
            level=delivery.level,
            phrase=chosen.person(delivery.recipient).phrase,
            hide_subject=told.hide_subject,
            hide_names=told.hide_names,
            removed_words=told.removed_words,
            withheld_parts=frozenset(told.withheld_parts),
            speaker=Speaker(told.author, self._own, self._brand.name, self._domains),
            again=item.id != item_id(f"notification {delivery.id} 0"),
        )
        notify = files_notification if message.scope == "files" else message_notification
        content = notify(self._brand, about)
        report = not about.again and identity(delivery.recipient).text in told.reports
        return OutgoingMail(message.sender, delivery.recipient, content, report)

    def _password(self, message: Message, delivery: Delivery, payload: dict[str, Any]) -> OutgoingMail:
        headline = self._vault.headline(message.id, self._core.clock())
        content = password_mail(
            self._brand,
            sender_address=self._own,
            recipient=delivery.recipient,
            password=payload["password"],
            link=self._link(delivery),
            message_sender=headline.name or message.sender,
            minutes=PASSWORD_SECONDS // 60,
            language=payload["language"],
            phrase=self._core.people.person(delivery.recipient).phrase,
        )
        return OutgoingMail(self._own, delivery.recipient, content)

    def _failure(self, message: Message, delivery: Delivery, payload: dict[str, Any]) -> OutgoingMail:
        headline = self._vault.headline(message.id, self._core.clock())
        content = failure_mail(
            self._brand,
            to=message.sender,
            failed_recipient=delivery.recipient,
            subject=headline.told_subject,
            reason=payload["answer"],
            language=self._core.settings.organisation.languages[0],
            from_address=self._own,
        )
        return OutgoingMail("", message.sender, content)
