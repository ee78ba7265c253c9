"""A hand-written SenderPages for tests of the portal: one message behind LINK, with recipients in any state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tests.support.fakes.access import NOW
from zegel.recipients.phone_numbers import Wrong, parse
from zegel.senders import kept_numbers
from zegel.senders.agreeing import Agreement
from zegel.senders.history import Moment
from zegel.senders.kept_numbers import Typed
from zegel.senders.typed_numbers import Understood, understood
from zegel.senders.views import Country, Given, Overview, RecipientState
from zegel.vault.tables.records import Message

LINK = "afzender-link-afzender-link-afzender-link12"
S = f"/s/{LINK}"
"""The sender's link of the one message."""
HOUR = 3600.0


def person(delivery_id: int, address: str, **facts: Any) -> RecipientState:
    """A recipient who was notified an hour ago, unless `facts` say otherwise."""
    usual: dict[str, Any] = {
        "level": 2, "way": "sms", "state": "notified", "since": NOW - HOUR, "history": (), "number": "", "region": "NL",
        "needs_number": False, "locked": False, "stopped": "", "asked_at": 0.0,
        "actions": frozenset(["recall", "again"]),
    }  # fmt: skip
    return RecipientState(delivery_id, address, **(usual | facts))


def overview(*recipients: RecipientState, **facts: Any) -> Overview:
    """A message of two hours ago."""
    usual: dict[str, Any] = {
        "subject": "Uitslag van het onderzoek", "reason": "Citizen service number", "sample": "111••••33",
        "scope": "message", "level": 2, "sent_at": NOW - 2 * HOUR, "expires_at": NOW + 30 * 24 * HOUR,
        "extends_to": NOW + 60 * 24 * HOUR, "false_alarm": False,
    }  # fmt: skip
    return Overview(**(usual | facts), recipients=recipients)


JAN = person(
    11, "jan@post.example", state="opened", number="+3******954",
    history=(Moment("notified", NOW - HOUR), Moment("code sent", NOW - 600), Moment("opened", NOW - 540),
             Moment("something new", NOW)),
    actions=frozenset(["recall", "number", "again"]),
)  # fmt: skip
EVA = person(
    12,
    "eva@elders.example",
    state="waiting",
    needs_number=True,
    may_agree=True,
    actions=frozenset(["recall", "number"]),
)
TOM = person(13, "tom@elders.example", level=1, way="password", actions=frozenset(["recall", "again", "raise"]))


@dataclass
class FakeSender:
    """The pages of one message; what was called is in `calls`."""

    shown: Overview = field(default_factory=lambda: overview(JAN, EVA, TOM))
    answers: dict[str, Any] = field(default_factory=dict)
    over: bool = False
    fail: Exception | None = None
    """What the next look raises."""
    landlines: bool = False
    calls: list[str] = field(default_factory=list)

    def message(self, link: str) -> Message | None:
        if link != LINK:
            return None
        return Message(
            3, self.shown.sent_at, self.shown.expires_at, "anna@kliniek.example", 2, "message", ("bsn",), 999
        )

    def ended(self, message: Message) -> bool:
        return self.over

    def overview(self, message: Message, language: str) -> Overview:
        if self.fail:
            failure, self.fail = self.fail, None
            raise failure
        return self.shown

    def understood(
        self, message: Message, typed: Mapping[int, str], regions: Mapping[int, str]
    ) -> dict[int, Understood | Wrong]:
        asked = [each for each in self.shown.recipients if each.way == "sms"]
        rows = [(each.delivery_id, each.address, each.region) for each in asked]
        return understood(rows, typed, regions, ("NL", "BE"), self.landlines)

    def keep_typed(self, message: Message, cookie: str, typed: Typed) -> str:
        return kept_numbers.kept(bytes(32), message.id, cookie, typed, NOW)

    def kept_typed(self, message: Message, cookie: str, text: str) -> Typed | None:
        return kept_numbers.found(bytes(32), message.id, cookie, text, NOW)

    def give(self, message: Message, typed: Mapping[int, str], regions: Mapping[int, str]) -> Given:
        self.calls.append("give")
        released: list[str] = []
        kept: list[str] = []
        wrong: dict[int, Wrong] = {}
        for each in self.shown.recipients:
            if not typed.get(each.delivery_id, "").strip():
                continue
            number = parse(typed[each.delivery_id], regions.get(each.delivery_id, each.region), ("NL", "BE"))
            if isinstance(number, Wrong):
                wrong[each.delivery_id] = number
                continue
            (released if each.state == "waiting" else kept).append(each.address)
            self.change(each.delivery_id, state="sending", needs_number=False, stopped="", number="+3******954")
        return Given(tuple(released), tuple(kept), wrong)

    def change(self, delivery_id: int, **facts: Any) -> None:
        people = [replace(p, **facts) if p.delivery_id == delivery_id else p for p in self.shown.recipients]
        self.shown = replace(self.shown, recipients=tuple(people))

    def agree(self, message: Message, delivery_id: int, code: str, question: str) -> Agreement:
        self.calls.append(f"agree {delivery_id} {code} {question}".rstrip())
        return cast("Agreement", self.answers.get("agree", "released"))

    def withdraw_code(self, message: Message, delivery_id: int) -> bool:
        self.calls.append(f"withdraw code {delivery_id}")
        return bool(self.answers.get("withdraw code", True))

    def recall(self, message: Message, delivery_id: int | None) -> int:
        self.calls.append(f"recall {delivery_id}")
        return int(self.answers.get("recall", 1))

    def send_again(self, message: Message, delivery_id: int) -> str:
        self.calls.append(f"again {delivery_id}")
        return str(self.answers.get("again", "sent"))

    def unblock(self, message: Message, delivery_id: int) -> bool:
        self.calls.append(f"unblock {delivery_id}")
        return bool(self.answers.get("unblock", True))

    def resume(self, message: Message, delivery_id: int) -> bool:
        self.calls.append(f"resume {delivery_id}")
        return bool(self.answers.get("resume", True))

    def can_extend(self, message: Message) -> bool:
        return bool(self.answers.get("can extend", False))

    def extend(self, message: Message) -> float:
        self.calls.append("extend")
        return float(self.answers.get("extend", self.shown.extends_to))

    def raise_level(self, message: Message, delivery_id: int) -> bool:
        self.calls.append(f"raise {delivery_id}")
        return bool(self.answers.get("raise", True))

    def false_alarm(self, message: Message) -> bool:
        self.calls.append("false alarm")
        return bool(self.answers.get("alarm", True))

    def countries(self, language: str) -> list[Country]:
        return [
            Country("BE", "+32", "België" if language == "nl" else "Belgium", "0470 12 34 56"),
            Country("NL", "+31", "Nederland" if language == "nl" else "Netherlands", "06 12345678"),
        ]
