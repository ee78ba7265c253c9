"""The mail that takes the place of a sealed message, what follows from it, and the report when nobody takes it."""

from __future__ import annotations

import logging

from zegel.delivery_error import DeliveryError
from zegel.i18n.spoken import language_of
from zegel.mail.addresses import identity
from zegel.message.mime.view import view
from zegel.notices.bounce import failure_mail
from zegel.notices.notification import Notified, files_notification, message_notification
from zegel.notices.relayed import relayed_mail
from zegel.notices.speaker import Speaker
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk, OfDelivery
from zegel_courier.kind import Kind, open_delivery, to_sender_of_delivery
from zegel_courier.outgoing import OutgoingMail
from zegel_courier.working_days import two_working_days_after

log = logging.getLogger("zegel.courier")
_BEGINNING = 200_000


def _notification(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    case = open_delivery(desk, item)
    if case is None or case.delivery.state in ("direct", "held", "delivered", "cleared"):
        return None
    message, delivery, core = case.message, case.delivery, desk.core
    # Version 1 kept with each notification what now stands in the headline.
    key = desk.vault.data_key(message.id, core.clock())
    told = desk.vault.headline_under(key).updated(desk.payload(item))
    original = desk.originals.get(message.id, lambda: b"".join(desk.vault.original_under(key)))
    person = core.people.person(delivery.recipient)
    chosen = core.people.offered(person)
    written = _written(original) if told.written is None else told.written
    also = None if chosen else core.settings.organisation.also_for(delivery.recipient, written)
    about = Notified(
        original=original,
        recipient=delivery.recipient,
        link=desk.link(delivery),
        expires_at=message.expires_at,
        language=chosen or delivery.language,
        also=also or "",
        way=delivery.way,
        called=delivery.way == "sms" and core.codes.by_call(delivery),
        phrase=person.phrase,
        hide_subject=told.hide_subject,
        hide_names=told.hide_names,
        removed_words=told.removed_words,
        withheld_parts=frozenset(told.withheld_parts),
        speaker=Speaker(told.author, desk.own_address, desk.brand.name, core.settings.domains),
        again=item.id != item_id("notification", delivery.id, 0),
    )
    notify = files_notification if message.scope == "files" else message_notification
    report = not about.again and identity(delivery.recipient).text in told.reports
    return OutgoingMail(message.sender, delivery.recipient, notify(desk.brand, about), report)


def _written(original: bytes) -> str:
    """The language that a mail is written in, "" when that is not known; its beginning is enough."""
    return language_of(view(original[:_BEGINNING]).text)


def _notified(desk: Desk, item: OutboxItem, mail: OutgoingMail) -> None:
    now, settings, outbox = desk.core.clock(), desk.core.settings, desk.store.outbox
    message, delivery = item.message_id, item.delivery_id
    if mail.report:
        outbox.add("relayed", delivery, message=message, delivery=delivery, when=now)
    if settings.notices.not_opened and not ((sealed := desk.store.message(message)) and sealed.shared):
        when = two_working_days_after(now, settings.organisation.timezone)
        outbox.add("not-opened", delivery, message=message, delivery=delivery, when=when)


def undeliverable(desk: Desk, item: OutboxItem, error: DeliveryError) -> None:
    log.error("item %d: cannot be delivered: %s; the sender is told", item.id, error.status)
    now, message, delivery = desk.core.clock(), item.message_id, item.delivery_id
    told = {"status": error.status, "answer": error.answer}
    payload = desk.vault.data_key(message, now).seal_payload(told, "failure", item.id)

    def note() -> None:
        desk.store.outbox.done(item.id)
        desk.store.outbox.add("failure", item.id, message=message, delivery=delivery, payload=payload, when=now)
        desk.store.audit_log.record(
            "could not be delivered", "zegel", now, message=message, delivery=delivery, status=error.status
        )

    desk.store.write(note)


def _failure(case: OfDelivery) -> bytes:
    return failure_mail(
        case.desk.brand,
        to=case.message.sender,
        failed_recipient=case.recipient,
        subject=case.headline().told_subject,
        reason=case.desk.payload(case.item)["answer"],
        language=case.desk.language,
        from_address=case.desk.own_address,
    )


def _wanted(case: OfDelivery) -> bool:
    """Whether the sender asked for a report: of a direct delivery, who noted it could not open the headline."""
    return case.delivery.state != "delivered" or identity(case.recipient).text in case.headline().reports


def _relayed(case: OfDelivery) -> bytes:
    headline = case.headline()
    return relayed_mail(
        case.desk.brand,
        case.about(),
        recipient=case.recipient,
        original_recipient=headline.reports.get(identity(case.recipient).text, ""),
        envelope_id=headline.envelope_id,
        direct=case.delivery.state == "delivered",
    )


KINDS = (
    Kind("notification", "delivery", _notification, event="notified", accepted=_notified, refused=undeliverable),
    to_sender_of_delivery("failure", _failure, is_report=True),
    to_sender_of_delivery("relayed", _relayed, _wanted, is_report=True),
)
