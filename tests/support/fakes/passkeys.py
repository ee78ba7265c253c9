"""A hand-written Passkeys for tests of the portal: takes any answer, or refuses it the way it is told to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from tests.support.fakes.access import NOW, FakeAccess
from zegel.unlock.passkeys import Added, Passkey, PasskeyRefused
from zegel.unlock.way import Opened
from zegel.vault.tables.records import Delivery

PHONE = Passkey(71, "Safari on iPhone", 2, NOW - 40 * 86_400, NOW - 86_400)
LAPTOP = Passkey(72, "Chrome on Windows", 1, NOW - 3600, NOW - 3600)


@dataclass
class FakePasskeys:
    """Passkeys of the one recipient of `access`; offered when a test wants them."""

    access: FakeAccess
    offered: bool = False
    there: tuple[Passkey, ...] = ()
    refusal: PasskeyRefused | None = None
    calls: list[str] = field(default_factory=list)

    def usable(self, delivery: Delivery) -> bool:
        return self.offered and any(each.level >= delivery.level for each in self.there)

    def of(self, delivery: Delivery) -> tuple[Passkey, ...]:
        return self.there

    def ask_new(self, delivery: Delivery, cookie: str) -> str | PasskeyRefused:
        return self.refusal or '{"challenge": "new"}'

    def ask(self, delivery: Delivery, cookie: str) -> str | PasskeyRefused:
        return self.refusal or '{"challenge": "open"}'

    def add(self, delivery: Delivery, cookie: str, answer: str, name: str, language: str) -> Any:
        self.calls.append(f"add {name} {language}: {answer}")
        return self.refusal or Added(name)

    def open(self, link: str, answer: str, cookie: str) -> Any:
        self.calls.append(f"open: {answer}")
        if self.refusal:
            return self.refusal
        fresh = hashlib.sha256(cookie.encode()).hexdigest()
        self.access.open_in.add(fresh)
        return Opened(fresh)

    def rename(self, delivery: Delivery, passkey_id: int, name: str) -> bool:
        self.calls.append(f"rename {passkey_id}: {name}")
        return bool(name.strip())

    def remove(self, delivery: Delivery, passkey_id: int) -> bool:
        self.calls.append(f"remove {passkey_id}")
        return True
