"""The policy in force judges mails. A `Rules` is immutable and may be used by many threads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zegel.mail.addresses import Addresses, forms
from zegel.message.mime.headers import decode_header_value
from zegel.message.reader import ReadOptions
from zegel.policy.case import Case, Condition, Hit
from zegel.policy.conditions import HeaderField, possible
from zegel.policy.direct import DirectPolicy
from zegel.policy.foresight import asks, needs, ways
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.scan import Scan
from zegel.policy.verdict import Verdict
from zegel.policy.verdict_builder import VerdictBuilder

if TYPE_CHECKING:
    from zegel.message.reader import Mail


class Fired(NamedTuple):
    """What a rule found, for the recipients that it fires for."""

    recipients: tuple[str, ...]
    """Empty when no recipients are known: then it is the answer for an ordinary one."""
    hits: tuple[Hit, ...]
    """Of all these recipients together: what must not reach one of them reaches none."""
    unseen: bool
    """For one of them nothing can be shown, such as a rule on the recipient alone: the whole message is meant."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, compiled."""

    id: str
    names: Mapping[str, str]
    level: int
    whole_message: bool
    condition: Condition
    senders: Addresses
    """Whose mail it does not look at."""
    recipients: Addresses
    """Who gets mail as it is, as far as this rule is concerned."""
    values: frozenset[str]
    """Values that do not count, by `conditions.plain`."""
    per_recipient: bool
    """Whether its condition asks who gets the mail."""
    direct: bool = True
    """Whether what it protects may be delivered directly."""
    release: int = 0
    """The highest level at which an officer may release a false alarm of it in clear; 0 for none."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By language, what the sender is told, of a rule that refuses the mail."""

    @property
    def blocks(self) -> bool:
        """Whether it refuses the mail; one on trial only notes it."""
        return bool(self.reasons) and self.level > 0

    def fires(self, case: Case) -> Fired | None:
        """For which recipients of `case`, and with what; None when it does not."""
        if not possible(self.condition, case.scan) or case.sender in self.senders:
            return None
        asked = tuple(r for r in case.recipients if r not in self.recipients)
        if case.recipients and not asked:
            return None
        if not self.per_recipient or not asked:
            result = self.condition.evaluate(_for(case, "", self.values))
            return Fired(asked, result.hits, not result.hits) if result.met else None
        results = {r: self.condition.evaluate(_for(case, r, self.values)) for r in asked}
        met = {r: result.hits for r, result in results.items() if result.met}
        if not met:
            return None
        return Fired(tuple(met), tuple(dict.fromkeys(chain.from_iterable(met.values()))), not all(met.values()))


def _for(case: Case, recipient: str, without: frozenset[str]) -> Case:
    return Case(
        case.scan, case.sender, case.recipients, recipient, case.headers, case.size, without, True, case.answers
    )


@dataclass(frozen=True, slots=True)
class ActivationWord:
    """A word by which a sender asks for protection."""

    word: str
    level: int
    pattern: int


@dataclass(frozen=True, slots=True)
class People:
    """What the policy says of recipients, whatever is in the mail."""

    trusted: Addresses
    never: Addresses
    always: Addresses
    minimum: Mapping[str, int]

    def level(self, recipient: str, level: int, asked: int = 0) -> int:
        """The level for `recipient` when the rules ask for `level` and the sender `asked` for one.

        Never beats what the sender asked, that beats always, always beats trusted. Minimum levels raise what rules
        ask, not what the sender asked.
        """
        if recipient in self.never:
            return 0
        if recipient in self.always:
            level = max(level, 1)
        elif recipient in self.trusted:
            level = 0
        if level:
            level = max([level, *(self.minimum.get(form, 0) for form in forms(recipient))])
        return max(level, asked)


