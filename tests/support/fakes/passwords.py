"""A hand-written Passwords for tests of the portal: the one delivery of a FakeAccess, opened by PASSWORD."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tests.support.fakes.access import PASSWORD, FakeAccess
from zegel.unlock.passwords import as_typed
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.tables.records import Delivery


@dataclass
class FakePasswords:
    """The way in by a password; `access` says what comes of it."""

    access: FakeAccess

    def ready(self, delivery: Delivery) -> bool:
        return True

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        self.access.calls.append(f"ask {language}")
        return self.access.asked

    def enter(self, link: str, typed: str, cookie: str | None) -> Opened | Refused:
        self.access.calls.append("unlock")
        if self.access.fail:
            raise self.access.fail
        if self.access.refusal:
            return self.access.refusal
        if not as_typed(typed):
            return Refused("empty")
        if as_typed(typed) != as_typed(PASSWORD):
            return Refused("wrong", tries_left=9)
        fresh = hashlib.sha256(f"{cookie}".encode()).hexdigest()
        self.access.open_in.add(fresh)
        return Opened(fresh)
