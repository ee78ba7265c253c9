"""Builds the verdict on one mail, finding by finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from zegel.policy.case import Hit
from zegel.policy.direct import DirectPolicy
from zegel.policy.echoes import echoes
from zegel.policy.verdict import ACTIVATION, ALWAYS, ANSWER, Match, Scope, Verdict, masked

if TYPE_CHECKING:
    from zegel.message.base.found import Text

_IN_FILES = frozenset({"attachments", "filenames"})


class VerdictBuilder:
    """Collects what the rules find in one mail, for all its outside recipients together."""

    def __init__(self, recipients: Sequence[str]) -> None:
        self._levels = dict.fromkeys(recipients, 0)
        self._ordinary = self._asked = 0
        self._fired: list[tuple[int, str]] = []
        self._matches: list[Match] = []
        self._observed: list[Match] = []
        self._scope: Scope = "files"
        self._subject_hit = self._header_hit = False
        self._values: list[str] = []
        self._hit_parts: set[str] = set()
        self._not_direct: dict[str, str] = {}
        self._blocked: dict[str, Mapping[str, str]] = {}
        self._release = 2

    def add(
        self,
        rule: str,
        level: int,
        recipients: Iterable[str],
        hits: Sequence[Hit],
        *,
        whole: bool,
        direct: bool = True,
        release: int = 0,
    ) -> None:
        """Adds a rule that fired for `recipients`; `whole` withholds the whole message, whatever the hits.

        Without `direct` these recipients are notified, however well the way to them is proven. `release` is the highest
        level at which an officer may release it.
        """
        matches = gathered(rule, level, hits)
        if level == 0:
            self._observed += matches
            return
        self._matches += matches
        self._raise(rule, level, recipients, release)
        if not direct:
            self._not_direct.update({each: self._not_direct.get(each, rule) for each in recipients})
        self._subject_hit = self._subject_hit or any(hit.where == "subject" for hit in hits)
        self._header_hit = self._header_hit or any(hit.where == "headers" for hit in hits)
        self._values += [value for hit in hits if hit.secret for value in hit.values]
        self._hit_parts.update(hit.part.partition(":")[0] for hit in hits if hit.where in _IN_FILES)
        if whole or not all(map(_is_of_a_file, hits)):
            self._scope = "message"

    def block(self, rule: str, level: int, reasons: Mapping[str, str], hits: Sequence[Hit]) -> None:
        """A rule refuses the mail, for everybody: SMTP knows no refusal for some once the content is there."""
        self._matches += gathered(rule, level, hits)
        self._blocked[rule] = reasons
        self._release = 0

    def echo(self, texts: Sequence[Text]) -> None:
        """What was found somewhere may stand elsewhere too, and the notification must not carry it there."""
        again = echoes(self._values, texts)
        self._subject_hit = self._subject_hit or "subject" in again
        self._header_hit = self._header_hit or "headers" in again
        if again:
            self._scope = "message"

    def ask(self, word: str, level: int, where: str) -> None:
        """The sender asked for `level` with an activation word."""
        self._matches.append(Match(ACTIVATION, ACTIVATION, where, "", word, 1, level))
        self._asked = max(self._asked, level)
        self._raise(ACTIVATION, level, ())
        self._scope = "message"

    def answer(self, level: int) -> None:
        """The mail goes on with a conversation at `level`, so all of it is protected for everybody outside."""
        self._matches.append(Match(ANSWER, ANSWER, "headers", "", "", 0, level))
        self._raise(ANSWER, level, tuple(self._levels))
        self._scope = "message"

    def _raise(self, rule: str, level: int, recipients: Iterable[str], release: int = 0) -> None:
        self._release = min(self._release, release)
        self._ordinary = max(self._ordinary, level)
        self._fired.append((-level, rule))
        for recipient in recipients:
            self._levels[recipient] = max(self._levels[recipient], level)

    def settle(self, level_of: Callable[[str, int, int], int]) -> None:
        """Applies what the policy says of people: `level_of(recipient, level of the rules, level asked for)`."""
        for recipient, level in self._levels.items():
            decided = self._levels[recipient] = level_of(recipient, level, self._asked)
            if decided and not level and not self._asked:
                self._fired.append((-decided, ALWAYS))
                self._release = 0
                self._matches.append(Match(ALWAYS, ALWAYS, "headers", "", masked(recipient), 1, decided))
                self._scope = "message"

    def frozen(
        self,
        used: tuple[str, ...],
        names: Mapping[str, Mapping[str, str]],
        direct: DirectPolicy = DirectPolicy(),  # noqa: B008 (frozen)
    ) -> Verdict:
        """The verdict."""
        return Verdict(
            direct={
                recipient: direct.permission(recipient, level, self._not_direct.get(recipient, ""))
                for recipient, level in self._levels.items()
                if level
            },
            level=max(self._levels.values()) if self._levels else self._ordinary,
            levels=self._levels,
            scope=self._scope if self._fired else "message",
            matches=tuple(self._matches),
            observed=tuple(self._observed),
            subject_hit=self._subject_hit,
            header_hit=self._header_hit,
            activation=used,
            hit_parts=frozenset(self._hit_parts),
            rules=tuple(dict.fromkeys(rule for _, rule in sorted(self._fired, key=lambda fired: fired[0]))),
            names=names,
            blocked=self._blocked,
            release=self._release,
        )


def _is_of_a_file(hit: Hit) -> bool:
    """Whether holding the file back is enough. What stands in the name of a file is not: the card shows the name."""
    return hit.where == "attachments" or hit.detector == "filename"


def gathered(rule: str, level: int, hits: Sequence[Hit]) -> list[Match]:
    """The hits of a rule, gathered per place."""
    places: dict[tuple[str, str, str], dict[str, bool]] = {}
    first: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        first.setdefault(hit[:3], hit)
        known = places.setdefault(hit[:3], {})
        known.update(dict.fromkeys(hit.values, hit.secret))
    matches = []
    for (detector, where, part), values in places.items():
        value, secret = next(iter(values.items()))
        sample = masked(value) if secret else value
        place = first[detector, where, part].place()
        matches.append(Match(rule, detector, where, part, sample, len(values), level, place))
    return matches or [Match(rule, "mail", "headers", "", "", 0, level)]
