"""What other rules would have done: with the sealed originals of some days, or with sample mails.

Originals are opened in memory, one at a time, and their documents read in the confined workers as in the milter. What
comes out are counts and ids of rules and messages: nothing of what a mail says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from zegel.core import Core
from zegel.crypto import SealBroken, unseal_chunks
from zegel.message.base.found import ReadingFailed
from zegel.message.mime.headers import addresses
from zegel.message.reader import Mail, Reader
from zegel.policy.near_misses import near_misses
from zegel.policy.rules import Rules
from zegel.policy.verdict import ANSWER, Verdict
from zegel.vault.ids import id_of
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.originals import Originals, SealedOriginal
from zegel.vault.vault import unwrapped

DAY = 86_400.0
_AT_ONCE = 25
"""Originals of which the first piece, at most a megabyte, is in memory."""
_EXAMPLES = 20
NOBODY = "recipient@outside.invalid"
"""Stands for an ordinary recipient of a mail that names none."""
Treated = Literal["left", "level 1", "level 2", "refused"]


@dataclass(slots=True)
class Replayed:
    """What came out, so far or at the end."""

    total: int
    """Messages to look at, or that there are about."""
    seen: int = 0
    gone: int = 0
    """Ended or without a key in the meantime, so that they cannot be opened."""
    failed: int = 0
    """Could not be read now, for a reason that is not the mail's."""
    unchanged: int = 0
    changed: Counter[tuple[Treated, Treated]] = field(default_factory=Counter)
    """Messages by what was done with them and what would have been."""
    examples: dict[tuple[Treated, Treated], list[str]] = field(default_factory=dict)
    """Some of them, by the number of the message or the name of the file."""
    before: Counter[str] = field(default_factory=Counter)
    """Messages by rule that protected or refused them."""
    after: Counter[str] = field(default_factory=Counter)
    nearly: Counter[str] = field(default_factory=Counter)
    """Messages by rule that would nearly have fired, where that was asked."""
    stopped: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "total": self.total, "seen": self.seen, "gone": self.gone, "failed": self.failed, "stopped": self.stopped,
            "unchanged": self.unchanged,
            "changed": {f"{old} -> {new}": count for (old, new), count in self.changed.most_common()},
            "examples": {f"{old} -> {new}": names for (old, new), names in self.examples.items()},
            "before": dict(self.before), "after": dict(self.after),
        }  # fmt: skip

    def note(self, name: str, old: Treated, new: Treated, before: Iterable[str], after: Iterable[str]) -> None:
        self.before.update(before)
        self.after.update(after)
        if old == new:
            self.unchanged += 1
            return
        self.changed[old, new] += 1
        examples = self.examples.setdefault((old, new), [])
        if len(examples) < _EXAMPLES:
            examples.append(name)


class Replay:
    """Runs `rules` over mails; `reader` owns the workers. `progress` is called after each mail, and True stops it."""

    def __init__(
        self,
        reader: Reader,
        rules: Rules,
        progress: Callable[[Replayed], bool] = lambda _: False,
        *,
        nearly: bool = False,
    ) -> None:
        self._nearly = nearly
        """Whether rules that nearly fire are counted too: they are asked one by one, which takes time."""
        self._reader = reader
        self._rules = rules
        self._progress = progress

    def sealed(self, core: Core, days: float) -> Replayed:
        """With the messages that were sealed in the last `days` and have not ended.

        What was done is what the database says. Only protected recipients are known, and as the sender counts the
        person who was told about it. Raises peewee's errors.
        """
        originals, first = Originals(core.vault.store.database), id_of(core.clock() - days * DAY)
        result = Replayed(originals.count(first))
        while page := originals.page(first, _AT_ONCE):
            for one in page:
                self._again(core, one, result)
                if self._stops(result):
                    return result
            first = page[-1].id + 1
        return result

    def samples(self, mails: Iterable[tuple[str, bytes]], total: int, before: Rules) -> Replayed:
        """With mails as they are, to those whom they name; what was done is what the rules `before` would do."""
        result = Replayed(total)
        for name, raw in mails:
            try:
                mail = self._reader.read(raw, self._rules.reading)
            except ReadingFailed:
                result.failed += 1
            else:
                sender, to = _named(mail, "from"), tuple(_all_named(mail)) or (NOBODY,)
                old, new = (each.judge(mail, sender=sender, recipients=to) for each in (before, self._rules))
                result.note(name, treated(old), treated(new), _fired(old), _fired(new))
            if self._stops(result):
                return result
        return result

    def _again(self, core: Core, one: SealedOriginal, result: Replayed) -> None:
        try:
            raw = _opened(core, one)
            mail = self._reader.read(raw, self._rules.reading, one.sender)
        except (KeyGone, SealBroken):
            result.gone += 1
            return
        except ReadingFailed:
            result.failed += 1
            return
        old = max(one.levels.values())
        answers = old if ANSWER in one.rules else 0
        case = self._rules.case(mail, sender=one.sender, recipients=tuple(one.levels), answers=answers)
        verdict = self._rules.judge_case(case)
        if self._nearly:
            result.nearly.update(miss.rule for miss in near_misses(self._rules, case))
        served: Treated = _of_level(min(max(verdict.levels.values(), default=0), core.settings.sms.served))
        new: Treated = "refused" if verdict.blocked else served
        result.note(str(one.id), _of_level(old), new, one.rules, _fired(verdict))

    def _stops(self, result: Replayed) -> bool:
        result.seen += 1
        result.stopped = self._progress(result)
        return result.stopped


def treated(verdict: Verdict) -> Treated:
    """What a verdict does with a mail."""
    return "refused" if verdict.blocked else _of_level(verdict.level)


def _of_level(level: int) -> Treated:
    return "level 2" if level > 1 else "level 1" if level else "left"


def _fired(verdict: Verdict) -> tuple[str, ...]:
    return tuple(verdict.blocked) or (verdict.rules if verdict.level else ())


def _opened(core: Core, one: SealedOriginal) -> bytes:
    """The original. Raises KeyGone and SealBroken."""
    if not one.wrapped_key or not one.first_chunk:
        raise KeyGone(one.id)
    day_key = core.vault.existing_day_key(one.key_day, core.clock())
    key = unwrapped(day_key, one.wrapped_key, one.id)
    return b"".join(unseal_chunks(key, _pieces(core, one), "original", one.id))


def _pieces(core: Core, one: SealedOriginal) -> Iterator[bytes]:
    yield one.first_chunk
    yield from core.vault.store.chunks(one.id, 1)


def _named(mail: Mail, field_name: str) -> str:
    return next((each.address for each in addresses(mail.root.raw_header(field_name)) if each.address), "")


def _all_named(mail: Mail) -> Iterator[str]:
    fields = (mail.root.raw_header(name) for name in ("to", "cc", "bcc"))
    yield from dict.fromkeys(each.address for found in fields for each in addresses(found) if each.address)
