"""Rules that let the mail of very many people of ours pass, one address after the other: in effect a domain.

By any list of senders, also one under `not:`. Small changes stay ordinary: a mailbox of salaries, three people of HR.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from zegel.mail.addresses import identity
from zegel.policy.case import Case, Condition
from zegel.policy.conditions import AllOf, AnyOf, Not
from zegel.policy.envelope import FromSender
from zegel.policy.language.rule_tests import case_of
from zegel.policy.language.strength import Cut
from zegel.policy.rules import Rule, Rules

MANY = 20
"""People of ours that a rule lets pass anew; where fewer write at all, more than half of those count as many."""
FEWEST = 5
"""People below which a half says nothing."""
_TRIED = 40
_ANYBODY = "somebody@outside.invalid"


def people_spared(old: Rules, new: Rules, domains: Collection[str], writers: Collection[str]) -> Iterator[Cut]:
    """The rules of `old` whose `new` ones let so many pass.

    `domains` are ours, `writers` those of ours whose mail was protected lately.
    """
    named = sorted(each for each in _named(new) - _named(old) if _is_in(each, domains))
    if not named:
        return
    known = sorted({identity(each).text for each in writers if _is_in(each, domains)})
    kept = {rule.id: rule for rule in new.rules if rule.level}
    for rule in old.rules:
        if rule.level:
            before, after = _Judge(old, rule, rule.id), _Judge(new, kept.get(rule.id), rule.id, old)
            some = _some(named)
            freed = round(sum(after.frees(each) and not before.frees(each) for each in some) * len(named) / len(some))
            heard = _some(known)
            now, then = (sum(judge.frees(each) for each in heard) for judge in (after, before))
            if freed >= MANY or (len(known) >= FEWEST and 2 * now > len(heard) >= 2 * then):
                yield Cut.of("lets everything from %(count)s people pass rule %(rule)s", count=freed, rule=rule.id)


class _Judge:
    """Whom rules let pass whose mail another one of before protected."""

    def __init__(self, rules: Rules, rule: Rule | None, name: str, samples_of: Rules | None = None) -> None:
        self._rules = rules
        self._rule = rule
        samples = (samples_of or rules).samples.get(name, ())
        self._case = next((case_of(each, rules.patterns) for each in samples if not each.sender), None)

    def frees(self, who: str) -> bool:
        if self._rule is not None and who in self._rule.senders:
            return True
        return self._case is not None and not self._protects(self._case, who) and self._protects(self._case, _ANYBODY)

    def _protects(self, case: Case, sender: str) -> bool:
        verdict = self._rules.judge_case(replace(case, sender=sender, recipients=case.recipients or (_ANYBODY,)))
        return bool(verdict.blocked or verdict.level)


def _named(rules: Rules) -> set[str]:
    """The single addresses that lists of senders name."""
    found: set[str] = set()
    for rule in rules.rules:
        found.update(each for each in (*rule.senders, *_senders(rule.condition)) if "@" in each)
    return found


def _senders(condition: Condition) -> Iterator[str]:
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _senders(part)
    elif isinstance(condition, Not):
        yield from _senders(condition.part)
    elif isinstance(condition, FromSender):
        yield from condition.senders


def _is_in(address: str, domains: Collection[str]) -> bool:
    domain = identity(address).domain
    return any(domain == each or domain.endswith(f".{each}") for each in domains)


def _some(people: Sequence[str]) -> Sequence[str]:
    """Evenly chosen: the milter has mail to read meanwhile."""
    return people[:: max(1, -(-len(people) // _TRIED))]
