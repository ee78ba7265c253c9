"""How often somebody said that they did not ask for a password or code, and the silence that follows.

Whoever has a link can ask, and the mail or SMS lands at somebody who may not want it. Each objection counts once for
what was sent since the one before; after the third in a day nothing is sent for an hour.
"""

from __future__ import annotations

from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.audit_log import AuditLog
from zegel.vault.tables.records import Delivery

NOT_ASKED: EventName = "not asked"
"""The event in the audit log; the count is read from there."""
OBJECTIONS_MOST, OBJECTION_SECONDS, QUIET_SECONDS = 3, 24 * 3600, 3600


def quiet_until(audit_log: AuditLog, delivery: Delivery, now: float) -> float:
    """Until when nothing is sent to open this delivery; 0 when something may be."""
    objections = audit_log.moments(NOT_ASKED, delivery.message_id, delivery.id, now - OBJECTION_SECONDS)
    until = objections[-1] + QUIET_SECONDS if len(objections) >= OBJECTIONS_MOST else 0.0
    return until if until > now else 0.0
