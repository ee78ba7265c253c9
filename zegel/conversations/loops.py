"""Automatic answers that go round in circles: two people away, each with a program that answers the other's.

A notification keeps what says that its message was written by a machine, so programs that obey RFC 3834 stop there.
Those that do not are counted: how many answers one person sent another lately. What is over the limit is refused for
good, so that the circle ends and nothing is lost without a word. Only answers count. What a machine writes by itself,
such as an alarm or a tracker's mail, is none, however often it comes.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from zegel.conversations.message_ids import answered
from zegel.crypto import keyed_hash
from zegel.errors import Refused
from zegel.mail.addresses import identity
from zegel.message.mime.tree import Part
from zegel.vault.tables.answers import Answers
from zegel.vault.tables.records import NewMessage

KEPT_SECONDS: Final = 86_400.0


class AnswerLoop(Refused):
    """One more answer would only bring another one back."""

    code, status = "554", "5.4.6"

    def __init__(self) -> None:
        super().__init__("Too many answers between the same two people in a short time: a loop of automatic answers")


class Limit(NamedTuple):
    """At most `most` in `seconds`."""

    most: int
    seconds: float


IN_CONVERSATION: Final = (Limit(1, 600), Limit(5, KEPT_SECONDS))
"""Automatic answers of one person to another in one conversation: after the first it is a circle."""
AUTOMATIC: Final = (Limit(3, 600),)
"""Automatic answers of one person to another, where each try begins a conversation anew."""
ANY: Final = (Limit(15, 300),)
"""Answers of any kind of one person to another: more than anybody types."""

_RE = r"(?:re|aw|sv|vs|antw|antwoord|r[ée]f|réponse)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]\s*"
_ANSWER = re.compile(rf"\s*{_RE}", re.IGNORECASE)
_AUTOMATIC = re.compile(
    rf"\s*(?:{_RE})*(?:auto|auto[ -]?(?:reply|response|antwort)|automatic reply|automatisch antwoord"
    r"|automatische antwort|réponse automatique|out of (?:the )?office(?: reply)?|afwezig\w*|abwesen\w*|absence)"
    r"\s*[:：]",
    re.IGNORECASE,
)
"""Subjects of programs that write no Auto-Submitted: always a word and a colon, which people seldom type."""
_FLAGS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-Mail-Autoreply")


class Answering(NamedTuple):
    """Whether a mail answers another, and whether a machine does so."""

    answer: bool
    automatic: bool


def answering(root: Part) -> Answering:
    """What a mail says of itself: Auto-Submitted, else what older programs write."""
    subject = root.header("Subject")
    submitted = root.header("Auto-Submitted").strip().lower()
    if submitted.startswith(("auto-generated", "auto-notified")):
        return Answering(False, False)
    automatic = (
        submitted.startswith("auto-replied")
        or root.header("Precedence").strip().lower() in ("auto_reply", "auto-reply")
        or any(root.header(name) for name in _FLAGS)
        or bool(_AUTOMATIC.match(subject))
    )
    return Answering(automatic or bool(answered(root)) or bool(_ANSWER.match(subject)), automatic)


class Loops:
    """Counts answers."""

    def __init__(self, answers: Answers, key: bytes) -> None:
        self._answers = answers
        self._key = key

    def note(self, new: NewMessage, kind: Answering, conversation: int, now: float) -> None:
        """Counts a message that is about to be stored, in its transaction. Raises AnswerLoop."""
        if not kind.answer:
            return
        counted = [self._counters(new.sender, each.recipient, kind, conversation) for each in new.deliveries]
        if all(any(self._is_over(*counter, now) for counter in counters) for counters in counted):
            raise AnswerLoop
        for counters in counted:
            for hash_, _ in counters:
                self._answers.add(hash_, now)

    def _counters(
        self, sender: str, recipient: str, kind: Answering, conversation: int
    ) -> list[tuple[bytes, tuple[Limit, ...]]]:
        pair = (identity(sender).text, identity(recipient).text)
        counters: list[tuple[bytes, tuple[Limit, ...]]] = [(keyed_hash(self._key, "answer", *pair), ANY)]
        if kind.automatic:
            counters.append((keyed_hash(self._key, "automatic", *pair), AUTOMATIC))
            counters.append((keyed_hash(self._key, "circle", *pair, conversation), IN_CONVERSATION))
        return counters

    def _is_over(self, hash_: bytes, limits: tuple[Limit, ...], now: float) -> bool:
        return any(self._answers.count(hash_, now - limit.seconds) >= limit.most for limit in limits)
