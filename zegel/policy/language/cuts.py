"""In what rules protect much less than others: one judgement for the milter, the console and `zegel rules`.

Counts tell a file that was cut. What was exempted, narrowed or lowered they do not, whatever key did it; so the made-up
mails with which the rules of before were tested are held against both, as if anybody of ours sent them to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from zegel.policy.case import Case
from zegel.policy.language.kept import Kept
from zegel.policy.language.load import load_rules
from zegel.policy.language.people_spared import people_spared
from zegel.policy.language.rule_tests import case_of
from zegel.policy.language.sections import Sample
from zegel.policy.language.strength import Cut, Strength
from zegel.policy.language.width import at_least_as_wide
from zegel.policy.rules import Rule, Rules
from zegel.policy.search.words import SHIPPED, read_lines
from zegel.yamlfile import FileProblems

SAMPLES = 6
"""Made-up mails of a rule that are tried; of many rules fewer, because the milter has mail to read meanwhile."""
_MOST_SAMPLES = 600
ENOUGH = 20
"""Messages below which it says nothing which rule finds most."""
_PASS = (
    "lets pass what %(gone)s of %(all)s rules protected",
    "lets pass about %(share)s percent of the messages that were protected in the last days",
)
_LOWER = (
    "protects less than before what %(gone)s of %(all)s rules protected",
    "protects less than before about %(share)s percent of the messages that were protected in the last days",
)
_ANYBODY = "somebody@outside.invalid"
_SOMEBODY = "somebody"
_REFUSED = 3
"""Above each level."""
FREEMAIL = tuple(name for _, name in read_lines((SHIPPED / "freemail.txt").read_text(encoding="utf-8")))
_REGISTRIES = ("co.uk", "org.uk", "com.br", "com.au", "co.za", "co.nz", "com.tr", "co.jp", "com.cn", "co.in", "com.mx")
"""Under which anybody can have a domain: `*.` such a name stands for a country. `*.nl` is refused as an entry."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What tells a small change from a large one in this organisation."""

    domains: Sequence[str] = ()
    """Its own."""
    found: Callable[[], Mapping[str, int]] = dict
    """How many messages each rule found lately."""
    writers: Callable[[], Collection[str]] = tuple
    """Whose mail was protected lately."""

    def since(self, kept: Kept, new: Rules) -> list[Cut]:
        """In what `new` protects much less than a policy of before; empty when it is an ordinary change."""
        try:
            return self.cuts(load_rules(kept.path, tests=False), new)
        except FileProblems:  # of an older Zegel: what was counted then is all that is known
            return kept.strength.less(Strength.of(new))

    def cuts(self, old: Rules, new: Rules) -> list[Cut]:
        """In what `new` protects much less than `old`, for people; empty when it is an ordinary change."""
        if old.fingerprint == new.fingerprint:
            return []
        counted = [*Strength.of(old).less(Strength.of(new)), *_more_counts(old, new)]
        spared = people_spared(old, new, self.domains, self.writers())
        return [*counted, *self._let_pass(old, new), *spared, *self._lost(old, new)]

    def _let_pass(self, old: Rules, new: Rules) -> Iterator[Cut]:
        """Who is free from protection now, and is one of ours, or a large part of the world."""
        world = [f"{_SOMEBODY}@{name}" for name in _everybody()]
        own = [f"{_SOMEBODY}@{name}" for name in self.domains]
        for names in _several(who for who in (*world, *own) if new.lets_pass(who) and not old.lets_pass(who)):
            yield Cut.of("lets everything to %(names)s leave as it is", names=names)
        for names in _several(who for who in world if _direct(new, who) > _direct(old, who)):
            yield Cut.of("delivers directly to %(names)s what waited in the portal", names=names)
        kept = {rule.id: rule for rule in new.rules if rule.level}
        for rule in old.rules:
            if not rule.level:
                continue
            known, trials = kept.get(rule.id), _tried(old, rule.id)
            spared = {who for who in own if known and who in known.senders and who not in rule.senders}
            spared |= {who for each in trials for who in own if _spares_sender(old, new, each, who)}
            for names in _several(who for who in own if who in spared):
                yield Cut.of("lets everything from %(names)s pass rule %(rule)s", names=names, rule=rule.id)
            spared = {who for who in world if known and who in known.recipients and who not in rule.recipients}
            spared |= {who for each in trials for who in _spared_recipients(old, new, each, world)}
            for names in _several(who for who in world if who in spared and not new.lets_pass(who)):
                yield Cut.of("lets everything to %(names)s pass rule %(rule)s", names=names, rule=rule.id)

    def _lost(self, old: Rules, new: Rules) -> Iterator[Cut]:
        """How much of what the rules of before protect would leave, or be protected less."""
        protecting = {rule.id: rule for rule in old.rules if rule.level}
        passing: dict[str, float] = {}
        lower: dict[str, float] = {}
        for name, rule in protecting.items():
            ranks = list(self._ranks(old, new, name)) or [_by_width(rule, new)]
            passing[name] = sum(after == 0 for _, after in ranks) / len(ranks)
            if any(before > 1 for before, _ in ranks):
                lower[name] = sum(after < before for before, after in ranks) / len(ranks)
        found = self.found()
        for lost, of_rules, of_messages in ((passing, *_PASS), (lower, *_LOWER)):
            weights = {name: found.get(name, 0) for name in lost}
            if lost and 2 * (gone := sum(lost.values())) > len(lost):
                yield Cut.of(of_rules, gone=max(1, round(gone)), all=len(lost))
            elif (total := sum(weights.values())) >= ENOUGH:
                share = sum(weights[name] * part for name, part in lost.items()) / total
                if 2 * share >= 1:
                    yield Cut.of(of_messages, share=round(100 * share))

    def _ranks(self, old: Rules, new: Rules, name: str) -> Iterator[tuple[int, int]]:
        """What happens to each made-up mail of a rule, then and now: 0 leaves, 1 and 2 the levels, 3 refused."""
        sender = f"{_SOMEBODY}@{self.domains[0] if self.domains else 'inside.invalid'}"
        for sample in _tried(old, name):
            before, after = (_rank(rules, _trial(rules, sample, sender)) for rules in (old, new))
            if before:
                yield before, after


