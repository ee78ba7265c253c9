"""The kinds of what the outbox holds: the only place that spells them.

What each of them says, to whom, and whether it is still true when its turn comes, is in courier/mails/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

KindName = Literal[
    # To who wants to write first.
    "proof",
    # To recipients.
    "direct", "notification", "in-clear", "password", "sms", "passkey-added", "new-device",
    # To colleagues.
    "copy", "reply", "reply-to-all", "passed-on",
    # To the sender, about a message.
    "receipt", "cleared", "number-request", "number-reminder", "hold-bounce",
    # To the sender, about one of its recipients.
    "relayed", "failure", "opened", "not-opened", "number-missing", "wrong-number", "code-failed", "locked",
    "number-changed", "code-changed", "not-for-me", "not-asked", "ask-sender",
    # To the administrator, and the people of the console.
    "sms-alarm", "console-password", "console-passkey",
    # To nobody: what changes at its moment.
    "hold-over",
]  # fmt: skip

Lane = Literal["mail", "urgent", "sms", "direct"]
"""Sent beside each other: a slow gateway holds up no mail, and nine hundred notifications hold up no password."""

IN_A_HURRY: Mapping[KindName, Lane] = {
    "password": "urgent",
    "proof": "urgent",
    "console-password": "urgent",
    "sms": "sms",
    "direct": "direct",
}
"""The lanes of the kinds for which somebody waits at a page, and of what waits for a look-up; all others are mail."""
