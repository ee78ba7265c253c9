"""Whether a condition surely meets all that another met, by what stands in them."""

from __future__ import annotations

from collections.abc import Sequence

from zegel.policy.case import Condition
from zegel.policy.conditions import AllOf, AnyOf, CannotBeRead, FileName, FileType, InText, Not, SomeOf
from zegel.policy.search.probes import DetectorProbe, PatternProbe, Probe, WordsProbe

_FEW = 4
"""Words below which a list says too little: one that takes the place of another is an ordinary change."""


def at_least_as_wide(new: Condition, old: Condition) -> bool:
    """True only when it is; a list of words may have lost some, which are counted elsewhere."""
    if isinstance(old, SomeOf) and isinstance(new, SomeOf):
        kept = all(any(at_least_as_wide(part, was) for part in new.parts) for was in old.parts)
        return kept and new.at_least <= old.at_least
    if isinstance(old, AnyOf | SomeOf):
        return all(at_least_as_wide(new, part) for part in old.parts)
    if isinstance(new, AllOf):
        return all(at_least_as_wide(part, old) for part in new.parts)
    if isinstance(new, AnyOf) and any(at_least_as_wide(part, old) for part in new.parts):
        return True
    if isinstance(old, AllOf) and any(at_least_as_wide(new, part) for part in old.parts):
        return True
    if isinstance(new, Not) and isinstance(old, Not):
        return at_least_as_wide(old.part, new.part)
    return _is_wider(new, old)


def _is_wider(new: Condition, old: Condition) -> bool:
    if isinstance(new, InText) and isinstance(old, InText):
        return (
            _same(new.probe, old.probe)
            and new.places >= old.places
            and new.confidence <= old.confidence
            and new.at_least <= old.at_least
            and new.per_part <= old.per_part
            and (new.near is None or str(new.near) == str(old.near))
        )
    if isinstance(new, FileName | FileType) and isinstance(old, FileName | FileType):
        same = type(new) is type(old)
        return same and _holds(new.globs, old.globs) and new.at_least <= old.at_least
    if isinstance(new, CannotBeRead) and isinstance(old, CannotBeRead):
        return new.kinds >= old.kinds
    return new == old


def _same(new: Probe, old: Probe) -> bool:
    """Whether they look for the same; the numbers of their patterns tell nothing."""
    if isinstance(new, DetectorProbe) and isinstance(old, DetectorProbe):
        return new.detector.name == old.detector.name
    if isinstance(new, PatternProbe) and isinstance(old, PatternProbe):
        return new.source == old.source
    if isinstance(new, WordsProbe) and isinstance(old, WordsProbe):
        stay = len(set(new.words.entries) & set(old.words.entries))
        return 2 * stay >= len(old.words.entries) or len(old.words.entries) < _FEW
    return False


def _holds(new: Sequence[str], old: Sequence[str]) -> bool:
    return set(new) >= set(old) or "*" in new
