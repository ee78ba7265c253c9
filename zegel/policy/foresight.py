"""What can be said of a condition before it is evaluated: what it hangs on."""

from __future__ import annotations

from collections.abc import Iterable

from zegel.policy.case import Condition
from zegel.policy.conditions import AllOf, AnyOf, InText, Not, SomeOf
from zegel.policy.near import Near, Nearby

_MOST_WAYS = 256
"""Beyond which a condition is said to hang on less than it does."""


def needs(condition: Condition) -> frozenset[int] | None:
    """Patterns one of which has to occur before `condition` can be met; None when it does not hang on any."""
    if isinstance(condition, InText):
        return frozenset((condition.probe.pattern,))
    if isinstance(condition, AllOf):
        several = [need for part in condition.parts if (need := needs(part)) is not None]
        return min(several, key=len) if several else None
    if isinstance(condition, AnyOf):
        found: frozenset[int] = frozenset()
        for part in condition.parts:
            need = needs(part)
            if need is None:
                return None
            found |= need
        return found
    if isinstance(condition, SomeOf):
        each = [needs(part) for part in condition.parts]
        if sum(need is None for need in each) < condition.at_least:  # one that hangs on something has to be among them
            return frozenset().union(*(need for need in each if need is not None))
    return None


def ways(condition: Condition) -> tuple[int, ...]:
    """Sets of patterns, bit by bit, one of which has to occur whole in a mail before `condition` can be met.

    What it hangs on besides is left out: it can only be met less often than this says.
    """
    if isinstance(condition, InText):
        own: tuple[int, ...] = (1 << condition.probe.pattern,)
        return own if condition.near is None else _each_with_each((own, _ways_near(condition.near)))
    if isinstance(condition, AllOf):
        return _each_with_each(map(ways, condition.parts))
    if isinstance(condition, AnyOf):
        return _fewest(way for part in condition.parts for way in ways(part))
    if isinstance(condition, SomeOf):
        return _ways_of_some(condition)
    return (0,)


def _ways_of_some(condition: SomeOf) -> tuple[int, ...]:
    each = [ways(part) for part in condition.parts]
    if sum(0 in found for found in each) >= condition.at_least:
        return (0,)
    return _fewest(way for found in each if 0 not in found for way in found)


def _ways_near(near: Nearby) -> tuple[int, ...]:
    if isinstance(near, Near):
        return (1 << near.probe.pattern,)
    parts = [_ways_near(part) for part in near.parts]
    return _each_with_each(parts) if near.every else _fewest(way for part in parts for way in part)


def _each_with_each(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    found: tuple[int, ...] = (0,)
    for part in sorted(parts, key=len):
        if len(found) * len(part) <= _MOST_WAYS:
            found = _fewest(one | other for one in found for other in part)
    return found


def _fewest(found: Iterable[int]) -> tuple[int, ...]:
    """Without those that ask for all that another asks for, and more."""
    kept: list[int] = []
    for way in sorted(set(found), key=int.bit_count):
        if not any(way & less == less for less in kept):
            kept.append(way)
    return tuple(kept)


def asks(condition: Condition, kind: type[Condition]) -> bool:
    """Whether a condition of `kind` is anywhere in `condition`."""
    if isinstance(condition, AllOf | AnyOf | SomeOf):
        return any(asks(part, kind) for part in condition.parts)
    if isinstance(condition, Not):
        return asks(condition.part, kind)
    return isinstance(condition, kind)
