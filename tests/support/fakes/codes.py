"""A hand-written Codes for tests of the portal: one delivery at level 2, opened by CODE."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.fakes.access import NOW, TOKEN, FakeAccess
from zegel.unlock.sms_codes import Progress
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.tables.records import Delivery

CODE = "123456"
NUMBER = "+3******954"
REFERENCE = "r" * 22


def progress(kind: Any, ends_at: float = NOW + 600, again_in: int = 0, tries_left: int = 5) -> Progress:
    """Where a code is that was asked for just now."""
    return Progress(kind, ends_at, again_in, tries_left)


@dataclass
class FakeCodes:
    """Codes of the one delivery of `access`, in any state that a test wants."""

    access: FakeAccess
    known: str = NUMBER
    called: bool = False
    asked: Asked = field(default_factory=lambda: Asked("sent", 30))
    now: Progress = field(default_factory=lambda: progress("none"))
    refusal: Refused | None = None
    spoils: bool = False
    """Whether a refusal ends the code."""
    calls: list[str] = field(default_factory=list)

    def number(self, delivery: Delivery) -> str:
        return self.known

    def by_call(self, delivery: Delivery) -> bool:
        return self.called

    def ready(self, delivery: Delivery) -> bool:
        return bool(self.known)

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        self.calls.append(f"ask {language}")
        if self.asked.kind == "sent":
            self.now = progress("waiting", again_in=30)
        return self.asked

    def progress(self, delivery: Delivery, cookie: str) -> Progress:
        return self.now

    def enter(self, link: str, typed: str, cookie: str) -> Opened | Refused:
        self.calls.append(f"enter {typed}")
        if self.refusal:
            self.now = progress("none") if self.spoils else self.now
            return self.refusal
        digits = "".join(each for each in typed if each.isdigit())
        if digits != CODE or link != TOKEN:
            return Refused("wrong", tries_left=4) if digits else Refused("empty")
        fresh = hashlib.sha256(cookie.encode()).hexdigest()
        self.access.open_in.add(fresh)
        self.now = progress("none")
        return Opened(fresh)

    def report(self, reference: str, status: str) -> bool:
        self.calls.append(f"report {reference} {status}")
        return reference == REFERENCE


def at_level_2(**facts: Any) -> FakeAccess:
    """An Access whose one delivery is at level 2."""
    access = FakeAccess()
    access.delivered = replace(access.delivered, level=2, way="sms", **facts)
    return access
