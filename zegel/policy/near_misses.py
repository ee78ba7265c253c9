"""Which rules nearly fired on a mail, and what was missing: for whoever wonders why nothing happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from zegel.policy import conditions as c
from zegel.policy.case import Case, Condition, Hit
from zegel.policy.detectors import Confidence
from zegel.policy.envelope import FromSender, ManyRecipients, ToRecipient
from zegel.policy.rules import Rule, Rules
from zegel.policy.search.probes import DetectorProbe, WordsProbe
from zegel.policy.verdict import Match
from zegel.policy.verdict_builder import gathered

WAYS = 2
"""How many ways to meet a condition are told."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that found something and yet did not fire."""

    rule: str
    level: int
    found: tuple[Match, ...]
    missing: tuple[str, ...]
    """In words, each of the things that it would have taken."""


def near_misses(rules: Rules, case: Case) -> tuple[NearMiss, ...]:
    """The rules that did not fire on `case` but found some of what they look for, in the order of the file."""
    found = []
    for rule in rules.rules:
        if rule.fires(case) is not None:
            continue
        hits = tuple(_evidence(rule.condition, case))
        if hits:
            missing = tuple(dict.fromkeys([*_let_pass(rule, case), *_missing(rule.condition, _asked(rule, case))]))
            found.append(NearMiss(rule.id, rule.level, tuple(gathered(rule.id, rule.level, hits)), missing))
    return tuple(found)


def _asked(rule: Rule, case: Case) -> Case:
    """The case as the rule sees it: without the values that it lets pass, about the first recipient that it may."""
    recipient = next((r for r in case.recipients if r not in rule.recipients), "")
    return replace(case, recipient=recipient, without=rule.values)


def _let_pass(rule: Rule, case: Case) -> Iterator[str]:
    if case.sender in rule.senders:
        yield "the sender is excepted"
    if case.recipients and all(recipient in rule.recipients for recipient in case.recipients):
        yield "every recipient is excepted"


def _evidence(condition: Condition, case: Case) -> Iterator[Hit]:
    """What there is of what `condition` looks for, however unsure, few or far apart."""
    match condition:
        case c.AllOf() | c.AnyOf() | c.SomeOf():
            for part in condition.parts:
                yield from _evidence(part, case)
        case c.InText():
            least = min(condition.confidence, Confidence.VALID)
            loose = replace(condition, confidence=least, at_least=1, per_part=False, near=None)
            yield from loose.evaluate(case).hits
        case c.FileName() | c.FileType() | c.CannotBeRead() | c.HeaderField() | c.FileProperty():
            yield from condition.evaluate(case).hits


def _missing(condition: Condition, case: Case) -> list[str]:
    """What it would take for `condition` to be met, in words."""
    if condition.evaluate(case).met:
        return []
    match condition:
        case c.AllOf():
            return [words for part in condition.parts for words in _missing(part, case)]
        case c.AnyOf():
            ways = [_missing(part, case) for part in condition.parts if any(_evidence(part, case))]
            ways = ways or [_missing(part, case) for part in condition.parts]
            return [_either([" and ".join(way) for way in sorted(ways, key=len)])]
        case c.SomeOf():
            parts = [part for part in condition.parts if not part.evaluate(case).met]
            more = condition.at_least - (len(condition.parts) - len(parts))
            return [f"{more} more of {len(parts)} signs, such as {_either([_described(part) for part in parts])}"]
        case c.Not():
            return [f"it has what the rule rules out: {_described(condition.part)}"]
        case c.InText():
            return [_missing_in_text(condition, case)]
    return [_described(condition)]


def _missing_in_text(condition: c.InText, case: Case) -> str:
    """Which of the things that were asked of what was found did not hold."""
    least = min(condition.confidence, Confidence.VALID)
    loose = replace(condition, confidence=least, at_least=1, per_part=False, near=None)
    if not loose.evaluate(case).met:
        if not replace(loose, places=frozenset(c.PLACES)).evaluate(case).met:
            return _described(condition)
        return f"{condition.probe.label} in {_places(condition)}, where it does not stand"
    if not replace(loose, confidence=condition.confidence).evaluate(case).met:
        return f"words near the {condition.probe.label} that say what it is, or 'confidence: valid' in the rule"
    if condition.near is not None and not replace(loose, near=condition.near).evaluate(case).met:
        return f"{condition.near} of {condition.probe.label}"
    values = {value for hit in replace(condition, at_least=1).evaluate(case).hits for value in hit.values}
    where = " in one part" if condition.per_part else ""
    return f"{condition.at_least} different {condition.probe.label}{where} ({len(values)} found)"


def _either(ways: list[str]) -> str:
    """The nearest of several ways, and how many more there are: nobody reads twenty."""
    each = list(dict.fromkeys(ways))
    others = len(each) - WAYS
    return " or ".join(each[:WAYS]) + (f" or {others} other way{'s' * (others > 1)}" if others > 0 else "")


def _own_words(condition: c.InText) -> str:
    """Words that stand in the rule itself: they are the officer's own, and have no name to look up."""
    probe = condition.probe
    if not isinstance(probe, WordsProbe) or probe.words.name:
        return ""
    words = probe.words.entries
    return f" ({', '.join(words[:3])}{', …' if len(words) > 3 else ''})"


def _places(condition: c.InText) -> str:
    return ", ".join(place for place in c.PLACES if place in condition.places)


def _described(condition: Condition) -> str:
    """A condition in words."""
    match condition:
        case c.AllOf():
            return " and ".join(map(_described, condition.parts))
        case c.AnyOf():
            return _either([_described(part) for part in condition.parts])
        case c.SomeOf():
            signs = _either([_described(part) for part in condition.parts])
            return f"{condition.at_least} signs of {len(condition.parts)}: {signs}"
        case c.Not():
            return f"not {_described(condition.part)}"
        case c.InText():
            sure = isinstance(condition.probe, DetectorProbe) and condition.confidence is Confidence.CONTEXT
            much = f"{condition.at_least} different " if condition.at_least > 1 else ""
            near = f" with {condition.near}" if condition.near else ""
            where = f"{_places(condition)}{_own_words(condition)}"
            return f"{much}{condition.probe.label}{' in context' if sure else ''}{near} in {where}"
        case c.FileName() | c.FileType():
            return f"a file {' or '.join(condition.globs)}"
        case c.CannotBeRead():
            return f"a file that is {' or '.join(sorted(condition.kinds))}"
        case c.HeaderField():
            return f"the header field {condition.name}: {' or '.join(condition.globs)}"
        case c.FileProperty():
            return f"a file with the property {condition.name}: {' or '.join(condition.globs)}"
        case c.LargerThan():
            return f"more than {condition.size} bytes"
        case FromSender():
            return "another sender"
        case ToRecipient():
            return "another recipient"
        case ManyRecipients():
            return f"{condition.at_least} recipients outside"
    raise AssertionError(f"no words for {type(condition).__name__}")
