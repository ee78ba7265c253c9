"""How much a policy protects, in a few counts: what tells one that was cut or emptied from one that was edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from zegel.policy.case import Condition
from zegel.policy.conditions import AllOf, AnyOf, InText, Not, SomeOf
from zegel.policy.rules import Rules
from zegel.policy.search.probes import WordsProbe


class Cut(str):
    """In what rules protect much less, in English; `template` and `parts` say it again, for other languages."""

    template: str
    parts: Mapping[str, object]

    @classmethod
    def of(cls, template: str, **parts: object) -> Cut:
        made = cls(template % parts)
        made.template, made.parts = template, parts
        return made


@dataclass(frozen=True)
class Strength:
    """Counts of what protects. `words` are those of each list in each rule, by "rule: list"."""

    rules: int
    protecting: int
    """Rules of level 1 or 2."""
    by_phone: int
    """Rules of level 2."""
    always: int
    """Addresses that always get protected mail."""
    activation: int
    """Words by which a sender asks for protection."""
    ids: tuple[str, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Rules) -> Strength:
        levels = [rule.level for rule in rules.rules]
        words: dict[str, int] = {}
        for rule in rules.rules:
            for probe in _words(rule.condition):
                name = f"{rule.id}: {probe.label}"
                words[name] = words.get(name, 0) + len(probe.words.entries)
        return cls(
            rules=len(levels),
            protecting=sum(level > 0 for level in levels),
            by_phone=sum(level > 1 for level in levels),
            always=rules.always_protected,
            activation=len(rules.activation_words),
            ids=tuple(rule.id for rule in rules.rules),
            words=words,
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Strength:
        return cls(**kept)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def words_of(self, rule: str) -> int:
        """Those of all lists in a rule."""
        return sum(count for name, count in self.words.items() if name.startswith(f"{rule}: "))

    def less(self, new: Strength) -> list[Cut]:
        """What `new` has less than half of, for people; empty when it is an ordinary change."""
        counts = [
            (self.rules, new.rules, "has %(after)s rules and had %(before)s", ""),
            (self.protecting, new.protecting, "has %(after)s rules that protect (level 1 or 2) and had %(before)s", ""),
            (self.by_phone, new.by_phone, "has %(after)s rules of level 2 and had %(before)s", ""),
            (self.always, new.always, "has %(after)s entries under always_protect and had %(before)s", ""),
            (self.activation, new.activation, "has %(after)s activation words and had %(before)s", ""),
        ]
        stay = set(new.ids)
        for name, count in self.words.items():
            rule = name.partition(": ")[0]
            if rule not in stay:  # is counted as a rule
                continue
            if name in new.words or 2 * new.words_of(rule) < self.words_of(rule):  # else they moved to another list
                counts.append(
                    (count, new.words.get(name, 0), "has %(after)s words in %(name)s and had %(before)s", name)
                )
        return [
            Cut.of(template, before=before, after=after, name=name)
            for before, after, template, name in counts
            if 2 * after < before
        ]


def _words(condition: Condition) -> Iterator[WordsProbe]:
    if isinstance(condition, AllOf | AnyOf | SomeOf):
        for part in condition.parts:
            yield from _words(part)
    elif isinstance(condition, Not):
        yield from _words(condition.part)
    elif isinstance(condition, InText) and isinstance(condition.probe, WordsProbe):
        yield condition.probe
