"""What has to be done by the clock: expiry, shredding, forgetting."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from zegel.conversations.loops import KEPT_SECONDS as ANSWERS_KEPT
from zegel.core import Core
from zegel.recipients.preferences import KEPT_SECONDS
from zegel.sms.gateway import Gateway, Reporting
from zegel.unlock.access import SESSION_IDLE, SESSION_MOST
from zegel.unlock.sms_codes import CODE_SECONDS
from zegel.vault.keyring import day_of
from zegel.vault.marks import AUDIT, COURIER
from zegel.vault.verification import standing, verify

log = logging.getLogger("zegel.courier")


VERIFIED_AT_ONCE = 10_000
"""Events of the audit log that are verified each minute: a fraction of a second."""


def give_sign(core: Core) -> None:
    """Says that the courier works, and goes on verifying the audit log."""
    store, now = core.vault.store, core.clock()
    store.write(lambda: store.marks.set(COURIER, str(now)))
    before = standing(store.marks.get(AUDIT))
    found, _ = verify(store, now, most=VERIFIED_AT_ONCE)
    if found.broken is not None and (before is None or before.broken is None):
        log.error("the audit log is not whole: event %d was changed, or one before it removed", found.broken)


def upkeep(core: Core, gateway: Gateway | None = None) -> None:
    """Ends what is over and destroys the keys of days that are over. Safe to repeat at any time."""
    now, store = core.clock(), core.vault.store
    for message_id in store.deliveries.holding_past(now):
        # Before it is shredded: its sender has to hear of it, also when no courier ran when the hold ended.
        store.write(partial(core.holds.end, message_id, now, all_=True))
    expired = store.write(lambda: store.expire(now))
    days = core.vault.keyring.destroy_before(day_of(now))
    for day in days:
        store.write(partial(_note_destroyed, core, day, now))
    store.write(lambda: _clean(core, now))
    if core.vault.shared is not None:
        store.write(lambda: store.hosts.forget_before(day_of(now)))
    if expired or days:
        log.info("%d messages expired, keys of %d days destroyed", len(expired), len(days))
    if isinstance(gateway, Reporting):
        _ask_reports(core, gateway, now)


def _note_destroyed(core: Core, day: str, now: float) -> None:
    core.vault.store.marks.destroyed(day)
    where: dict[str, Any] = {"host": core.vault.shared.host} if core.vault.shared is not None else {}
    core.vault.store.audit_log.record("day key destroyed", "zegel", now, day=day, **where)


def _clean(core: Core, now: float) -> None:
    core.vault.store.challenges.clean(now, SESSION_IDLE, SESSION_MOST)
    core.vault.store.texts.clean(now)
    core.vault.store.passkeys.clean(now)
    core.vault.store.persons.clean(now - KEPT_SECONDS)
    core.vault.store.devices.clean(now - core.devices.seconds)
    core.vault.store.answers.clean(now - ANSWERS_KEPT)
    core.vault.store.proofs.clean(now - ANSWERS_KEPT)


def _ask_reports(core: Core, gateway: Reporting, now: float) -> None:
    """For a gateway that answers when it is asked and calls nobody."""
    for text_id in core.vault.store.texts.accepted(now - CODE_SECONDS):
        reference = core.codes.reference(text_id)
        if status := gateway.report(reference):
            core.codes.report(reference, status)
