"""What waits to be sent, as an administrator sees it."""

from __future__ import annotations

from collections.abc import Callable

from zegel.officers.sign_in import SignIn
from zegel.vault.tables.records import OutboxItem
from zegel.vault.vault import Vault


class OfficerOutbox:
    """What could not be sent yet."""

    def __init__(self, vault: Vault, sign_in: SignIn, clock: Callable[[], float]) -> None:
        self._store = vault.store
        self._sign_in = sign_in
        self._clock = clock

    def waiting(self, most: int) -> list[OutboxItem]:
        """What is stuck, then what was tried in vain, the oldest first."""
        return self._store.outbox.troubled(most)

    def retry(self, item_id: int, administrator: str) -> bool:
        """Has an item sent again now; False when it is not there or was sent."""

        def retry() -> bool:
            item = self._store.outbox.item(item_id)
            if item is None or item.state not in ("stuck", "due"):
                return False
            self._store.outbox.retry(item_id, self._clock(), item.error)
            self._sign_in.note("sent again", administrator, what=item.kind, item=item_id)
            return True

        return self._store.write(retry)
