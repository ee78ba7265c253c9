"""A hand-written Trust for tests of the portal: one recipient's choices, devices and words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from tests.support.fakes.access import NOW, FakeAccess
from zegel.recipients.preferences import Person, as_line, phrase_problem
from zegel.unlock.feedback import Seen
from zegel.unlock.remembered_devices import DAY, Device, Kind, Let
from zegel.vault.tables.records import Delivery

DEVICE_LINK = "apparaat-link-apparaat-link-apparaat-link12"
PHONE = Device(21, Kind("Firefox", "Android"), 1, NOW - 5 * DAY, NOW - 3600, NOW + 25 * DAY)
LAPTOP = Device(22, Kind("Safari", "Mac"), 1, NOW - 2 * DAY, NOW - 2 * DAY, NOW + 28 * DAY, here=True)


@dataclass
class FakePeople:
    """The choices of whoever is asked about."""

    chosen: Person = field(default_factory=Person)

    def person(self, address: str) -> Person:
        return self.chosen

    def language(self, address: str) -> str | None:
        return self.chosen.language or None

    def choose_language(self, address: str, language: str) -> None:
        self.chosen = replace(self.chosen, language=language)

    def choose_phrase(self, address: str, typed: str) -> Any:
        phrase = as_line(typed)
        problem = phrase_problem(phrase) if phrase else None
        if not problem:
            self.chosen = replace(self.chosen, phrase=phrase)
        return problem


@dataclass
class FakeDevices:
    """Devices that are remembered for `seconds`; a browser with the cookie `good` may open."""

    access: FakeAccess
    seconds: float = 0.0
    good: str = "good-device-good-device-good-device-good-123"
    all: list[Device] = field(default_factory=list)
    knows_all: bool = False
    calls: list[str] = field(default_factory=list)

    def knows(self, cookie: str, delivery: Delivery) -> bool:
        return self.knows_all or cookie == self.good

    def let_in(self, cookie: str, delivery: Delivery, session: str) -> Let | None:
        self.calls.append("let in")
        if not self.knows(cookie, delivery):
            return None
        self.access.open_in.add("session-after-device-session-after-device-12")
        return Let("session-after-device-session-after-device-12", "next-device-next-device-next-device-next-123")

    def remember(self, delivery: Delivery, cookie: str, kind: Kind, language: str) -> str:
        self.calls.append(f"remember {kind.browser} {kind.system} {language}")
        return self.good

    def of(self, delivery: Delivery, cookie: str = "") -> list[Device]:
        return self.all

    def remove(self, delivery: Delivery, device_id: int) -> bool:
        self.calls.append(f"remove {device_id}")
        before = len(self.all)
        self.all = [each for each in self.all if each.id != device_id]
        return len(self.all) < before

    def forget(self, cookie: str) -> None:
        self.calls.append("forget")

    def sign_out_everywhere(self, delivery: Delivery) -> None:
        self.calls.append("everywhere")
        self.access.open_in.clear()

    def by_link(self, link: str) -> Device | None:
        return next((each for each in self.all if link == DEVICE_LINK), None)

    def disown(self, link: str) -> bool:
        self.calls.append("disown")
        self.all = []
        return True


@dataclass
class FakeFeedback:
    """What was said is in `calls`."""

    access: FakeAccess
    state: Any = "may"
    quiet: float = 0.0
    saw: Seen = field(default_factory=Seen)
    calls: list[str] = field(default_factory=list)

    def not_mine(self, delivery: Delivery, why: Any) -> bool:
        self.calls.append(f"not mine: {why}")
        self.access.delivered = replace(self.access.delivered, stopped_at=NOW, stopped_why=why)
        return True

    def not_asked(self, delivery: Delivery) -> bool:
        self.calls.append("not asked")
        return True

    def seen(self, delivery: Delivery) -> Seen:
        return self.saw

    def quiet_until(self, delivery: Delivery) -> float:
        return self.quiet

    def asking(self, delivery: Delivery) -> Any:
        return self.state

    def ask_sender(self, delivery: Delivery) -> Any:
        self.calls.append("ask sender")
        self.state = "told"
        return self.state


class FakeTrust(SimpleNamespace):
    """The three together, about the one delivery of `access`."""

    def __init__(self, access: FakeAccess) -> None:
        super().__init__(people=FakePeople(), devices=FakeDevices(access), feedback=FakeFeedback(access))
