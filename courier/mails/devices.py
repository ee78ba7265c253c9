"""Mails to a recipient about what opens their messages from now on: a passkey, a remembered device."""

from __future__ import annotations

from zegel.notices.passkey_mail import passkey_added_mail
from zegel.notices.trust_mails import new_device_mail
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail


def _new_device(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    payload = desk.payload(item)
    device = desk.core.devices.by_id(payload["device"])
    if device is None:
        return None
    content = new_device_mail(
        desk.brand,
        sender_address=desk.own_address,
        recipient=payload["to"],
        browser=device.kind.browser,
        system=device.kind.system,
        at=device.added_at,
        ends_at=device.ends_at,
        link=desk.core.devices.link(device.id),
        language=payload["language"],
        phrase=desk.phrase(payload["to"]),
    )
    return OutgoingMail(desk.own_address, payload["to"], content)


def _passkey_added(desk: Desk, item: OutboxItem) -> OutgoingMail:
    payload = desk.payload(item)
    delivery = desk.store.delivery(item.delivery_id)
    is_open = delivery is not None and not desk.core.access.ended(delivery)
    content = passkey_added_mail(
        desk.brand,
        sender_address=desk.own_address,
        recipient=payload["to"],
        name=payload["name"],
        at=payload["at"],
        level=payload["level"],
        link=f"{desk.link(delivery)}/passkeys" if delivery is not None and is_open else "",
        language=payload["language"],
        phrase=desk.phrase(payload["to"]),
    )
    return OutgoingMail(desk.own_address, payload["to"], content)


KINDS = (Kind("new-device", "nothing", _new_device), Kind("passkey-added", "nothing", _passkey_added))
