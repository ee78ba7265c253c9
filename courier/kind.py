"""What a kind of mail is. Each is a value in a file of courier/mails/, and registry.py lists them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from zegel.delivery_error import DeliveryError
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.outbox_kinds import KindName
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk, OfDelivery, OfMessage
from zegel_courier.outgoing import OutgoingMail

About = Literal["delivery", "message", "nothing"]
"""What a row names. Of nothing is also what has to be told when its message is gone."""
Route = Literal["past the filters", "through the filters"]
"""By Postfix's re-injection port with our mark, or by its ordinary listener, without."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mail: what it is about, how it is composed, how it goes, and what follows."""

    name: KindName
    about: About
    compose: Callable[[Desk, OutboxItem], OutgoingMail | None]
    """None when it is not true any more, or nobody needs it. Raises KeyGone when its message has expired."""
    route: Route = "past the filters"
    event: EventName | None = None
    """What the audit log says when Postfix has taken it; None for nothing."""
    accepted: Callable[[Desk, OutboxItem, OutgoingMail], None] | None = None
    """What follows when Postfix has taken it; inside the transaction that notes so."""
    refused: Callable[[Desk, OutboxItem, DeliveryError], None] | None = None
    """What follows when nobody will ever take it, instead of setting it aside for the administrator."""
    put_off: Callable[[Desk, OutboxItem, DeliveryError], None] | None = None
    """What follows when it is tried again later; inside the transaction that notes so."""
    instead: Callable[[Desk, OutboxItem], None] | None = None
    """What happens in place of a mail; inside the transaction that ends the row."""


def to_sender_of_message(
    name: KindName, letter: Callable[[OfMessage], bytes | None], event: EventName | None = None
) -> Kind:
    """A mail to the sender about a message as a whole; `letter` gives None when it is not true any more."""

    def compose(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
        message = desk.store.message(item.message_id)
        content = letter(OfMessage(desk, item, message)) if message is not None else None
        return OutgoingMail(desk.own_address, message.sender, content) if message and content else None

    return Kind(name, "message", compose, event=event)


def to_sender_of_delivery(
    name: KindName,
    letter: Callable[[OfDelivery], bytes],
    still_true: Callable[[OfDelivery], bool] = lambda _: True,
    *,
    is_report: bool = False,
) -> Kind:
    """A mail to the sender about one recipient, who can still open the message and of whom it is `still_true`.

    A report (RFC 3464) has the null sender.
    """

    def compose(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
        case = open_delivery(desk, item)
        if case is None or not still_true(case) or (case.delivery.state == "cleared" and not is_report):
            return None
        return OutgoingMail("" if is_report else desk.own_address, case.message.sender, letter(case))

    return Kind(name, "delivery", compose)


def of_nothing(
    name: KindName,
    letter: Callable[[Desk, dict[str, Any]], bytes | None],
    *,
    event: EventName | None = None,
    is_report: bool = False,
) -> Kind:
    """A mail to whom its payload names in "to"; `letter` gives None when it is not true any more.

    A report (RFC 3464) has the null sender.
    """

    def compose(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
        payload = desk.payload(item)
        content = letter(desk, payload)
        return OutgoingMail("" if is_report else desk.own_address, payload["to"], content) if content else None

    return Kind(name, "nothing", compose, event=event)


def open_delivery(desk: Desk, item: OutboxItem) -> OfDelivery | None:
    """What a row is about, while its recipient can still open it or got it as ordinary mail; None when it has ended."""
    message, delivery = desk.store.message(item.message_id), desk.store.delivery(item.delivery_id)
    if message is None or delivery is None:
        return None
    if delivery.state not in ("delivered", "cleared") and desk.core.access.ended(delivery):
        return None
    return OfDelivery(desk, item, message, delivery)
