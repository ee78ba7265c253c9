"""The names of all events in the audit log: the only place that spells them."""

from __future__ import annotations

from typing import Literal, get_args

EventName = Literal[
    # What became of a message and its deliveries.
    "sealed", "observed", "refused", "false alarm", "held", "released", "hold ended", "notified",
    "could not be delivered", "opened", "downloaded", "recalled", "level raised", "sent again", "extended", "expired",
    "dropped", "delivered directly", "not delivered directly", "released in clear", "sent in clear",
    # Passwords, codes and what goes wrong with them.
    "password asked", "wrong password", "paused", "code asked", "code sent", "code delivered", "code failed",
    "wrong code", "locked", "unblocked", "resumed",
    "code agreed", "agreed code changed", "agreed code withdrawn",
    # What recipients say.
    "not my number", "not for me", "not asked", "sender asked", "replied", "reply accepted", "reply failed",
    "reply shared", "reply to all allowed", "reply to all stopped",
    # Who writes first.
    "address proved",
    # Passkeys and remembered devices.
    "passkey added", "passkey used", "wrong passkey", "passkey removed", "passkeys ended",
    "device remembered", "device used", "device removed", "device disowned", "devices ended", "signed out everywhere",
    # Numbers, and what senders are told.
    "number given", "number changed", "number forgotten", "number missing", "number requested", "sender reminded",
    "sender told",
    # The console.
    "console password asked", "console signed in", "console sign-in failed", "console passkey added",
    "console passkey removed", "messages searched", "story read", "mail tried", "messages replayed",
    "audit log searched", "audit log checked", "audit log exported",
    "phone book searched", "number shown", "phone book exported",
    # Keys, and hosts, which have them.
    "day key destroyed", "day key lost", "master key changed", "host forgotten",
    # What happened to the data itself, and what people said about it.
    "data lost", "loss accepted", "date accepted", "rules accepted", "rules changed", "restored", "moved",
    "person exported", "person erased",
]  # fmt: skip
EVENT_NAMES: tuple[str, ...] = get_args(EventName)