class Rules:
    """A policy. `judge` is all that mail needs of it."""

    def __init__(
        self,
        rules: Sequence[Rule],
        patterns: Patterns,
        activation: Sequence[ActivationWord],
        people: People,
        files: Mapping[Path, bytes],
        reading: ReadOptions = ReadOptions(),  # noqa: B008 (frozen)
        tests: Mapping[str, int] | None = None,
        direct: DirectPolicy = DirectPolicy(),  # noqa: B008 (frozen)
        samples: Mapping[str, tuple[Any, ...]] | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.reading = reading
        """How mails are to be read for this policy."""
        self.direct = direct
        """Who may get protected mail directly."""
        self.tests = dict(tests or {})
        """How many tests each rule brought; all of them passed."""
        self.samples = dict(samples or {})
        """The made-up mails (`language.sections.Sample`) that each rule brought and has to catch."""
        self.activation_words = tuple(word.word for word in activation)
        self.files = tuple(files)
        """rules.yaml and the list files that it names: a change in any is a change of policy."""
        self.fingerprint = hashlib.sha256(b"\0".join(files.values())).hexdigest()
        """SHA-256 over the content of these files, for logs."""
        self._patterns = patterns
        self._activation = tuple(activation)
        self.people = people
        """What is said of recipients, whatever is in the mail."""
        self.always_protected = len(people.always)
        """How many addresses and domains always get protected mail."""
        self.minimum_levels = len(people.minimum)
        """For how many addresses and domains there is a least level."""
        self._ask_headers = any(asks(rule.condition, HeaderField) for rule in rules)
        self._always = tuple(index for index, rule in enumerate(rules) if needs(rule.condition) is None)
        self._hanging_on: dict[int, list[int]] = {}
        for index, rule in enumerate(rules):
            for pattern in needs(rule.condition) or ():
                self._hanging_on.setdefault(pattern, []).append(index)
        self._ways = tuple(ways(rule.condition) for rule in rules)
        self._names = {rule.id: rule.names for rule in rules}
        asked = [*(rule.level for rule in rules), *(word.level for word in activation), *people.minimum.values()]
        self.highest_level = max(asked, default=0)
        """The highest level that anything in the policy asks for."""

    def judge(self, mail: Mail, *, sender: str, recipients: Sequence[str], answers: int = 0) -> Verdict:
        """What has to happen to `mail`; `recipients` are the outside ones.

        `answers` is the level of the protected conversation that it goes on with. With no recipients the level is
        that for an ordinary one. Raises nothing of its own.
        """
        return self.judge_case(self.case(mail, sender=sender, recipients=recipients, answers=answers))

    @property
    def patterns(self) -> Patterns:
        """All patterns of the policy, for measurements."""
        return self._patterns

    def lets_pass(self, recipient: str) -> bool:
        """Whether `recipient` gets everything as it is, whatever the rules ask."""
        return self.people.level(recipient, 2) == 0

    def case(self, mail: Mail, *, sender: str, recipients: Sequence[str], answers: int = 0) -> Case:
        """`mail` searched for all patterns of the policy, with who sends it to whom."""
        scan = Scan(self._patterns, mail.texts, mail.files, mail.unreadable)
        return Case(scan, sender, tuple(recipients), "", self._headers(mail), mail.root.end, answers=answers)

    def _headers(self, mail: Mail) -> tuple[tuple[str, str], ...]:
        """The header fields, decoded, when any rule asks for one."""
        if not self._ask_headers:
            return ()
        return tuple((h.name.lower(), decode_header_value(h.value)) for h in mail.root.headers)

    def judge_case(self, case: Case) -> Verdict:
        """The verdict on a mail that is scanned already."""
        verdict = VerdictBuilder(case.recipients)
        for index in self.worth_asking(case.scan):
            rule = self.rules[index]
            fired = rule.fires(case)
            if fired is None:
                continue
            if rule.blocks:
                if not fired.recipients or any(each not in self.people.never for each in fired.recipients):
                    verdict.block(rule.id, rule.level, rule.reasons, fired.hits)
            else:
                whole = rule.whole_message or fired.unseen
                verdict.add(
                    rule.id, rule.level, fired.recipients, fired.hits,
                    whole=whole, direct=rule.direct, release=rule.release,
                )  # fmt: skip
        verdict.echo(case.scan.texts)
        if case.answers:
            verdict.answer(case.answers)
        used = self._used(case.scan, verdict)
        verdict.settle(self.people.level)
        return verdict.frozen(used, self._names, self.direct)

    def worth_asking(self, scan: Scan) -> list[int]:
        """The rules that can fire at all, in the order of the file: with a thousand rules, mostly none."""
        indexes = set(self._always)
        occurring = 0
        for pattern in scan.occurring():
            indexes.update(self._hanging_on.get(pattern, ()))
            occurring |= 1 << pattern
        return sorted(i for i in indexes if any(occurring & way == way for way in self._ways[i]))

    def _used(self, scan: Scan, verdict: VerdictBuilder) -> tuple[str, ...]:
        """The activation words in subject and body."""
        used = []
        for one in self._activation:
            where = next(self._places(scan, one.pattern), None)
            if where is not None:
                used.append(one.word)
                verdict.ask(one.word, one.level, where)
        return tuple(used)

    def _places(self, scan: Scan, pattern: int) -> Iterator[str]:
        for index in scan.candidates(pattern):
            text = scan.texts[index]
            if text.where in ("subject", "body") and self._patterns.next_span(pattern, scan.data[index], 0):
                yield text.where
