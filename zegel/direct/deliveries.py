"""Direct deliveries from the first look to the end: handed to Postfix, delivered, put off, or notified after all.

    direct --handed--> Postfix --report--> delivered
       |                  |
       | no proof         | not proven, refused, or too late
       v                  v
    notified or held, as if nobody had tried

Each step is one transaction, in the courier or, for a report, in the milter. The row of the outbox is the clock: it is
due when something has to be done, and far away while Postfix has the mail.
"""

from __future__ import annotations

import base64
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from mmap import mmap

from zegel.crypto import fingerprint
from zegel.direct.proof import SHOWN, Proof
from zegel.direct.report import Report, report_in
from zegel.direct.tls_log import tls_version
from zegel.mail.envelope import Envelope
from zegel.mail.reply_reference import Attempt, attempted, direct_address
from zegel.recipients.holds import ask_for_numbers, held_until
from zegel.recipients.phonebook import phone_key
from zegel.settings.model import Settings
from zegel.vault.sealing_vault import SealingVault
from zegel.vault.tables.direct import NOTIFIED
from zegel.vault.tables.direct_records import DirectRow
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.records import Delivery

log = logging.getLogger("zegel.direct")
HOUR = 3600.0
UNSURE_SECONDS = 120.0
"""After a crash in the moment of handing over: how long a report is waited for before the same is handed over again."""
REPORT_SECONDS = 1800.0
"""The longest that Postfix is at one attempt, by the time-outs of postfix/direct.master.cf.fragment."""
BEFORE_EXPIRY = HOUR
_MOST_PASSED_ON = 1_000_000
"""Bytes of an answer that came to the address for reports; what is larger is left to the mailbox of that address."""
_FIRST_DELAY, _MOST_DELAY = 30.0, 1800.0


