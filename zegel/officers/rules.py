"""The rules as an officer sees and changes them, and a mail tried on them: read in the workers, kept nowhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zegel.core import Core
from zegel.message.reader import Mail, Reader
from zegel.officers.sign_in import SignIn
from zegel.policy.believed import Reason, reasons
from zegel.policy.language import edits
from zegel.policy.language.in_force import PolicyInForce
from zegel.policy.near_misses import NearMiss, near_misses
from zegel.policy.rules import Rules
from zegel.policy.verdict import Verdict, named
from zegel.replay import Replay, Replayed
from zegel.rules_history import RulesHistory
from zegel.vault.tables.records import Message
from zegel.yamlfile import FileProblems

Change = Literal["word", "level", "sender", "recipient", "domain"]
NOBODY = "recipient@outside.invalid"
REPLAY_SECONDS = 20.0
"""How long somebody waits for a page; `zegel rules replay` goes on to the end."""
_CHANGES: Mapping[Change, Callable[[str, str, str], str]] = {
    "word": edits.add_word,
    "level": lambda text, rule, value: edits.set_level(text, rule, int(value)),
    "sender": edits.exempt_sender,
    "recipient": edits.exempt_recipient,
    "domain": lambda text, _, domain: edits.trust_domain(text, domain),
}


@dataclass(frozen=True, slots=True)
class Nearly:
    """How often each rule nearly fired in what was protected lately."""

    counts: Mapping[str, int]
    """Messages by id of the rule."""
    seen: int
    at: float
    fingerprint: str
    """Of the rules that were asked."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What would happen to a mail, and why."""

    mail: Mail
    verdict: Verdict
    nearly: tuple[NearMiss, ...]
    numbers: tuple[Reason, ...]
    """Why each number was believed or not."""


class OfficerRules:
    """What officers do with rules."""

    def __init__(self, core: Core, sign_in: SignIn) -> None:
        self._core = core
        self._sign_in = sign_in
        self.history = RulesHistory(core)
        self._lock = threading.Lock()
        self._policy: PolicyInForce | None = None
        self._reader: Reader | None = None
        self._replaying = threading.Lock()
        self._nearly: Nearly | None = None

    def rules(self) -> Rules:
        """The rules in the file, as they are now; the last good ones while it is broken. Raises FileProblems."""
        with self._lock:
            if self._policy is None:
                self._policy = PolicyInForce(self._core.settings.rules, measure=None)
            else:
                self._policy.refresh(force=False)
            return self._policy()

    def names(self, language: str) -> dict[str, str]:
        """What each rule in the file is called in `language`; {} while it cannot be read."""
        try:
            rules = self.rules().rules
        except FileProblems:
            return {}
        return {rule.id: named(rule.names, language) or rule.id for rule in rules}

    def changed(self, text: str, change: Change, rule: str, value: str) -> str:
        """`text` with one of the common changes, its comments kept. Raises edits.CannotEdit and FileProblems."""
        return _CHANGES[change](text, rule, value)

    def attempt(self, raw: bytes, officer: str, sender: str, recipients: Sequence[str]) -> Tried:
        """Reads a mail in the workers and judges it. Raises ReadingFailed and FileProblems."""
        store = self._core.vault.store
        store.write(lambda: self._sign_in.note("mail tried", officer, size=len(raw)))
        rules = self.rules()
        mail = self._started().read(raw, rules.reading, whose=f"console {officer}")
        case = rules.case(mail, sender=sender, recipients=tuple(recipients) or (NOBODY,))
        return Tried(mail, rules.judge_case(case), near_misses(rules, case), reasons(rules, case))

    def judged_again(self, message: Message, recipients: Sequence[str]) -> Verdict:
        """What the rules in the file say of a sealed message, read once more in the workers.

        Raises KeyGone, SealBroken, ReadingFailed and FileProblems.
        """
        rules = self.rules()
        raw = b"".join(self._core.vault.original(message.id, self._core.clock()))
        mail = self._started().read(raw, rules.reading, message.sender)
        return rules.judge(mail, sender=message.sender, recipients=tuple(recipients))

    def replay(self, text: str, days: int, officer: str) -> Replayed | None:
        """What the rules in `text` would have done with the sealed originals of some days; None while another runs.

        They are opened in memory and read in the workers. Raises FileProblems.
        """
        return self._replayed(self.history.check(text), days, officer, nearly=False)

    def look_for_near_misses(self, days: int, officer: str) -> Nearly | None:
        """Counts them by the rules in the file, in what was protected in some days; None while something is replayed.

        What left as it was is not kept, so nobody can look there. Raises FileProblems.
        """
        rules = self.rules()
        found = self._replayed(rules, days, officer, nearly=True)
        if found is not None:
            self._nearly = Nearly(found.nearly, found.seen, self._core.clock(), rules.fingerprint)
        return self._nearly if found else None

    def nearly(self, rules: Rules) -> Nearly | None:
        """What was counted last, when it was by these rules and since this process started."""
        known = self._nearly
        return known if known is not None and known.fingerprint == rules.fingerprint else None

    def _replayed(self, rules: Rules, days: int, officer: str, *, nearly: bool) -> Replayed | None:
        store = self._core.vault.store
        if not self._replaying.acquire(blocking=False):
            return None
        try:
            store.write(lambda: self._sign_in.note("messages replayed", officer, days=days))
            end = time.monotonic() + REPLAY_SECONDS
            replay = Replay(self._started(), rules, lambda _: time.monotonic() > end, nearly=nearly)
            return replay.sealed(self._core, days)
        finally:
            self._replaying.release()

    def _started(self) -> Reader:
        """The reader; its workers start with the first mail that somebody tries."""
        with self._lock:
            if self._reader is None:
                self._reader = Reader(self._core.settings.limits, 1)
                self._reader.start()
            return self._reader

    def close(self) -> None:
        """Ends the workers."""
        if self._reader is not None:
            self._reader.close()
