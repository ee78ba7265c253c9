"""A false alarm that an officer has sent in clear: the kept original, as ordinary mail, to whom it was protected for.

    held, notified, opened --the officer--> clearing --the courier, just before it leaves--> cleared
                                            |   ^----surely not taken by Postfix-------------/
                                            +--the sender or the officer--> recalled

Only where every rule that protected it says so, by the rules of then and by those of now: the message is read once
more. What a sender asked for by hand (a word, a level that they raised) no rule can give away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from zegel.core import Core
from zegel.crypto import SealBroken
from zegel.message.base.found import ReadingFailed
from zegel.officers.rules import OfficerRules
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Message
from zegel.yamlfile import FileProblems

Outcome = Literal["done", "nothing", "rules", "failed"]
"""Nothing: it was done before, or makes no sense now; rules: those of now do not allow it; failed: it cannot be read
now."""
_OPENABLE = ("held", "notified", "opened")


class ClearReleases:
    """What officers may have sent in clear, and doing it."""

    def __init__(self, core: Core, rules: OfficerRules) -> None:
        self._core = core
        self._vault = core.vault
        self._store = core.vault.store
        self._rules = rules

    def limit(self, message: Message) -> int:
        """The highest level of a recipient for whom it may be released, as far as that is known unread; 0 for none."""
        if message.kind != "mail" or message.shared:
            return 0
        try:
            then = self._vault.headline(message.id, self._core.clock()).release
            now = {rule.id: rule.release for rule in self._rules.rules().rules} if then else {}
        except (KeyGone, FileProblems):
            return 0
        return min([then, *(now[rule] for rule in message.rules if rule in now)])

    def possible(self, delivery: Delivery, limit: int) -> bool:
        """Whether it makes sense for a recipient: not when they said that it is not theirs, or the sender raised it."""
        return (
            delivery.state in _OPENABLE
            and delivery.expires_at > self._core.clock()
            and delivery.level <= limit
            and not delivery.generation
            and delivery.stopped_why != "person"
        )

    def release(self, message: Message, delivery_id: int | None, officer: str, reason: str) -> Outcome:
        """Has it sent to one recipient, or to all for whom that is possible; the sender is told."""
        limit = self.limit(message)
        chosen = [each for each in self._chosen(message, delivery_id) if self.possible(each, limit)]
        if not chosen:
            return "nothing"
        try:
            verdict = self._rules.judged_again(message, [each.recipient for each in chosen])
        except (KeyGone, SealBroken):
            return "nothing"
        except (ReadingFailed, FileProblems):
            return "failed"
        if verdict.blocked or any(level > verdict.release for level in verdict.levels.values()):
            return "rules"
        ids = {each.id for each in chosen}
        try:
            done = self._store.write(lambda: self._release(message, ids, limit, officer, reason))
        except KeyGone:
            return "nothing"
        return "done" if done else "nothing"

    def _chosen(self, message: Message, delivery_id: int | None) -> Sequence[Delivery]:
        return [each for each in self._store.deliveries.of_message(message.id) if delivery_id in (None, each.id)]

    def _release(self, message: Message, ids: set[int], limit: int, officer: str, reason: str) -> bool:
        """Inside a transaction: what another officer, the sender or the recipient did meanwhile counts."""
        now, store = self._core.clock(), self._store
        chosen = [each for each in self._chosen(message, None) if each.id in ids and self.possible(each, limit)]
        key = self._vault.data_key(message.id, now) if chosen else None
        for each in chosen:
            assert key is not None
            store.deliveries.move(each.id, each.state, "clearing")
            store.challenges.end_all(each.id, now)
            store.challenges.shut(each.id)
            store.audit_log.record("released in clear", officer, now, about=each, reason=reason)
            payload = key.seal_payload({"to": each.recipient}, "in-clear", each.id)
            store.outbox.add("in-clear", each.id, about=each, payload=payload, when=now)
        if key is not None:
            told = key.seal_payload({"deliveries": [each.id for each in chosen]}, "cleared", chosen[0].id)
            store.outbox.add("cleared", chosen[0].id, message=message.id, payload=told, when=now)
        return bool(chosen)