class DirectDeliveries:
    """What changes is to be called inside a transaction, unless it says otherwise."""

    def __init__(self, settings: Settings, vault: SealingVault, clock: Callable[[], float]) -> None:
        self._settings = settings.direct_delivery
        self._address = settings.reply_address
        self._vault = vault
        self._store = vault.store
        self._clock = clock

    def row(self, delivery: Delivery) -> DirectRow | None:
        """What is known of a delivery that may go directly; None when it may not, any more. Outside of transactions."""
        return self._store.direct.get(delivery.id) if delivery.state == "direct" else None

    def gives_up_at(self, row: DirectRow, delivery: Delivery) -> float:
        """When the recipient is notified, whatever the other server says."""
        return min(row.began_at + self._settings.hours * HOUR, delivery.expires_at - BEFORE_EXPIRY)

    def waits_until(self, row: DirectRow, delivery: Delivery) -> float:
        """Until when a report about the attempt under way is waited for: what may still succeed is not notified."""
        if not row.sure:
            return row.handed_at + UNSURE_SECONDS
        end = max(self.gives_up_at(row, delivery), row.handed_at + REPORT_SECONDS)
        return min(end, delivery.expires_at - BEFORE_EXPIRY / 2)

    def begin(self, delivery: Delivery, proof: Proof) -> tuple[int, str] | None:
        """Notes that an attempt is about to leave: its number and envelope sender. None when it is not to leave."""
        current = self._store.delivery(delivery.id)
        if current is None or current.state != "direct":
            return None
        attempt = self._store.direct.begin(delivery.id, proof.kind, self._clock())
        return attempt, direct_address(self._vault.keys.reply, self._address, delivery.id, attempt)

    def accepted(self, delivery: Delivery, row: DirectRow, attempt: int) -> None:
        """Postfix has it: what became of it comes as a report."""
        if self._store.direct.accepted(delivery.id, attempt):
            taken = replace(row, handed_at=self._clock(), sure=True)
            self._store.outbox.retry(item_id("direct", delivery.id), self.waits_until(taken, delivery), "")

    def later(self, delivery: Delivery, row: DirectRow, why: str) -> None:
        """Tries again, or notifies when there is no time left."""
        now = self._clock()
        full = min(_MOST_DELAY, _FIRST_DELAY * 2.0 ** min(row.attempt, 10))
        when = now + full * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)
        if when >= self.gives_up_at(row, delivery):
            self.notify_instead(delivery, row, why)
            return
        self._store.direct.back(delivery.id)
        self._store.outbox.retry(item_id("direct", delivery.id), when, "later")

    def notify_instead(self, delivery: Delivery, row: DirectRow, why: str) -> None:
        """Goes the way of a link; nothing when somebody was before us."""
        now = self._clock()
        hash_ = phone_key(self._vault.keys.lookup, delivery.address) if delivery.address else b""
        way = self._store.way_at_level_2(hash_, now) if hash_ else delivery.way
        held = way is None
        until = held_until(now, delivery.expires_at) if held else 0.0
        locked_at = self._store.agreed.locked_at(hash_) if way == "agreed" else 0.0
        if not self._store.deliveries.notify(delivery.id, way or "sms", until, locked_at):
            return
        self._store.direct.back(delivery.id)
        self._store.outbox.done(item_id("direct", delivery.id))
        self._store.audit_log.record("not delivered directly", "zegel", now, about=delivery, why=why)
        self._store.direct.count(row.domain, NOTIFIED, why, now)
        if held:
            self._store.audit_log.record("held", "zegel", now, about=delivery)
            ask_for_numbers(self._store, delivery.message_id, now)
        else:
            self._store.outbox.add("notification", delivery.id, 0, about=delivery, when=now)

    # Reports.

    def take(self, envelope: Envelope, content: Callable[[], bytes | mmap]) -> tuple[str, ...]:
        """Notes what a report says and returns the recipients to take out of it; () for what is no report to us.

        Outside of transactions.
        """
        key = self._vault.keys.reply
        found = {each: attempt for each in envelope.recipients if (attempt := attempted(key, each))}
        if not found:
            return ()
        report = report_in(content()) if not envelope.sender else None
        if report is None:
            return self._pass_on(found, bytes(content()[: _MOST_PASSED_ON + 1]))
        tls = tls_version(self._settings.log, report.queue_id, report.host) if report.outcome == "delivered" else ""

        def note() -> None:
            for each in found.values():
                self._note(each, report, tls)

        self._store.write(note)
        return tuple(found)

    def _pass_on(self, found: Mapping[str, Attempt], mail: bytes) -> tuple[str, ...]:
        """No report but an answer, such as that of somebody on holiday: it is for who wrote the message."""
        if len(mail) > _MOST_PASSED_ON:
            return ()

        def pass_on() -> None:
            for attempt in found.values():
                delivery = self._store.delivery(attempt.delivery)
                message = self._store.message(delivery.message_id) if delivery is not None else None
                if message is not None:
                    once = (attempt.delivery, fingerprint(mail.hex()).hex())
                    told = {"to": message.sender, "mail": base64.b64encode(mail).decode("ascii")}
                    self._vault.tell(told, "passed-on", *once, when=self._clock(), delivery=attempt.delivery)

        self._store.write(pass_on)
        return tuple(found)

    def _note(self, attempt: Attempt, report: Report, tls: str) -> None:
        delivery, row = self._store.delivery(attempt.delivery), self._store.direct.get(attempt.delivery)
        if delivery is None or row is None:
            return
        if report.outcome == "delivered":
            self._delivered(delivery, row, report.host, tls)
        elif delivery.state == "delivered" and report.outcome != "underway":
            self._came_back(delivery, report)
        elif delivery.state == "direct" and row.handed_at and row.attempt % 256 == attempt.number:
            # An earlier attempt, handed over twice in a crash, says nothing about the one under way.
            self._failed(delivery, row, report)

    def _delivered(self, delivery: Delivery, row: DirectRow, host: str, tls: str) -> None:
        now, store = self._clock(), self._store
        proof = SHOWN.get(row.proof, row.proof)
        in_time = store.deliveries.move(delivery.id, "direct", "delivered")
        if not in_time and delivery.state == "delivered":
            return
        # The audit log says when it was too late: the recipient has the mail although it was recalled or notified.
        store.audit_log.record(
            "delivered directly", "zegel", now, about=delivery, host=host, tls=tls, proof=proof, late=not in_time
        )
        store.direct.count(row.domain, row.proof, host, now)
        if not in_time:
            return
        store.direct.back(delivery.id)
        store.outbox.done(item_id("direct", delivery.id))
        store.outbox.add("relayed", delivery.id, about=delivery, when=now)  # if its sender asked for a report
        if not self._settings.keep:
            store.destroy_original(delivery.message_id)

    def _failed(self, delivery: Delivery, row: DirectRow, report: Report) -> None:
        why = " ".join(each for each in (report.host, report.text or report.status) if each)
        if report.outcome == "later":
            self.later(delivery, row, why)
        elif report.outcome != "underway":
            self.notify_instead(delivery, row, why)

    def _came_back(self, delivery: Delivery, report: Report) -> None:
        """The other server took it, and found later that it cannot deliver it: its sender hears so, once."""
        if self._store.audit_log.moments("could not be delivered", delivery.message_id, delivery.id):
            return
        now, key = self._clock(), item_id("direct", delivery.id)
        told = {"status": report.status, "answer": report.text or report.status}
        payload = self._vault.seal_notice(told, "failure", key)
        self._store.outbox.add("failure", key, about=delivery, payload=payload, when=now)
        self._store.audit_log.record("could not be delivered", "zegel", now, about=delivery, status=report.status)
