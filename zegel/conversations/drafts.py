"""Replies that are being written: kept sealed for one browser, also when its session is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from zegel.crypto import fingerprint
from zegel.settings.model import Settings
from zegel.unlock.access import Access
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery
from zegel.vault.vault import Vault

MOST_SUBJECT = 200
"""Characters of the subject of what is written first."""
_MOST_PEOPLE, _LONGEST_ADDRESS = 100, 320


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply that is being written."""

    text: str = field(repr=False)
    to: tuple[str, ...]
    subject: str = field(default="", repr=False)


class Drafts:
    """A draft is given back to its browser alone. The cookie changes at every unlock, and the draft moves with it."""

    def __init__(self, settings: Settings, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._longest = settings.replies.text
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock

    def keep(self, delivery: Delivery, cookie: str, draft: Draft) -> None:
        """Keeps what a browser has; removes what was kept when there is nothing, or the message is over."""
        browser = fingerprint(cookie)
        if self._access.ended(delivery) or not (draft.text.strip() or draft.to or draft.subject.strip()):
            self._store.write(lambda: self._store.replies.drop_draft(delivery.id, browser))
            return
        now = self._clock()
        kept = {
            "text": draft.text[: self._longest],
            "to": [each[:_LONGEST_ADDRESS] for each in draft.to[:_MOST_PEOPLE]],
            "subject": draft.subject[:MOST_SUBJECT],
        }
        try:
            key = self._vault.data_key(delivery.message_id, now)
        except KeyGone:
            return
        sealed, write = key.seal(json.dumps(kept).encode(), "draft", delivery.id), self._store.replies.keep_draft
        self._store.write(lambda: write(delivery.id, browser, delivery.message_id, sealed, now))

    def kept(self, delivery: Delivery, cookie: str) -> Draft | None:
        """What this browser has kept; None when there is nothing, or the message is over."""
        sealed = self._store.replies.draft(delivery.id, fingerprint(cookie))
        if sealed is None or self._access.ended(delivery):
            return None
        try:
            key = self._vault.data_key(delivery.message_id, self._clock())
        except KeyGone:
            return None
        kept = json.loads(key.unseal(sealed, "draft", delivery.id))
        return Draft(kept["text"], tuple(kept["to"]), kept.get("subject", ""))
