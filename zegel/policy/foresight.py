"""What can be said of a condition before it is evaluated: what it hangs on."""

from __future__ import annotations

from zegel.policy.case import Condition
from zegel.policy.conditions import AllOf, AnyOf, InText, Not


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
    return None


def asks(condition: Condition, kind: type[Condition]) -> bool:
    """Whether a condition of `kind` is anywhere in `condition`."""
    if isinstance(condition, AllOf | AnyOf):
        return any(asks(part, kind) for part in condition.parts)
    if isinstance(condition, Not):
        return asks(condition.part, kind)
    return isinstance(condition, kind)
