"""What became of a delivery, read from the audit log: one state, and the moments that led to it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from zegel.unlock.feedback import ASKED_SENDER
from zegel.vault.tables.audit_log import Event
from zegel.vault.tables.records import Delivery

State = Literal[
    "waiting", "sending", "notified", "asked", "opened", "downloaded", "replied",
    "undeliverable", "delivered", "clear", "recalled", "withdrawn", "expired", "no number",
]  # fmt: skip

_SHOWN = {
    "held": "held",
    "released": "released",
    "notified": "notified",
    "delivered directly": "delivered",
    "not delivered directly": "not direct",
    "released in clear": "cleared",
    "sent in clear": "sent clear",
    "password asked": "password sent",
    "code sent": "code sent",
    "code failed": "code failed",
    "opened": "opened",
    "downloaded": "downloaded",
    "replied": "replied",
    "locked": "locked",
    "agreed code changed": "code changed",
    "agreed code withdrawn": "code withdrawn",
    "unblocked": "unblocked",
    "not my number": "not my number",
    "not for me": "not for me",
    "resumed": "resumed",
    ASKED_SENDER: "sender asked",
    "not asked": "not asked",
    "could not be delivered": "undeliverable",
    "recalled": "recalled",
    "hold ended": "hold ended",
    "expired": "expired",
    "level raised": "level raised",
}
"""Events of the audit log that a sender is shown, and as what."""
_BY_OFFICERS = ("recalled", "unblocked", "resumed")
"""What somebody of the console may have done, who gives a reason; else it was the sender."""
_AFTER_OPENING: tuple[State, ...] = ("replied", "downloaded", "opened")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a delivery."""

    kind: str
    at: float
    server: str = ""
    """Of what was delivered directly: the mail server and how its connection was proven."""


def state_of(delivery: Delivery, events: Sequence[Event], now: float) -> tuple[State, float, tuple[Moment, ...]]:
    """The state of a delivery, since when, and its history, from the events of its message in order."""
    history: list[Moment] = []
    for event in events:
        if event.delivery in (delivery.id, None) and event.kind in _SHOWN:
            kind = _SHOWN[event.kind]
            if kind == "notified" and any(moment.kind == "notified" for moment in history):
                kind = "notified again"
            if kind == "delivered" and event.details.get("late"):
                kind = "delivered late"
            if kind == "released" and event.details.get("way") == "agreed":
                kind = "released agreed"
            if kind in _BY_OFFICERS and event.details.get("reason"):
                kind = f"{kind} by officer"
            history.append(Moment(kind, event.at, _server(event)))
    begun = next((event.at for event in events if event.kind == "sealed"), now)
    current = _since_raised(history)
    state, decisive = _state(delivery, {moment.kind: moment.at for moment in current}, now)
    since = max((moment.at for moment in current if moment.kind in decisive), default=begun)
    return state, since, tuple(history)


def by_delivery(events: Iterable[Event]) -> Callable[[int], list[Event]]:
    """The events of a message by delivery, those about all of them included, each list in order."""
    own: dict[int | None, list[Event]] = {}
    for event in events:
        own.setdefault(event.delivery, []).append(event)
    shared = own.get(None, [])
    return lambda delivery: sorted([*own.get(delivery, []), *shared], key=lambda event: event.id)


def _since_raised(history: list[Moment]) -> list[Moment]:
    """The moments that count now: with the level a new link began, and what the old one led to is over."""
    raised = max((n for n, moment in enumerate(history) if moment.kind == "level raised"), default=0)
    return history[raised:]


def asked_at(delivery: Delivery, events: Sequence[Event]) -> float:
    """When a recipient last asked the sender for what they could not open any more; 0 when they did not."""
    mine = [event.at for event in events if event.delivery == delivery.id and event.kind == ASKED_SENDER]
    return max(mine, default=0.0)


def _server(event: Event) -> str:
    """As "mx.partner.example, TLS 1.3, DANE"; "" for an event of another kind."""
    named = (event.details.get(key, "") for key in ("host", "tls", "proof"))
    return ", ".join(each for each in named if each) if event.kind == "delivered directly" else ""


def _state(delivery: Delivery, last: dict[str, float], now: float) -> tuple[State, tuple[str, ...]]:
    """The state, and the kinds of moments that began it; `last` is when each kind last happened."""
    if delivery.state == "recalled":
        by_officer = "recalled by officer" in last
        return ("withdrawn", ("recalled by officer",)) if by_officer else ("recalled", ("recalled",))
    if delivery.state == "delivered":
        back = last.get("undeliverable", 0) >= last.get("delivered", 0)
        return ("undeliverable", ("undeliverable",)) if back else ("delivered", ("delivered",))
    if delivery.state in ("clearing", "cleared"):
        left = max(last.get("cleared", 0), last.get("sent clear", 0))
        back = last.get("undeliverable", 0) >= left
        return ("undeliverable", ("undeliverable",)) if back else ("clear", ("cleared", "sent clear"))
    if "hold ended" in last:
        return "no number", ("hold ended",)
    if delivery.state == "expired" or delivery.expires_at <= now:
        return "expired", ("expired",)
    if delivery.state == "held":
        return "waiting", ("held",)
    if delivery.state == "opened":
        furthest: State = next((each for each in _AFTER_OPENING if each in last), "opened")
        return furthest, (furthest,)
    notified = max(last.get("notified", 0), last.get("notified again", 0))
    if last.get("undeliverable", 0) > notified:
        return "undeliverable", ("undeliverable",)
    if not notified:
        return "sending", ("released", "released agreed", "level raised")
    if "code sent" in last or "password sent" in last:
        return "asked", ("code sent", "password sent")
    return "notified", ("notified", "notified again")