def _more_counts(old: Rules, new: Rules) -> Iterator[Cut]:
    if old.reading.ocr_seconds and not new.reading.ocr_seconds:
        yield Cut.of("does not read the text in pictures any more")
    passwords = len(old.reading.archive_passwords), len(new.reading.archive_passwords)
    if 2 * passwords[1] < passwords[0]:
        text = "has %(after)s passwords for locked files and had %(before)s"
        yield Cut.of(text, after=passwords[1], before=passwords[0])
    if 2 * new.minimum_levels < old.minimum_levels:
        text = "has %(after)s entries under minimum_level and had %(before)s"
        yield Cut.of(text, after=new.minimum_levels, before=old.minimum_levels)
    kept = {rule.id: rule for rule in new.rules}
    free = [rule.id for rule in old.rules if not rule.direct and rule.id in kept and kept[rule.id].direct]
    if free and 2 * len(free) >= sum(not rule.direct for rule in old.rules):
        yield Cut.of("delivers directly what %(rules)s kept in the portal", rules=", ".join(free))


def _everybody() -> list[str]:
    """Domains that stand for a large part of the world."""
    return [*FREEMAIL, *(f"anybody.{each}" for each in _REGISTRIES)]


def _several(people: Iterator[str]) -> Iterator[str]:
    """Their domains in one phrase; nothing when there are none."""
    names = [each.partition("@")[2].replace("anybody.", "*.") for each in people]
    if names:
        yield ", ".join(names[:3]) + (f" (+{len(names) - 3})" if len(names) > 3 else "")


def _direct(rules: Rules, recipient: str) -> int:
    """The highest level that a recipient gets directly."""
    return max((level for level in (1, 2) if rules.direct.permission(recipient, level).proofs), default=0)


def _tried(rules: Rules, name: str) -> list[Sample]:
    """Some of the made-up mails of a rule, evenly chosen."""
    samples: Sequence[Sample] = rules.samples.get(name, ())
    most = max(1, min(SAMPLES, _MOST_SAMPLES // len(rules.rules)))
    step = max(1, -(-len(samples) // most))
    return list(samples[::step])


def _trial(rules: Rules, sample: Sample, sender: str = "", recipient: str = _ANYBODY) -> Case:
    case = case_of(sample, rules.patterns)
    return replace(case, sender=case.sender or sender, recipients=case.recipients or (recipient,))


def _rank(rules: Rules, case: Case) -> int:
    verdict = rules.judge_case(case)
    return _REFUSED if verdict.blocked else min(verdict.levels.values(), default=verdict.level)


def _by_width(old: Rule, new: Rules) -> tuple[int, int]:
    """As `_ranks`, of a rule that has no made-up mails: by what is looked for."""
    wide = (rule for rule in new.rules if at_least_as_wide(rule.condition, old.condition))
    now = max((_REFUSED if rule.blocks else rule.level for rule in wide), default=0)
    return _REFUSED if old.blocks else old.level, now


def _spares_sender(old: Rules, new: Rules, sample: Sample, who: str) -> bool:
    """Whether a made-up mail leaves now when one of ours sends it, and was protected; from anybody else it still is."""
    if sample.sender:
        return False
    return (
        _rank(old, _trial(old, sample, who)) > 0
        and _rank(new, _trial(new, sample, who)) == 0
        and _rank(new, _trial(new, sample, _ANYBODY)) > 0
    )


def _spared_recipients(old: Rules, new: Rules, sample: Sample, world: Sequence[str]) -> Iterator[str]:
    """Who gets a made-up mail as it is now, and did not; anybody else still does not."""
    if sample.recipient:
        return
    everybody = (_ANYBODY, *world)
    before, after = (rules.judge_case(replace(_trial(rules, sample), recipients=everybody)) for rules in (old, new))
    if not before.blocked and not after.blocked and after.levels[_ANYBODY]:
        yield from (who for who in world if before.levels[who] and not after.levels[who])
