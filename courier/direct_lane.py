"""Hands protected mail to Postfix as it was written, for a connection that is proven; else has it notified.

Nothing waits in a thread here: whoever needs a look-up is put aside until it has ended (zegel/direct/look_ups.py). An
attempt is noted before it leaves, so that a crash never makes two kinds of mail of one: what was or may have been
handed over waits for Postfix's report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from zegel.core import Core
from zegel.delivery_error import DeliveryError
from zegel.direct.deliveries import UNSURE_SECONDS
from zegel.direct.look_ups import LookUps
from zegel.direct.proof import Kind, NotProven, Proof
from zegel.errors import describe, is_database_away
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.direct_records import DirectRow
from zegel.vault.tables.records import Delivery, OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.mail_lane import TIME_TO_SEND, Sender
from zegel_courier.ways import Ways

log = logging.getLogger("zegel.courier")


class Direct:
    """Delivers outbox rows of kind "direct"; one thread uses it at a time."""

    def __init__(
        self,
        desk: Desk,
        look_ups: LookUps,
        ways: Callable[[], Ways | None],
        sender: Sender,
        again: Callable[[OutboxItem], None],
    ) -> None:
        """Without `ways`, which Postfix asks for, all is notified. `again` puts an item back to be delivered."""
        self._core: Core = desk.core
        self._desk = desk
        self._store = desk.store
        self._look_ups = look_ups
        self._ways = ways
        self._sender = sender
        self._again = again

    def close(self) -> None:
        self._desk.originals.forget()
        self._sender.close()

    def deliver(self, item: OutboxItem) -> None:
        """Takes the next step with one item."""
        try:
            delivery = self._store.delivery(item.delivery_id)
            row = self._core.direct.row(delivery) if delivery is not None else None
            if delivery is None or row is None or self._core.access.ended(delivery):
                log.info("item %d: direct no longer needed", item.id)
                self._store.write(lambda: self._store.outbox.done(item.id))
            elif not self._waits_for_report(item, delivery, row):
                self._try(item, delivery, row)
        except KeyGone:
            log.info("item %d: its message has expired", item.id)
            self._store.write(lambda: self._store.outbox.drop(item.id))
        except Exception as error:
            if is_database_away(error):
                raise
            log.error("item %d: notified, or left to the report, because of a fault: %s", item.id, describe(error))
            self._store.write(lambda: self._after_fault(item))

    def _after_fault(self, item: OutboxItem) -> None:
        """A fault of ours is no reason to keep a message back: what cannot have left is notified."""
        delivery, row = self._store.delivery(item.delivery_id), self._store.direct.get(item.delivery_id)
        if delivery is None or row is None:
            self._store.outbox.done(item.id)
        elif row.handed_at:
            self._store.outbox.retry(item.id, self._core.clock() + UNSURE_SECONDS, "a fault")
        else:
            self._core.direct.notify_instead(delivery, row, "a fault of Zegel, see the courier's log")

    def _waits_for_report(self, item: OutboxItem, delivery: Delivery, row: DirectRow) -> bool:
        """Whether an attempt may still be under way; then the item rests until that has to be over."""
        now, end = self._core.clock(), self._core.direct.gives_up_at(row, delivery)
        until = self._core.direct.waits_until(row, delivery) if row.handed_at else 0.0
        if now < until:
            self._store.write(lambda: self._store.outbox.retry(item.id, until, "handed over"))
            return True
        if now < end and not row.sure:
            return False
        self._notify(item, delivery, row, "nothing was heard" if row.handed_at else "no server took it in time")
        return True

    def _try(self, item: OutboxItem, delivery: Delivery, row: DirectRow) -> None:
        kinds = cast(frozenset[Kind], frozenset(row.proofs))
        finding = self._look_ups.known(row.domain, kinds)
        if finding is None:
            self._look_ups.find(row.domain, kinds, lambda _: self._again(item))
        elif isinstance(finding, NotProven):
            self._notify(item, delivery, row, finding.why)
        else:
            self._hand_over(item, delivery, row, finding)

    def _hand_over(self, item: OutboxItem, delivery: Delivery, row: DirectRow, proof: Proof) -> None:
        ways = self._ways()
        if ways is None:
            self._notify(item, delivery, row, "the courier cannot listen on direct_delivery.map_port")
            return
        original = self._desk.originals.get(delivery.message_id)
        begun = self._store.write(lambda: self._core.direct.begin(delivery, proof))
        if begun is None:
            self._store.write(lambda: self._store.outbox.done(item.id))
            return
        attempt, sender = begun
        ways.set(sender, proof)
        try:
            queued_as = self._sender.send(sender, delivery.recipient, original, lambda: self._may_go(item))
        except DeliveryError as error:
            self._not_taken(item, delivery, row, error)
        else:
            self._store.write(lambda: self._core.direct.accepted(delivery, row, attempt))
            log.info(
                "item %d: message %d handed over for direct delivery, by %s, queued as %s",
                item.id, item.message_id, proof.kind, queued_as or "?",
                extra={"item": item.id, "message_id": item.message_id, "queued_as": queued_as},
            )  # fmt: skip

    def _may_go(self, item: OutboxItem) -> bool:
        return item.claimed_until - self._core.clock() > TIME_TO_SEND

    def _not_taken(self, item: OutboxItem, delivery: Delivery, row: DirectRow, error: DeliveryError) -> None:
        if error.unsure:
            log.warning("item %d: perhaps handed over: %s", item.id, error.status)
            until = self._core.clock() + UNSURE_SECONDS
            self._store.write(lambda: self._store.outbox.retry(item.id, until, error.status))
        else:
            self._notify(item, delivery, row, f"our own mail server does not take it ({error.status})")

    def _notify(self, item: OutboxItem, delivery: Delivery, row: DirectRow, why: str) -> None:
        log.info("item %d: notified instead of delivered directly", item.id)
        self._store.write(lambda: self._core.direct.notify_instead(delivery, row, why))
