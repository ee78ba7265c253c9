"""A hand-written AgreedWay for tests of the portal: the delivery of `access`, opened by CODE."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.fakes.access import TOKEN, FakeAccess
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.tables.records import Delivery

CODE = "groene appel 4827"


@dataclass
class FakeAgreed:
    """An agreed code, in any state that a test wants."""

    access: FakeAccess
    known: bool = True
    asks: str = ""
    """The question."""
    refusal: Refused | None = None
    calls: list[str] = field(default_factory=list)

    def question(self, delivery: Delivery) -> str:
        return self.asks

    def ready(self, delivery: Delivery) -> bool:
        return self.known

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        return Asked("known")

    def enter(self, link: str, typed: str, cookie: str) -> Opened | Refused:
        self.calls.append(typed)
        if link != TOKEN:
            return Refused("unknown")
        if self.refusal is not None:
            return self.refusal
        if not typed.strip():
            return Refused("empty")
        if typed != CODE:
            return Refused("wrong", tries_left=3)
        fresh = hashlib.sha256(cookie.encode()).hexdigest()
        self.access.open_in.add(fresh)
        return Opened(fresh)


def agreed_on(**facts: Any) -> FakeAccess:
    """An Access whose one delivery is opened with an agreed code."""
    access = FakeAccess()
    access.delivered = replace(access.delivered, level=2, way="agreed", **facts)
    return access
