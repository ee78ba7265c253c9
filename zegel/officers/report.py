"""What each rule did, and what could not be looked into: counts put together for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from zegel.vault.tables.rule_counts import BLIND_SPOT, RuleCount


@dataclass(slots=True)
class Line:
    """What one rule did."""

    rule: str
    messages: int = 0
    """Protected because of it, alone or with others."""
    recipients: int = 0
    observed: int = 0
    """Messages that it only noted, being on trial."""
    false_alarms: int = 0
    """Messages of which the sender said that nothing needed protection."""
    refused: int = 0
    """Messages that it refused, with others or alone."""
    levels: dict[int, int] = field(default_factory=dict)
    """Messages per level that they were protected at."""


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """What could not be looked into, in so many messages."""

    unreadable: str
    """Why: as the condition `unreadable` of rules.yaml names it."""
    type: str
    messages: int


def lines_of(counts: Iterable[RuleCount]) -> list[Line]:
    """A line per rule, the busiest first."""
    lines: dict[str, Line] = {}
    for count in counts:
        if count.outcome == BLIND_SPOT:
            continue
        line = lines.setdefault(count.rule, Line(count.rule))
        if count.outcome == "sealed":
            line.messages += count.messages
            line.recipients += count.recipients
            line.levels[count.level] = line.levels.get(count.level, 0) + count.messages
        elif count.outcome == "observed":
            line.observed += count.messages
        elif count.outcome == "refused":
            line.refused += count.messages
        else:
            line.false_alarms += count.messages
    return sorted(lines.values(), key=lambda line: (-line.messages - line.observed - line.refused, line.rule))


def blind_spots_of(counts: Iterable[RuleCount]) -> list[BlindSpot]:
    """What was not looked into, by kind of failure and type of file, the most frequent first."""
    found = []
    for count in counts:
        if count.outcome == BLIND_SPOT:
            why, _, kind = count.rule.partition(" ")
            found.append(BlindSpot(why, kind, count.messages))
    return sorted(found, key=lambda spot: (-spot.messages, spot.unreadable, spot.type))
